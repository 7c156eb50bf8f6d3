#ifndef LOWBIT_LIB_CODEGEN_MATRIXBLOCKS_H
#define LOWBIT_LIB_CODEGEN_MATRIXBLOCKS_H

#include "TileKernel.h"

/// Accumulators of instructions that multiply two rows of activations with two channels: blocks of 2 x 2, row by row,
/// in a vector of four.
namespace mlir::lowbit {

/// The accumulators of a tile of an even number of rows, four channels of a row in each, as blocks: those of each
/// pair of rows follow each other, in the order of the channels.
SmallVector<Value> makeBlocks(OpBuilder &builder, Location loc, ValueRange accumulators, const TileShape &shape);

/// The inverse of `makeBlocks`.
SmallVector<Value> splitBlocks(OpBuilder &builder, Location loc, ValueRange blocks, const TileShape &shape);

/// Adds to the two blocks of a pair of rows and four channels the products of `upper` and `lower`, `depth` bytes of
/// either row, with `weights`, `depth` bytes of each channel. Each block is a `vector.contract` that names
/// `instruction`.
SmallVector<Value> multiplyBlocks(OpBuilder &builder, Location loc, StringRef instruction, Value upper, Value lower,
                                  Value weights, ValueRange blocks);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_CODEGEN_MATRIXBLOCKS_H
