#include "Interpret.h"
#include "mlir/IR/Verifier.h"
#include <random>
#include <regex>

using namespace mlir;
using namespace mlir::lowbit::reference;

/// Every op of quantized form, and of float form what the interpreter treats in a way of its own.
static const char *const kPrograms[] = {
    R"mlir(
!act = !quant.uniform<i8:f32, 0.5:3>
!out = !quant.uniform<i8:f32, 0.7:-4>
!axis = !quant.uniform<i8<-127:127>:f32:0, {0.1, 0.2}>
!depth = !quant.uniform<i8<-127:127>:f32:2, {0.1, 0.2}>
func.func @f(%x: tensor<1x4x5x2xf32>, %a: tensor<2x3xi8>) -> (tensor<1x2xf32>, tensor<3x5xi8>, tensor<2x2xi32>) {
  %q = lowbit.quantize %x : tensor<1x4x5x2xf32> -> tensor<1x4x5x2x!act>
  %w = arith.constant dense<3> : tensor<2x2x3x2xi8>
  %wq = quant.scast %w : tensor<2x2x3x2xi8> to tensor<2x2x3x2x!axis>
  %b = arith.constant dense<[7, -9]> : tensor<2xi32>
  %c = lowbit.conv_2d %q, %wq bias %b strides [1, 2] dilations [2, 1] pad [1, 1, 0, 1] clamp [-4, 100]
    : tensor<1x4x5x2x!act>, tensor<2x2x3x2x!axis>, tensor<2xi32> -> tensor<1x4x2x2x!out>
  %d = arith.constant dense<-2> : tensor<2x1x2xi8>
  %dq = quant.scast %d : tensor<2x1x2xi8> to tensor<2x1x2x!depth>
  %e = lowbit.depthwise_conv_2d %c, %dq strides [1, 1] dilations [1, 1] pad [0, 0, 0, 0]
    : tensor<1x4x2x2x!out>, tensor<2x1x2x!depth> -> tensor<1x3x2x2x!out>
  %m = lowbit.max_pool_2d %e kernel [2, 1] strides [1, 1] dilations [1, 1] pad [0, 1, 0, 0]
    : tensor<1x3x2x2x!out> -> tensor<1x3x2x2x!out>
  %v = lowbit.avg_pool_2d %m kernel [1, 2] strides [1, 1] pad [0, 0, 1, 0]
    : tensor<1x3x2x2x!out> -> tensor<1x3x2x2x!act>
  %s = lowbit.add %v, %m clamp [0, 50] : tensor<1x3x2x2x!act>, tensor<1x3x2x2x!out> -> tensor<1x3x2x2x!act>
  %u = lowbit.mul %s, %v : tensor<1x3x2x2x!act>, tensor<1x3x2x2x!act> -> tensor<1x3x2x2x!out>
  %g = lowbit.sub %u, %m : tensor<1x3x2x2x!out>, tensor<1x3x2x2x!out> -> tensor<1x3x2x2x!out>
  %h = lowbit.clamp %g min -20 max 20 : tensor<1x3x2x2x!out>
  %l = lowbit.lookup %h, dense<5> : tensor<256xi8> : tensor<1x3x2x2x!out> -> tensor<1x3x2x2x!act>
  %r = lowbit.requantize %l mode fixed : tensor<1x3x2x2x!act> -> tensor<1x3x2x2x!out>
  %n = lowbit.reduce_mean %r dims [1, 2] : tensor<1x3x2x2x!out> -> tensor<1x2x!act>
  %y = lowbit.dequantize %n : tensor<1x2x!act> -> tensor<1x2xf32>
  %e0 = tensor.empty() : tensor<3x2xi8>
  %t = linalg.transpose ins(%a : tensor<2x3xi8>) outs(%e0 : tensor<3x2xi8>) permutation = [1, 0]
  %i = tensor.extract_slice %t[0, 1] [3, 1] [1, 1] : tensor<3x2xi8> to tensor<3x1xi8>
  %j = tensor.concat dim(1) %t, %i : (tensor<3x2xi8>, tensor<3x1xi8>) -> tensor<3x3xi8>
  %nine = arith.constant 9 : i8
  %p = tensor.pad %j low[0, 1] high[0, 1] {
  ^bb0(%k0: index, %k1: index):
    tensor.yield %nine : i8
  } : tensor<3x3xi8> to tensor<3x5xi8>
  %o = tensor.insert_slice %i into %p[0, 2] [3, 1] [1, 1] : tensor<3x1xi8> into tensor<3x5xi8>
  %a0 = quant.scast %a : tensor<2x3xi8> to tensor<2x3x!act>
  %a1 = quant.scast %t : tensor<3x2xi8> to tensor<3x2x!out>
  %mm = lowbit.matmul %a0, %a1 bias %b : tensor<2x3x!act>, tensor<3x2x!out>, tensor<2xi32> -> tensor<2x2xi32>
  return %y, %o, %mm : tensor<1x2xf32>, tensor<3x5xi8>, tensor<2x2xi32>
})mlir",
    R"mlir(
#id = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (i)>
func.func @f(%x: tensor<1x6x6x2xf32>, %z: tensor<2x3xf32>, %k: tensor<2x2xi8>)
    -> (tensor<1x2x2x3xf32>, tensor<2xf32>, tensor<2x2xi32>, tensor<1x3x3x2xf32>) {
  %zero = arith.constant 0.0 : f32
  %w = arith.constant dense<1.5> : tensor<3x3x3x2xf32>
  %b = arith.constant dense<[1.0, 2.0, 3.0]> : tensor<3xf32>
  %e = tensor.empty() : tensor<1x2x2x3xf32>
  %i = linalg.broadcast ins(%b : tensor<3xf32>) outs(%e : tensor<1x2x2x3xf32>) dimensions = [0, 1, 2]
  %c = linalg.conv_2d_nhwc_fhwc {dilations = dense<1> : tensor<2xi64>, strides = dense<2> : tensor<2xi64>}
    ins(%x, %w : tensor<1x6x6x2xf32>, tensor<3x3x3x2xf32>) outs(%i : tensor<1x2x2x3xf32>) -> tensor<1x2x2x3xf32>
  %e1 = tensor.empty() : tensor<2xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e1 : tensor<2xf32>) -> tensor<2xf32>
  %g = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
      ins(%z : tensor<2x3xf32>) outs(%f : tensor<2xf32>) {
  ^bb0(%in: f32, %out: f32):
    %n = linalg.index 1 : index
    %n2 = linalg.index 0 : index
    %v = tensor.extract %z[%n2, %n] : tensor<2x3xf32>
    %p = arith.cmpf ugt, %v, %zero : f32
    %r = arith.select %p, %in, %zero : f32
    %s = math.exp %r : f32
    %o = arith.addf %out, %s : f32
    linalg.yield %o : f32
  } -> tensor<2xf32>
  %e2 = tensor.empty() : tensor<2x2xi32>
  %m = linalg.matmul ins(%k, %k : tensor<2x2xi8>, tensor<2x2xi8>) outs(%e2 : tensor<2x2xi32>) -> tensor<2x2xi32>
  %e3 = tensor.empty() : tensor<1x3x3x2xf32>
  %win = tensor.empty() : tensor<2x2xf32>
  %pool = linalg.pooling_nhwc_max {dilations = dense<1> : tensor<2xi64>, strides = dense<2> : tensor<2xi64>}
    ins(%x, %win : tensor<1x6x6x2xf32>, tensor<2x2xf32>) outs(%e3 : tensor<1x3x3x2xf32>) -> tensor<1x3x3x2xf32>
  return %c, %g, %m, %pool : tensor<1x2x2x3xf32>, tensor<2xf32>, tensor<2x2xi32>, tensor<1x3x3x2xf32>
})mlir"};

namespace {
struct InterpreterFuzz : InterpreterTest, testing::WithParamInterface<const char *> {
  /// Interprets a program on zeros where it is valid. Nothing is expected of the result but that there is one, or an
  /// error.
  bool tryRun(StringRef source) {
    ParserConfig config(&context);
    module = parseSourceString<ModuleOp>(source, config);
    auto function = module ? module->lookupSymbol<func::FuncOp>("f") : nullptr;
    if (!function)
      return false;
    SmallVector<Tensor> inputs;
    for (Type type : function.getArgumentTypes()) {
      auto tensor = dyn_cast<RankedTensorType>(type);
      if (!tensor || !tensor.hasStaticShape() || tensor.getNumElements() > 100000)
        return false;
      std::optional<ElementKind> kind = getElementKind(tensor.getElementType());
      inputs.emplace_back(tensor.getShape(), kind.value_or(ElementKind::F32));
    }
    error.clear();
    FailureOr<SmallVector<Tensor>> results = interpret(function, inputs);
    EXPECT_TRUE(succeeded(results) || !error.empty()) << source.str();
    return true;
  }
};
} // namespace

/// Changes numbers and types, in one place or everywhere alike; the latter keeps more programs valid.
static std::string mutate(std::string source, std::mt19937 &random) {
  // Small sizes, which run, and absurd ones, which must be refused before anything is allocated.
  static const char *const numbers[] = {"0", "1", "2", "3", "-1", "5", "7", "-128", "127", "99999999999", "4294967296"};
  static const char *const types[] = {"i8", "i4", "i32", "i1", "f32", "f64", "i64", "u8:f32", "index", "bf16"};
  static const std::regex number("-?\\b[0-9]+(?![0-9.])"), type("\\b(i8|i32|f32|i8:f32)\\b");
  const bool isNumber = random() % 4 != 0;
  std::vector<std::smatch> matches;
  const std::regex &regex = isNumber ? number : type;
  for (auto it = std::sregex_iterator(source.begin(), source.end(), regex); it != std::sregex_iterator(); ++it)
    matches.push_back(*it);
  if (matches.empty())
    return source;
  const std::smatch &chosen = matches[random() % matches.size()];
  const std::string replacement =
      isNumber ? numbers[random() % std::size(numbers)] : types[random() % std::size(types)];
  if (random() % 2)
    return source.replace(chosen.position(), chosen.length(), replacement);
  // The whole type or attribute around the number, wherever it stands.
  const size_t begin = source.find_last_of("(<[ ", chosen.position() - 1);
  const size_t end = source.find_first_of(")>] ", chosen.position());
  if (begin == std::string::npos || end == std::string::npos)
    return source;
  const std::string around = source.substr(begin, end - begin);
  std::string changed = around;
  changed.replace(chosen.position() - begin, chosen.length(), replacement);
  for (size_t at = source.find(around); at != std::string::npos; at = source.find(around, at + changed.size()))
    source.replace(at, around.size(), changed);
  return source;
}

TEST_P(InterpreterFuzz, EndsInAResultOrAnError) {
  ASSERT_TRUE(tryRun(GetParam())) << error;
  ASSERT_TRUE(error.empty()) << error;
  std::mt19937 random(11);
  int interpreted = 0;
  for (int i = 0; i < 3000; ++i) {
    std::string source = GetParam();
    for (unsigned changes = 1 + random() % 3; changes > 0; --changes)
      source = mutate(std::move(source), random);
    interpreted += tryRun(source);
  }
  EXPECT_GT(interpreted, 100);
}
INSTANTIATE_TEST_SUITE_P(All, InterpreterFuzz, testing::ValuesIn(kPrograms));
