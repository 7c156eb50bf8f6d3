#include "lowbit/Analysis/ScaleSolver.h"
#include "mlir/Dialect/Quant/IR/Quant.h"
#include "mlir/IR/MLIRContext.h"
#include <gtest/gtest.h>

using namespace mlir;
using namespace mlir::lowbit;
using quant::UniformQuantizedType;

namespace {
struct ScaleSolver : testing::Test {
  ScaleSolver() { context.loadDialect<quant::QuantDialect>(); }

  UniformQuantizedType type(double scale, int64_t zeroPoint = 0, unsigned bits = 8) {
    const int64_t half = int64_t(1) << (bits - 1);
    return UniformQuantizedType::get(quant::QuantizationFlags::Signed, IntegerType::get(&context, bits),
                                     Float32Type::get(&context), scale, zeroPoint, -half, half - 1);
  }

  /// Adds a variable and returns its index.
  unsigned add(UniformQuantizedType type, int64_t numElements, bool isCombined = false, bool isFixed = false) {
    problem.variables.push_back({type, numElements, isFixed, isCombined});
    return problem.variables.size() - 1;
  }
  void group(std::initializer_list<unsigned> variables) {
    problem.groups.push_back({SmallVector<unsigned>(variables)});
  }

  MLIRContext context;
  ScaleProblem problem;
};
} // namespace

TEST_F(ScaleSolver, LeavesVariablesOutsideGroupsAlone) {
  add(type(0.5), 4);
  add(type(0.25, 3), 4);
  ScaleSolution solution = solveScales(problem);
  EXPECT_EQ(solution.variables[0], type(0.5));
  EXPECT_EQ(solution.variables[1], type(0.25, 3));
}

TEST_F(ScaleSolver, SharesTheCoarserScaleWhereNothingElseReadsTheFiner) {
  group({add(type(8.0), 4), add(type(0.25), 4), add(type(8.0), 8, /*isCombined=*/true)});
  ScaleSolution solution = solveScales(problem);
  for (UniformQuantizedType result : solution.variables)
    EXPECT_EQ(result, type(8.0));
  EXPECT_EQ(solution.groups[0], type(8.0));
}

TEST_F(ScaleSolver, CutsTheEdgeOfACombinedVariableThatWouldLoseMoreThanABit) {
  group({add(type(8.0), 4), add(type(0.25), 4, /*isCombined=*/true), add(type(8.0), 8)});
  ScaleSolution solution = solveScales(problem);
  EXPECT_EQ(solution.groups[0], type(8.0));
  EXPECT_EQ(solution.variables[0], type(8.0));
  EXPECT_EQ(solution.variables[1], type(0.25));
}

TEST_F(ScaleSolver, ABitIsNotWorthARequantization) {
  group({add(type(0.5), 4), add(type(0.25), 4, /*isCombined=*/true), add(type(0.5), 8)});
  EXPECT_EQ(solveScales(problem).variables[1], type(0.5));
}

// x (large, combined) is pooled to p (small), which is concatenated with the coarse y: the pool is cut from the
// concatenation, not x from the pool.
TEST_F(ScaleSolver, CutsTheCheapestEdgeOfAChain) {
  unsigned x = add(type(0.25), 400, /*isCombined=*/true), p = add(type(0.25), 100), y = add(type(8.0), 100);
  unsigned c = add(type(8.0), 200, /*isCombined=*/true);
  group({x, p});
  group({p, y, c});
  ScaleSolution solution = solveScales(problem);
  EXPECT_EQ(solution.variables[x], type(0.25));
  EXPECT_EQ(solution.variables[p], type(0.25));
  EXPECT_EQ(solution.groups[0], type(0.25));
  EXPECT_EQ(solution.groups[1], type(8.0));
  EXPECT_EQ(solution.variables[y], type(8.0));
}

TEST_F(ScaleSolver, KeepsFixedTypes) {
  unsigned fixed = add(type(0.25), 4, /*isCombined=*/false, /*isFixed=*/true), free = add(type(8.0), 4);
  group({fixed, free});
  ScaleSolution solution = solveScales(problem);
  EXPECT_EQ(solution.variables[fixed], type(0.25));
  EXPECT_EQ(solution.variables[free], type(8.0));
}

TEST_F(ScaleSolver, AFinerTensorTakesAFixedType) {
  unsigned fixed = add(type(8.0), 4, /*isCombined=*/false, /*isFixed=*/true), free = add(type(0.25), 4);
  group({fixed, free});
  EXPECT_EQ(solveScales(problem).variables[free], type(8.0));
}

TEST_F(ScaleSolver, TwoFixedTypesCostOneRequantization) {
  unsigned large = add(type(8.0), 9, false, true), small = add(type(0.25), 4, false, true);
  group({small, large});
  ScaleSolution solution = solveScales(problem);
  EXPECT_EQ(solution.groups[0], type(8.0));
  EXPECT_EQ(solution.variables[small], type(0.25));
  EXPECT_EQ(solution.variables[large], type(8.0));
}

TEST_F(ScaleSolver, OtherWidthsDoNotShare) {
  unsigned eight = add(type(0.5), 4), four = add(type(0.5, 0, 4), 4);
  group({eight, four});
  ScaleSolution solution = solveScales(problem);
  EXPECT_EQ(solution.variables[eight], type(0.5));
  EXPECT_EQ(solution.variables[four], type(0.5, 0, 4));
}

TEST_F(ScaleSolver, EmptyGroupsAndRepeatedVariables) {
  group({});
  unsigned x = add(type(0.5), 4);
  group({x, x});
  ScaleSolution solution = solveScales(problem);
  EXPECT_FALSE(solution.groups[0]);
  EXPECT_EQ(solution.groups[1], type(0.5));
}

TEST_F(ScaleSolver, JoinedRangesHoldBoth) {
  // [0, 255] and [-127.5, 0] give [-127.5, 255].
  EXPECT_EQ(joinTypes({type(1.0, -128), type(0.5, 127)}), type(1.5, -43));
  // Half a step at an end is what rounding loses anyway.
  EXPECT_EQ(joinTypes({type(1.0, -128), type(0.001, 0)}), type(1.0, -128));
}
