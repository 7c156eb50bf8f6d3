#include "TileCost.h"
#include "lowbit/Dialect/LowbitDialect.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>

using namespace mlir::lowbit;

/// The unit of all costs: the time in which a core starts one dot product of vectors.
///
/// Requantization and store of one vector, what is not hidden behind the next tile's products. Measured on Zen 5.
static constexpr double kEpilogue = 3.4;
/// Start and end of a tile: addresses, accumulators, the first loads, the branch out of the loop that is not foreseen.
static constexpr double kTile = 40;
/// A row of a tile that is narrowed to less than a register: that is taken apart, and a cache line written in parts.
static constexpr double kPartOfRegister = 1.75;
/// The counter and the branch of the loop over groups.
static constexpr double kGroup = 0.1;
/// A load is hidden behind dot products, but for the misses of the cache: of tiles that compute the same, the one with
/// fewer loads is better.
static constexpr double kLoad = 0.02;

/// What follows the last product of a block whose sums are multiplied. For each accumulator, a subtraction, a
/// multiplication of 32 bits, which counts twice, and an addition; for each column, a load and conversions.
static constexpr double kSum = 4;
static constexpr double kMultipliers = 3;

/// An instruction that unpacks weights takes as long as a dot product: it is for the same ports.
static constexpr double kUnpacking = 1;

static double getCost(const TileProblem &problem, const TileChoice &tile) {
  const double panels = llvm::divideCeil(problem.channels, tile.vectors * problem.lanes);
  const double tiles = panels * llvm::divideCeil(problem.rows, tile.rows) * problem.repetitions;
  const double products = tile.rows * tile.vectors, loads = tile.rows + tile.vectors;
  const double unpacking = kUnpacking * problem.unpacking * tile.vectors;
  // Beside what the codes are multiplied with, its own sum is needed.
  const double ofCodes = kUnpacking * problem.unpackingOfCodes * tile.vectors + tile.rows;
  const double ofWeights = tile.expandPanels ? 0 : tile.multiplySums ? ofCodes : unpacking;
  const double inTile = tile.rows * problem.ofActivation + ofWeights;
  const double group = std::max({products + inTile, loads, double(problem.underWay)}) + kLoad * loads + kGroup;
  const double blockCost = tile.multiplySums ? kSum * products + kMultipliers * tile.vectors : 0;
  const bool fillsRegister = tile.vectors * problem.bytesOfResult >= int64_t(sizeof(int32_t));
  const double writes = fillsRegister ? 0 : kPartOfRegister * tile.rows;
  const double tileCost = problem.groups * group + problem.blocks * blockCost + products * kEpilogue + writes + kTile;
  // What is unpacked for a panel is stored, too.
  const double panelCost = tile.expandPanels ? problem.groups * (unpacking + tile.vectors + kGroup) + kTile : 0;
  return tiles * tileCost + panels * panelCost;
}

TileChoice mlir::lowbit::chooseTile(const TileProblem &problem) {
  const int64_t step = problem.rowStep;
  TileChoice best = {step, 1};
  double leastCost = getCost(problem, best);
  // A vector that is not full only where there is no other.
  const int64_t mostVectors = std::max<int64_t>(1, std::min(problem.mostVectors, problem.channels / problem.lanes));
  auto tryTiles = [&](bool expandPanels, bool multiplySums) {
    // Codes have accumulators of their own, one more for each row.
    const int64_t ofColumn = expandPanels || multiplySums ? 1 : problem.registersOfColumn;
    auto fits = [&](int64_t rows, int64_t vectors) {
      return (rows + ofColumn) * vectors + (multiplySums ? rows * (vectors + 1) : 0) <= problem.registers;
    };
    for (int64_t vectors = 1; vectors <= mostVectors && fits(step, vectors); ++vectors)
      for (int64_t rows = step; rows <= problem.rows && fits(rows, vectors); rows += step) {
        const TileChoice tile = {rows, vectors, expandPanels, multiplySums};
        const double cost = getCost(problem, tile);
        if (cost < leastCost) {
          leastCost = cost;
          best = tile;
        }
      }
  };
  tryTiles(/*expandPanels=*/false, /*multiplySums=*/false);
  if (problem.unpacking > 0)
    tryTiles(/*expandPanels=*/true, /*multiplySums=*/false);
  if (problem.unpackingOfCodes > 0)
    tryTiles(/*expandPanels=*/false, /*multiplySums=*/true);
  best.cost = leastCost;
  return best;
}

/// A product of tile registers takes two dot products of vectors for each row; below 12 rows its weights are what it
/// waits for. Measured on Sapphire Rapids, which starts two dot products a cycle.
static constexpr double kProductOfRow = 2;
static constexpr double kLeastProduct = 24;
/// An accumulator is started and stored, what is not hidden behind other tiles' products.
static constexpr double kAccumulator = 16;
/// Tile registers are configured before the first tile.
static constexpr double kConfiguration = 350;

TileChoice mlir::lowbit::chooseTileOfRegisters(const TileProblem &problem) {
  constexpr int64_t kMostRows = MultiplyTilesOp::kMostRows, kMostAccumulators = MultiplyTilesOp::kMostAccumulators;
  TileChoice best = {1, 1};
  best.cost = std::numeric_limits<double>::infinity();
  const int64_t mostVectors = std::max<int64_t>(1, std::min(kMostAccumulators, problem.channels / problem.lanes));
  for (int64_t vectors = 1; vectors <= mostVectors; ++vectors)
    for (int64_t registers = 1; registers * vectors <= kMostAccumulators; ++registers)
      for (int64_t ofRegister = 1; ofRegister <= kMostRows; ++ofRegister) {
        const int64_t rows = registers * ofRegister;
        // As many registers as the rows need.
        if (rows > problem.rows || static_cast<int64_t>(llvm::divideCeil(rows, kMostRows)) != registers)
          continue;
        const double panels = llvm::divideCeil(problem.channels, vectors * problem.lanes);
        const double tiles = panels * llvm::divideCeil(problem.rows, rows) * problem.repetitions;
        const double product = std::max(kProductOfRow * ofRegister, kLeastProduct);
        const double loads = kLoad * kMostRows * (registers + vectors);
        const double accumulators = registers * vectors;
        const double unpacking = (kUnpacking * problem.unpacking + 1) * vectors + kGroup;
        const double panelCost = problem.unpacking > 0 ? problem.groups * unpacking + kTile : 0;
        const double cost = tiles * (problem.blocks * (accumulators * product + loads + kGroup) +
                                     accumulators * kAccumulator + rows * vectors * kEpilogue + kTile) +
                            panels * panelCost + kConfiguration;
        if (cost < best.cost) {
          best = {rows, vectors, /*expandPanels=*/problem.unpacking > 0};
          best.cost = cost;
        }
      }
  return best;
}
