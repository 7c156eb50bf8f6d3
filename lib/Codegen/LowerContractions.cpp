#include "InstructionLowering.h"
#include "IntrinsicBuilder.h"
#include "lowbit/Codegen/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace mlir::lowbit {
#define GEN_PASS_DEF_LOWERCONTRACTIONS
#include "lowbit/Codegen/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

namespace {
/// Emits the intrinsics of one dot instruction on flat vectors of bytes.
struct DotBuilder : IntrinsicBuilder {
  int64_t lanes;
  int64_t depth;
  /// What the sums of products are multiplied by, i32 of at most 8 bits for each lane; null for 1.
  Value multipliers = {};

  /// The `depth` elements of `group` in each group of `depth` elements of a vector for all lanes; `group` itself where
  /// it has those of all lanes.
  Value repeat(Value group) const {
    auto type = cast<VectorType>(group.getType());
    if (type.getNumElements() == lanes * depth)
      return flatten(group);
    const unsigned bits = type.getNumElements() * type.getElementTypeBitWidth();
    Value scalar = vector::BitCastOp::create(builder, loc, getType(1, bits), group);
    Value element = vector::ExtractOp::create(builder, loc, scalar, ArrayRef<int64_t>{0});
    Value all = vector::BroadcastOp::create(builder, loc, getType(lanes, bits), element);
    return vector::BitCastOp::create(builder, loc, getType(lanes * depth, type.getElementTypeBitWidth()), all);
  }
  Value flatten(Value weights) const {
    return vector::ShapeCastOp::create(builder, loc, getType(lanes * depth, 8), weights);
  }
};
} // namespace

namespace {
/// The bytes of the operands of one contraction.
struct Group {
  Value activations;
  Value weights;
  /// The contraction; what each of several adds in 16 bits is computed in its place.
  Operation *op = nullptr;
  /// Of an instruction that takes one unsigned operand, whether that is the weights, and not the activations.
  bool hasUnsignedWeights = false;
};
} // namespace

/// The integers of `bits` that `value` is the extension of, or a constant that could be.
template <typename ExtOp> static Value stripExtension(OpBuilder &builder, Value value, unsigned bits = 8) {
  if (auto extension = value.getDefiningOp<ExtOp>())
    return getElementTypeOrSelf(extension.getIn().getType()).isInteger(bits) ? extension.getIn() : Value();
  // The folder has extended a constant.
  constexpr bool kIsSigned = std::is_same_v<ExtOp, arith::ExtSIOp>;
  DenseIntElementsAttr constant;
  auto fits = [&](const APInt &number) { return kIsSigned ? number.isSignedIntN(bits) : number.isIntN(bits); };
  if (!matchPattern(value, m_Constant(&constant)) || !llvm::all_of(constant.getValues<APInt>(), fits))
    return {};
  auto integers =
      constant.mapValues(builder.getIntegerType(bits), [&](const APInt &number) { return number.trunc(bits); });
  return arith::ConstantOp::create(builder, value.getLoc(), cast<TypedAttr>(Attribute(integers)));
}

/// A group of activations for all lanes.
static Value repeatActivations(const DotBuilder &dot, Value activations) {
  // What flips the bits of lanes that are one group each.
  if (auto flip = activations.getDefiningOp<arith::XOrIOp>())
    if (auto all = flip.getLhs().getDefiningOp<vector::BroadcastOp>())
      return arith::XOrIOp::create(dot.builder, dot.loc, dot.repeat(all.getSource()), dot.flatten(flip.getRhs()));
  // Repeat first, then offset: the repeated load is one instruction, and an exclusive or on the scalar would go
  // through the general registers.
  DenseElementsAttr value;
  auto offset = activations.getDefiningOp<arith::XOrIOp>();
  if (!offset || !matchPattern(offset.getRhs(), m_Constant(&value)) || !value.isSplat())
    return dot.repeat(activations);
  Value repeated = dot.repeat(offset.getLhs());
  auto splat = DenseElementsAttr::get(cast<ShapedType>(repeated.getType()), value.getSplatValue<APInt>());
  return arith::XOrIOp::create(dot.builder, dot.loc, repeated, arith::ConstantOp::create(dot.builder, dot.loc, splat));
}

/// The activations and the weights of a group for all lanes; the unsigned ones first.
static std::pair<Value, Value> getOperands(const DotBuilder &dot, const Group &group) {
  Value activations = repeatActivations(dot, group.activations), weights = dot.flatten(group.weights);
  return group.hasUnsignedWeights ? std::pair(weights, activations) : std::pair(activations, weights);
}

template <const char *intrinsic>
static Value emitVpdpbusd(const DotBuilder &dot, ArrayRef<Group> groups, Value accumulator) {
  auto [unsignedBytes, signedBytes] = getOperands(dot, groups.front());
  return dot.call(intrinsic, dot.getType(dot.lanes, 32), {accumulator, unsignedBytes, signedBytes});
}

/// The pairs of products of all groups added in 16 bits, then neighbours in 32 bits. `getFactors` makes the unsigned
/// and the signed factors of a group's products.
static Value emitPairs(const DotBuilder &dot, ArrayRef<Group> groups, Value accumulator,
                       function_ref<std::pair<Value, Value>(const DotBuilder &, const Group &)> getFactors) {
  const bool isWide = dot.lanes == 8;
  auto pairType = dot.getType(dot.lanes * 2, 16);
  Value pairs;
  for (const Group &group : groups) {
    OpBuilder::InsertionGuard guard(dot.builder);
    dot.builder.setInsertionPoint(group.op);
    auto [unsignedFactor, signedFactor] = getFactors(dot, group);
    Value products = dot.call(isWide ? "llvm.x86.avx2.pmadd.ub.sw" : "llvm.x86.ssse3.pmadd.ub.sw.128", pairType,
                              {unsignedFactor, signedFactor});
    pairs = pairs ? arith::AddIOp::create(dot.builder, dot.loc, pairs, products).getResult() : products;
  }
  Value factors = dot.splat(pairType, 1);
  if (dot.multipliers) {
    auto type = cast<VectorType>(dot.multipliers.getType());
    Value twice = arith::MulIOp::create(dot.builder, dot.loc, dot.multipliers, dot.splat(type, 0x10001));
    factors = vector::BitCastOp::create(dot.builder, dot.loc, pairType, twice);
  }
  Value sums = dot.call(isWide ? "llvm.x86.avx2.pmadd.wd" : "llvm.x86.sse2.pmadd.wd", dot.getType(dot.lanes, 32),
                        {pairs, factors});
  return arith::AddIOp::create(dot.builder, dot.loc, accumulator, sums);
}

/// |a| * sign(w, a): the product is a * w, and a pair of them fits i16 for weights of at least -127.
static Value emitPsign(const DotBuilder &dot, ArrayRef<Group> groups, Value accumulator) {
  return emitPairs(dot, groups, accumulator, [](const DotBuilder &dot, const Group &group) {
    auto [activations, weights] = getOperands(dot, group);
    auto type = cast<VectorType>(activations.getType());
    Value isLeastPoison = arith::ConstantOp::create(dot.builder, dot.loc, dot.builder.getBoolAttr(false));
    Value magnitude =
        dot.call("llvm.abs.v" + std::to_string(type.getNumElements()) + "i8", type, {activations, isLeastPoison});
    Value signedWeights =
        dot.call(dot.lanes == 8 ? "llvm.x86.avx2.psign.b" : "llvm.x86.ssse3.psign.b.128", type, {weights, activations});
    return std::pair(magnitude, signedWeights);
  });
}

static Value emitPmaddubsw(const DotBuilder &dot, ArrayRef<Group> groups, Value accumulator) {
  return emitPairs(dot, groups, accumulator, getOperands);
}

/// The weights as 16-bit integers.
static Value widenWeights(const DotBuilder &dot, Value weights) {
  return arith::ExtSIOp::create(dot.builder, dot.loc, dot.getType(dot.lanes * 2, 16), dot.flatten(weights));
}

static Value emitPmaddwd(const DotBuilder &dot, ArrayRef<Group> groups, Value accumulator) {
  auto [activations, weights, op, hasUnsignedWeights] = groups.front();
  const bool isWide = dot.lanes == 8;
  Value wideActivations = arith::ExtSIOp::create(dot.builder, dot.loc, dot.getType(2, 16), activations);
  Value sums = dot.call(isWide ? "llvm.x86.avx2.pmadd.wd" : "llvm.x86.sse2.pmadd.wd", dot.getType(dot.lanes, 32),
                        {dot.repeat(wideActivations), widenWeights(dot, weights)});
  return arith::AddIOp::create(dot.builder, dot.loc, accumulator, sums);
}

/// Pairs of 16-bit products.
static Value emitPmaddwdOfWords(const DotBuilder &dot, ArrayRef<Group> groups, Value accumulator) {
  auto [activations, weights, op, hasUnsignedWeights] = groups.front();
  Value sums = dot.call(dot.lanes == 8 ? "llvm.x86.avx2.pmadd.wd" : "llvm.x86.sse2.pmadd.wd",
                        dot.getType(dot.lanes, 32), {dot.repeat(activations), widenWeights(dot, weights)});
  return arith::AddIOp::create(dot.builder, dot.loc, accumulator, sums);
}

template <const char *intrinsic>
static Value emitVpdpwssd(const DotBuilder &dot, ArrayRef<Group> groups, Value accumulator) {
  auto [activations, weights, op, hasUnsignedWeights] = groups.front();
  return dot.call(intrinsic, dot.getType(dot.lanes, 32),
                  {accumulator, dot.repeat(activations), widenWeights(dot, weights)});
}

/// Products of the lower and the upper half, and neighbours of them added.
static Value emitSmullOfWords(const DotBuilder &dot, ArrayRef<Group> groups, Value accumulator) {
  Value activations = dot.repeat(groups.front().activations), weights = widenWeights(dot, groups.front().weights);
  auto multiply = [&](int64_t start) {
    auto getHalf = [&](Value words) -> Value {
      return vector::ExtractStridedSliceOp::create(dot.builder, dot.loc, words, ArrayRef<int64_t>{start},
                                                   ArrayRef<int64_t>{4}, ArrayRef<int64_t>{1});
    };
    return dot.call("llvm.aarch64.neon.smull.v4i32", dot.getType(4, 32), {getHalf(activations), getHalf(weights)});
  };
  Value lower = multiply(0), upper = multiply(4);
  Value sums = dot.call("llvm.aarch64.neon.addp.v4i32", dot.getType(4, 32), {lower, upper});
  return arith::AddIOp::create(dot.builder, dot.loc, accumulator, sums);
}

static Value emitSdot(const DotBuilder &dot, ArrayRef<Group> groups, Value accumulator) {
  auto [activations, weights, op, hasUnsignedWeights] = groups.front();
  return dot.call("llvm.aarch64.neon.sdot.v4i32.v16i8", dot.getType(4, 32),
                  {accumulator, dot.flatten(weights), dot.repeat(activations)});
}

static Value emitSmull(const DotBuilder &dot, ArrayRef<Group> groups, Value accumulator) {
  auto [activations, weights, op, hasUnsignedWeights] = groups.front();
  Value products =
      dot.call("llvm.aarch64.neon.smull.v8i16", dot.getType(8, 16), {dot.repeat(activations), dot.flatten(weights)});
  Value sums = dot.call("llvm.aarch64.neon.saddlp.v4i32.v8i16", dot.getType(4, 32), {products});
  return arith::AddIOp::create(dot.builder, dot.loc, accumulator, sums);
}

/// A block of 2 x 2 accumulators, as a vector.
static Value emitSmmla(const DotBuilder &dot, ArrayRef<Group> groups, Value accumulator) {
  auto [activations, weights, op, hasUnsignedWeights] = groups.front();
  auto flatten = [&](Value value, unsigned bits) -> Value {
    const int64_t count = cast<VectorType>(value.getType()).getNumElements();
    return vector::ShapeCastOp::create(dot.builder, dot.loc, dot.getType(count, bits), value);
  };
  Value sums = dot.call("llvm.aarch64.neon.smmla.v4i32.v16i8", dot.getType(4, 32),
                        {flatten(accumulator, 32), flatten(activations, 8), flatten(weights, 8)});
  return vector::ShapeCastOp::create(dot.builder, dot.loc, cast<VectorType>(accumulator.getType()), sums);
}

/// The shapes of the operands of one instruction.
static SmallVector<VectorType, 3> getOperandTypes(const DotInstruction &instruction, Type type) {
  const int64_t lanes = instruction.lanes, depth = instruction.depth;
  if (instruction.multipliesBlocks)
    return {VectorType::get({2, depth}, type), VectorType::get({2, depth}, type), VectorType::get({2, 2}, type)};
  return {VectorType::get({depth}, type), VectorType::get({lanes, depth}, type), VectorType::get({lanes}, type)};
}

namespace {
struct DotLowering {
  StringLiteral instruction;
  bool takesUnsigned;
  Value (*emit)(const DotBuilder &, ArrayRef<Group>, Value accumulator);
};
constexpr char kVpdpbusd512[] = "llvm.x86.avx512.vpdpbusd.512";
constexpr char kVpdpbusd256[] = "llvm.x86.avx512.vpdpbusd.256";
constexpr char kVpdpwssd512[] = "llvm.x86.avx512.vpdpwssd.512";
constexpr char kVpdpwssd256[] = "llvm.x86.avx512.vpdpwssd.256";
constexpr DotLowering kLowerings[] = {
    {"avx512.vpdpbusd", true, emitVpdpbusd<kVpdpbusd512>},
    {"avxvnni.vpdpbusd", true, emitVpdpbusd<kVpdpbusd256>},
    {"avx2.vpxor", true, emitPmaddubsw},
    {"avx2.vpxor.x2", true, emitPmaddubsw},
    {"avx2.vpsignb", false, emitPsign},
    {"avx2.vpmaddubsw", true, emitPmaddubsw},
    {"avx2.vpmaddubsw.x2", true, emitPmaddubsw},
    {"avx2.vpmaddubsw.x4", true, emitPmaddubsw},
    {"avx2.vpmaddubsw.narrow", true, emitPmaddubsw},
    {"avx2.vpmaddwd", false, emitPmaddwd},
    {"sse4.pmaddubsw.narrow", true, emitPmaddubsw},
    {"sse4.psignb", false, emitPsign},
    {"sse2.pmaddwd", false, emitPmaddwd},
    {"neon.sdot", false, emitSdot},
    {"neon.smmla", false, emitSmmla},
    {"neon.smull", false, emitSmull},
    {"avx512.vpdpwssd", false, emitVpdpwssd<kVpdpwssd512>},
    {"avxvnni.vpdpwssd", false, emitVpdpwssd<kVpdpwssd256>},
    {"avx2.vpmaddwd.w", false, emitPmaddwdOfWords},
    {"sse2.pmaddwd.w", false, emitPmaddwdOfWords},
    {"neon.smull.w", false, emitSmullOfWords},
};

} // namespace

/// The bytes that `op` multiplies; null where its operands are not such as `instruction` takes.
static Group getGroup(OpBuilder &builder, vector::ContractionOp op, const DotInstruction &instruction,
                      bool takesUnsigned) {
  SmallVector<VectorType, 3> types = getOperandTypes(instruction, IntegerType::get(op.getContext(), 32));
  // The activations are those of all lanes, or of each.
  if ((op.getLhsType() != types[0] && op.getLhsType() != types[1]) || op.getRhsType() != types[1] ||
      op.getAccType() != types[2])
    return {};
  if (Value activations = takesUnsigned ? stripExtension<arith::ExtUIOp>(builder, op.getLhs()) : Value())
    return {activations, stripExtension<arith::ExtSIOp>(builder, op.getRhs()), op};
  Value activations = stripExtension<arith::ExtSIOp>(builder, op.getLhs(), instruction.activationBits);
  if (takesUnsigned)
    return {activations, stripExtension<arith::ExtUIOp>(builder, op.getRhs()), op, /*hasUnsignedWeights=*/true};
  return {activations, stripExtension<arith::ExtSIOp>(builder, op.getRhs()), op};
}

/// The op that multiplies the result of `op`, and nothing else uses, by bytes; null where there is none.
static arith::MulIOp getMultiplication(vector::ContractionOp op) {
  auto product = op->hasOneUse() ? dyn_cast<arith::MulIOp>(*op->user_begin()) : arith::MulIOp();
  auto extension = product ? product.getRhs().getDefiningOp<arith::ExtUIOp>() : arith::ExtUIOp();
  return extension && getElementTypeOrSelf(extension.getIn().getType()).isInteger(8) ? product : arith::MulIOp();
}

namespace {
struct LowerContraction : OpRewritePattern<vector::ContractionOp> {
  LowerContraction(MLIRContext *context, const Target &target) : OpRewritePattern(context), target(target) {}

  LogicalResult matchAndRewrite(vector::ContractionOp op, PatternRewriter &rewriter) const override {
    auto name = op->getAttrOfType<StringAttr>(kInstructionAttrName);
    if (!name)
      return rewriter.notifyMatchFailure(op, "names no instruction");
    const DotInstruction *instruction = target.getDotInstruction(name);
    const DotLowering *lowering =
        llvm::find_if(kLowerings, [&](const DotLowering &row) { return row.instruction == name.getValue(); });
    if (!instruction || lowering == std::end(kLowerings))
      return rewriter.notifyMatchFailure(op, "the target has no such instruction");

    // The groups that the instruction takes are contractions that follow each other, each adding to the one before; the
    // last one stands for all.
    SmallVector<Group> groups;
    Value accumulator = op;
    for (unsigned number = 0; number < instruction->groups || instruction->addsShort; ++number) {
      auto contract = accumulator.getDefiningOp<vector::ContractionOp>();
      if (number > 0 && instruction->addsShort && !contract)
        break;
      if (!contract || contract->getAttr(kInstructionAttrName) != name || (number > 0 && !contract->hasOneUse()))
        return rewriter.notifyMatchFailure(op, "there are fewer contractions than the instruction takes groups");
      Group group = getGroup(rewriter, contract, *instruction, lowering->takesUnsigned);
      if (!group.activations || !group.weights)
        return rewriter.notifyMatchFailure(
            op, "the operands are not extended bytes of the shapes and the signedness that it takes");
      groups.insert(groups.begin(), group);
      accumulator = contract.getAcc();
    }
    if (llvm::any_of(op->getUsers(), [&](Operation *user) {
          auto next = dyn_cast<vector::ContractionOp>(user);
          return (instruction->groups > 1 || instruction->addsShort) && next &&
                 next->getAttr(kInstructionAttrName) == name && next.getAcc() == op;
        }))
      return rewriter.notifyMatchFailure(op, "is not the last of its groups");
    DotBuilder dot{{rewriter, op.getLoc()}, instruction->lanes, instruction->depth};
    Operation *last = op;
    if (auto product =
            instruction->addsShort && matchPattern(accumulator, m_Zero()) ? getMultiplication(op) : arith::MulIOp()) {
      dot.multipliers = product.getRhs();
      last = product;
      rewriter.setInsertionPoint(product);
    }
    rewriter.replaceOp(last, lowering->emit(dot, groups, accumulator));
    return success();
  }

private:
  const Target &target;
};

struct LowerContractions : lowbit::impl::LowerContractionsBase<LowerContractions> {
  void runOnOperation() override {
    if (failed(lowerInstructions<vector::ContractionOp, LowerContraction>(getOperation())))
      signalPassFailure();
  }
};
} // namespace
