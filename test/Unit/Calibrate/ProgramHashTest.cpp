#include "lowbit/Calibrate/ProgramHash.h"
#include "lowbit/Dialect/LowbitDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Parser/Parser.h"
#include <gtest/gtest.h>
#include <set>

using namespace mlir;
using namespace mlir::lowbit;

namespace {
struct ProgramHash : testing::Test {
  ProgramHash() {
    context.loadDialect<LowbitDialect, arith::ArithDialect, func::FuncDialect, linalg::LinalgDialect, math::MathDialect,
                        tensor::TensorDialect>();
    context.allowUnregisteredDialects();
  }

  std::string hash(StringRef text) {
    OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(text, &context);
    if (!module)
      ADD_FAILURE() << "can't parse:\n" << text.str();
    return module ? computeProgramHash(*module) : "";
  }

  MLIRContext context;
};
} // namespace

static constexpr StringLiteral kProgram = R"mlir(
func.func @f(%x: tensor<2x4xf32>) -> tensor<2x4xf32> {
  %w = arith.constant dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>
  %e = tensor.empty() : tensor<2x4xf32>
  %b = linalg.broadcast ins(%w : tensor<4xf32>) outs(%e : tensor<2x4xf32>) dimensions = [0]
  %0 = linalg.add ins(%x, %b : tensor<2x4xf32>, tensor<2x4xf32>) outs(%e : tensor<2x4xf32>) -> tensor<2x4xf32>
  return %0 : tensor<2x4xf32>
}
)mlir";

static std::string replace(StringRef from, StringRef to) {
  std::string text = kProgram.str();
  size_t at = text.find(from.str());
  EXPECT_NE(at, std::string::npos) << from.str();
  return text.replace(at, from.size(), to.str());
}

TEST_F(ProgramHash, IsTheSameInEveryContext) {
  // Compared with a constant: the tables of one run of the compiler are read in others.
  EXPECT_EQ(hash(kProgram), "288efdffd42d9bc866fece9a0c2c0700");
}

TEST_F(ProgramHash, IgnoresNamesOfValuesAndLocations) {
  std::string renamed = kProgram.str();
  for (size_t at; (at = renamed.find("%x")) != std::string::npos;)
    renamed.replace(at, 2, "%other");
  EXPECT_EQ(hash(renamed), hash(kProgram));
  EXPECT_EQ(hash(replace("return %0 : tensor<2x4xf32>", "return %0 : tensor<2x4xf32> loc(\"elsewhere\")")),
            hash(kProgram));
}

TEST_F(ProgramHash, IgnoresObservers) {
  EXPECT_EQ(hash(replace("return", "lowbit.observe %0 as \"add_0\" : tensor<2x4xf32>\n return")), hash(kProgram));
}

TEST_F(ProgramHash, IgnoresNotesOfPasses) {
  EXPECT_EQ(
      hash(("module attributes {lowbit.stage = \"import\", lowbit.program_hash = \"0\"} {" + kProgram + "}").str()),
      hash(kProgram));
  EXPECT_EQ(hash(replace("linalg.add", "linalg.add {lowbit.note}")), hash(kProgram));
  EXPECT_EQ(hash(replace("%x: tensor<2x4xf32>", "%x: tensor<2x4xf32> {lowbit.note}")), hash(kProgram));
}

TEST_F(ProgramHash, IgnoresWhereConstantsAreStored) {
  std::string resource =
      replace("dense<[1.0, 2.0, 3.0, 4.0]>", "dense_resource<w>") +
      "{-# dialect_resources: { builtin: { w: \"0x040000000000803F000000400000404000008040\" } } #-}";
  EXPECT_EQ(hash(resource), hash(kProgram));
}

TEST_F(ProgramHash, AcceptsAMissingResource) {
  EXPECT_NE(hash(replace("dense<[1.0, 2.0, 3.0, 4.0]>", "dense_resource<missing>")), hash(kProgram));
}

TEST_F(ProgramHash, DependsOnEverythingElse) {
  const std::pair<StringRef, StringRef> changes[] = {
      {"4.0]", "4.5]"},                                     // a constant
      {"dense<[1.0, 2.0, 3.0, 4.0]>", "dense<1.0>"},        // a constant of one value
      {"linalg.add", "linalg.sub"},                         // an op
      {"ins(%x, %b", "ins(%b, %x"},                         // the order of operands
      {"ins(%x, %b", "ins(%x, %x"},                         // an operand
      {"linalg.add", "linalg.add {lowbit.name = \"sum\"}"}, // a name
      {"%x: tensor<2x4xf32>", "%x: tensor<2x4xf32> {lowbit.name = \"x\"}"},
      {"@f", "@g"},
      {"%e = tensor.empty() : tensor<2x4xf32>",
       "%e = tensor.empty() : tensor<2x4xf32>\n %d = math.tanh %x : tensor<2x4xf32>"}, // one more op
  };
  llvm::StringMap<StringRef> seen;
  seen[hash(kProgram)] = "nothing";
  for (auto [from, to] : changes) {
    auto [it, inserted] = seen.try_emplace(hash(replace(from, to)), to);
    EXPECT_TRUE(inserted) << to.str() << " collides with " << it->second.str();
  }
}

TEST_F(ProgramHash, DependsOnAttributesOfUnregisteredOpsAndNestedRegions) {
  StringRef ops[] = {"\"a.op\"() {x = 1 : i32} : () -> ()",
                     "\"a.op\"() {x = 2 : i32} : () -> ()",
                     "\"a.op\"() {x = [dense<1> : tensor<2xi32>]} : () -> ()",
                     "\"a.op\"() {x = [dense<2> : tensor<2xi32>]} : () -> ()",
                     "\"a.op\"() ({ \"a.op\"() : () -> () }) : () -> ()",
                     "\"a.op\"() ({ \"b.op\"() : () -> () }) : () -> ()",
                     "\"a.op\"() ({}) : () -> ()",
                     "\"a.op\"() ({}, {}) : () -> ()",
                     "\"a.op\"() {x = dense<\"text\"> : tensor<!a.t>} : () -> ()"};
  std::set<std::string> seen;
  for (StringRef op : ops)
    EXPECT_TRUE(seen.insert(hash(op)).second) << op.str();
}
