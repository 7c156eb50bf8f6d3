#include "TileCost.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>

using namespace mlir::lowbit;

/// The unit of all costs: the time in which a core starts one dot product of vectors.
///
/// Dot products that a core has under way at once; with fewer accumulators each waits for the one before it. Zen 4: one
/// a cycle, each takes four; Zen 5: two a cycle, each takes four.
static constexpr double kLatency = 8;
/// Requantization and store of one vector, what is not hidden behind the next tile's products. Measured on Zen 5.
static constexpr double kEpilogue = 3.4;
/// Start of a tile: addresses, accumulators, the first loads.
static constexpr double kTile = 4;
/// The counter and the branch of the loop over groups.
static constexpr double kGroup = 0.1;
/// A load is hidden behind dot products, but for the misses of the cache: of tiles that compute the same, the one with
/// fewer loads is better.
static constexpr double kLoad = 0.02;

static double getCost(const TileProblem &problem, int64_t rows, int64_t vectors) {
  const double tiles =
      llvm::divideCeil(problem.rows, rows) * llvm::divideCeil(problem.channels, vectors * problem.lanes);
  const double products = rows * vectors, loads = rows + vectors;
  const double group = std::max({products, loads, kLatency}) + kLoad * loads + kGroup;
  return tiles * (problem.groups * group + products * kEpilogue + kTile);
}

TileChoice mlir::lowbit::chooseTile(const TileProblem &problem) {
  const int64_t step = problem.rowStep;
  TileChoice best = {step, 1};
  double leastCost = getCost(problem, step, 1);
  // A vector that is not full only where there is no other.
  const int64_t mostVectors = std::max<int64_t>(1, std::min(problem.mostVectors, problem.channels / problem.lanes));
  for (int64_t vectors = 1; vectors <= mostVectors && (step + 1) * vectors <= problem.registers; ++vectors)
    for (int64_t rows = step; rows <= problem.rows && (rows + 1) * vectors <= problem.registers; rows += step) {
      const double cost = getCost(problem, rows, vectors);
      if (cost < leastCost) {
        leastCost = cost;
        best = {rows, vectors};
      }
    }
  return best;
}
