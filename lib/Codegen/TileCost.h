#ifndef LOWBIT_LIB_CODEGEN_TILECOST_H
#define LOWBIT_LIB_CODEGEN_TILECOST_H

#include <cstdint>
#include <limits>
#include <utility>

namespace mlir::lowbit {

/// A contraction to cut into register tiles: `rows` by `channels` sums, each of `groups` dot products.
struct TileProblem {
  int64_t rows = 1;
  int64_t channels = 1;
  int64_t groups = 1;
  /// Channels in a vector.
  int64_t lanes = 1;
  /// What the accumulators of a tile and a vector of weights for each column of them may take.
  int64_t registers = 2;
  /// The rows of a tile are a multiple of it; `rows` is not less.
  int64_t rowStep = 1;
  /// The vectors of a tile are not more.
  int64_t mostVectors = std::numeric_limits<int64_t>::max();
  /// How many bytes are written for a sum.
  int64_t bytesOfResult = 1;
  /// Dot products that a core has under way at once; with fewer accumulators each waits for the one before it.
  int64_t underWay = 8;
  /// How many times there are `rows` rows that the same weights multiply.
  int64_t repetitions = 1;
  /// Of tile registers: how many lines of rows there are each time, and by how many rows of a register the first row of
  /// a line is behind that of the line before it; 0 where by no whole number.
  int64_t lines = 1;
  int64_t linePitch = 0;
  /// Of tile registers: how many accumulators a sum is in, one for each byte of an activation.
  int64_t activationBytes = 1;
  /// Of tile registers: how many activations are split into their bytes before.
  int64_t splitActivations = 0;
  /// What is computed of an activation for all vectors of a tile, in dot products.
  double ofActivation = 0;
  /// How many instructions unpack a vector of weights to bytes; 0 where they are bytes in memory.
  int64_t unpacking = 0;
  /// How many of them leave the codes that the weights are packed as; 0 where codes can't be multiplied with.
  int64_t unpackingOfCodes = 0;
  /// How many blocks of groups, each with multipliers of its own, make up `groups`.
  int64_t blocks = 1;
  /// How many groups there are where the rests of runs are packed, and what packs all of them, in dot products; 0 where
  /// none can be.
  int64_t groupsWithPackedRests = 0;
  double packingOfRests = 0;
  /// The registers that a column of weights takes where each tile unpacks them.
  int64_t registersOfColumn = 1;
};

struct TileChoice {
  int64_t rows;
  int64_t vectors;
  int64_t lines = 1;
  /// Whether the weights of a panel are unpacked once for all of its tiles.
  bool expandPanels = false;
  /// Whether activations are multiplied with codes, and the sums of blocks with the multipliers.
  bool multiplySums = false;
  /// Whether the rests of runs are packed to groups.
  bool packRests = false;
  /// What all tiles take, in dot products of vectors.
  double cost = 0;
};

/// Where the rows of a tile are in tile registers, each of which holds rows at a constant distance in memory: parts of
/// one line, or one line or several. Between the lines of a register are rows of no use.
struct RegisterRows {
  int64_t registers;
  /// The rows of each register, and the lines that they are of.
  int64_t rows;
  int64_t lines;
  int64_t linePitch;

  /// Of a tile of `lines` lines of `rows` rows, at most 16 where there are several lines; as few registers as can be.
  static RegisterRows get(int64_t lines, int64_t rows, int64_t linePitch);

  /// The register of a row of a line, and the row in that.
  std::pair<int64_t, int64_t> getPlace(int64_t line, int64_t row) const;
};

/// The tile that takes the least time by a model of a core that is as fast at loads as at dot products. Tiles at the
/// end overlap those before them: what they compute twice counts.
TileChoice chooseTile(const TileProblem &problem);

/// The same for tile registers: `blocks` are products of whole registers. Weights that must be unpacked are for all
/// tiles of a panel.
TileChoice chooseTileOfRegisters(const TileProblem &problem);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_CODEGEN_TILECOST_H
