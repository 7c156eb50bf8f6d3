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
  const int64_t groups = tile.packRests ? problem.groupsWithPackedRests : problem.groups;
  const double tileCost = groups * group + problem.blocks * blockCost + products * kEpilogue + writes + kTile;
  // What is unpacked for a panel is stored, too.
  const double panelCost = tile.expandPanels ? problem.groups * (unpacking + tile.vectors + kGroup) + kTile : 0;
  return tiles * tileCost + panels * panelCost + (tile.packRests ? problem.packingOfRests : 0);
}

TileChoice mlir::lowbit::chooseTile(const TileProblem &problem) {
  const int64_t step = problem.rowStep;
  TileChoice best = {step, 1};
  double leastCost = getCost(problem, best);
  // A vector that is not full only where there is no other.
  const int64_t mostVectors = std::max<int64_t>(1, std::min(problem.mostVectors, problem.channels / problem.lanes));
  auto tryTiles = [&](bool expandPanels, bool multiplySums, bool packRests = false) {
    // Codes have accumulators of their own, one more for each row.
    const int64_t ofColumn = expandPanels || multiplySums ? 1 : problem.registersOfColumn;
    auto fits = [&](int64_t rows, int64_t vectors) {
      return (rows + ofColumn) * vectors + (multiplySums ? rows * (vectors + 1) : 0) <= problem.registers;
    };
    for (int64_t vectors = 1; vectors <= mostVectors && fits(step, vectors); ++vectors)
      for (int64_t rows = step; rows <= problem.rows && fits(rows, vectors); rows += step) {
        const TileChoice tile = {rows, vectors, /*lines=*/1, expandPanels, multiplySums, packRests};
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
  if (problem.groupsWithPackedRests > 0)
    tryTiles(/*expandPanels=*/false, /*multiplySums=*/false, /*packRests=*/true);
  best.cost = leastCost;
  return best;
}

/// A product of tile registers takes two dot products of vectors for each row; below 12 rows its weights are what it
/// waits for. Measured on Sapphire Rapids, which starts two dot products a cycle.
static constexpr double kProductOfRow = 2;
static constexpr double kLeastProduct = 24;
/// An accumulator is started and stored, what is not hidden behind other tiles' products.
static constexpr double kAccumulator = 16;
/// An activation is split into bytes. Measured on Sapphire Rapids, from the second-level cache and back.
static constexpr double kSplit = 0.2;
/// Tile registers are configured before the first tile.
static constexpr double kConfiguration = 350;

RegisterRows RegisterRows::get(int64_t lines, int64_t rows, int64_t linePitch) {
  constexpr int64_t kMostRows = MultiplyTilesOp::kMostRows;
  if (lines == 1) {
    const int64_t registers = llvm::divideCeil(rows, kMostRows);
    return {registers, rows / registers, 1, linePitch};
  }
  RegisterRows best = {lines, rows, 1, linePitch};
  for (int64_t together = 2; linePitch > 0 && together <= lines; ++together)
    if (const int64_t needed = (together - 1) * linePitch + rows; lines % together == 0 && needed <= kMostRows)
      best = {lines / together, needed, together, linePitch};
  return best;
}

std::pair<int64_t, int64_t> RegisterRows::getPlace(int64_t line, int64_t row) const {
  const int64_t number = line / lines * rows + line % lines * linePitch + row;
  return {number / rows, number % rows};
}

/// What all tiles take that are computed by products of tile registers.
static double getCost(const TileProblem &problem, const TileChoice &tile, const RegisterRows &rows) {
  const double panels = llvm::divideCeil(problem.channels, tile.vectors * problem.lanes);
  const double tiles = panels * llvm::divideCeil(problem.rows, tile.rows) *
                       llvm::divideCeil(problem.lines, tile.lines) * problem.repetitions;
  const double product = std::max(kProductOfRow * rows.rows, kLeastProduct);
  const double rowTiles = rows.registers * problem.activationBytes, accumulators = rowTiles * tile.vectors;
  const double loads = kLoad * MultiplyTilesOp::kMostRows * (rowTiles + tile.vectors);
  const double unpacking = (kUnpacking * problem.unpacking + 1) * tile.vectors + kGroup;
  const double panelCost = problem.unpacking > 0 ? problem.groups * unpacking + kTile : 0;
  return tiles * (problem.blocks * (accumulators * product + loads + kGroup) + accumulators * kAccumulator +
                  tile.lines * tile.rows * tile.vectors * kEpilogue + kTile) +
         panels * panelCost + kSplit * problem.splitActivations + kConfiguration;
}

TileChoice mlir::lowbit::chooseTileOfRegisters(const TileProblem &problem) {
  constexpr int64_t kMostRows = MultiplyTilesOp::kMostRows;
  const int64_t mostAccumulators = MultiplyTilesOp::kMostAccumulators / problem.activationBytes;
  TileChoice best = {1, 1};
  best.cost = std::numeric_limits<double>::infinity();
  const int64_t mostVectors = std::max<int64_t>(1, std::min(mostAccumulators, problem.channels / problem.lanes));
  auto tryTile = [&](const TileChoice &tile) {
    const RegisterRows rows = RegisterRows::get(tile.lines, tile.rows, problem.linePitch);
    // Registers of the same size, or of one line or more.
    if (rows.registers * tile.vectors > mostAccumulators || (tile.lines == 1 && tile.rows % rows.registers != 0))
      return;
    const double cost = getCost(problem, tile, rows);
    if (cost < best.cost) {
      best = tile;
      best.cost = cost;
    }
  };
  for (int64_t vectors = 1; vectors <= mostVectors; ++vectors) {
    const int64_t mostRows = kMostRows * (mostAccumulators / vectors);
    for (int64_t lines = 1; lines <= std::min(problem.lines, mostRows); ++lines)
      for (int64_t rows = 1; rows <= std::min(problem.rows, lines == 1 ? mostRows : kMostRows); ++rows)
        tryTile({rows, vectors, lines, /*expandPanels=*/problem.unpacking > 0});
  }
  return best;
}
