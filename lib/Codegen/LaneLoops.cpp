#include "LaneKernel.h"
#include "lowbit/Support/Constants.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::lowbit;

/// A constant with a value for each channel as one with a row for each panel; null for other operands.
template <typename T> static Value layOutConstant(OpBuilder &builder, Value operand, const LaneLayout &layout) {
  auto values = getConstantValues<T>(operand);
  if (!values)
    return {};
  SmallVector<T> result;
  const int64_t panels = layout.getPanels().getCount();
  for (int64_t panel = 0; panel < panels; ++panel)
    for (int64_t element : layout.order)
      result.push_back(values->get()[layout.getChannel(panel, element)]);
  auto type = RankedTensorType::get({panels, layout.getLanes()}, getElementTypeOrSelf(operand.getType()));
  return createConstant<T>(builder, operand.getLoc(), type, result, getConstantName(operand));
}

DenseMap<Value, Value> lowbit::layOutConstants(OpBuilder &builder, ArrayRef<linalg::GenericOp> epilogue,
                                               const LaneLayout &layout, int64_t channels) {
  DenseMap<Value, Value> constants;
  for (linalg::GenericOp generic : epilogue)
    for (OpOperand *operand : generic.getDpsInputOperands()) {
      auto type = dyn_cast<RankedTensorType>(operand->get().getType());
      AffineMap map = generic.getMatchingIndexingMap(operand);
      if (!type || constants.contains(operand->get()) || type.getShape() != ArrayRef<int64_t>{channels} ||
          map.getResult(0) != builder.getAffineDimExpr(map.getNumDims() - 1))
        continue;
      Value constant = type.getElementType().isF32()         ? layOutConstant<float>(builder, operand->get(), layout)
                       : type.getElementType().isInteger(32) ? layOutConstant<int32_t>(builder, operand->get(), layout)
                                                             : Value();
      if (constant)
        constants[operand->get()] = constant;
    }
  return constants;
}

namespace {
/// Emits the tiles of one kernel.
struct LaneEmitter {
  ArrayRef<linalg::GenericOp> epilogue;
  /// The constants of the epilogue, laid out.
  DenseMap<Value, Value> constants;
  /// The result of the op that the kernel computes.
  Value producer;
  LaneKernel &kernel;
  const LaneLayout &layout;

  /// Computes the vectors at `column` of a line and writes them; returns what holds them then.
  Value emitVectors(OpBuilder &builder, Location loc, const LinesPosition &lines, int64_t line, OpFoldResult column,
                    Value destination) const;

private:
  SmallVector<SmallVector<OpFoldResult>> getPieces(OpBuilder &builder, Location loc, const LinesPosition &lines,
                                                   int64_t line, OpFoldResult column) const;
  Value load(OpBuilder &builder, Location loc, Value operand, AffineMap map, OpFoldResult panel,
             ArrayRef<SmallVector<OpFoldResult>> pieces) const;
};
} // namespace

/// Where in the output the pieces of a vector start.
SmallVector<SmallVector<OpFoldResult>> LaneEmitter::getPieces(OpBuilder &builder, Location loc,
                                                              const LinesPosition &lines, int64_t line,
                                                              OpFoldResult column) const {
  return llvm::map_to_vector(layout.columns, [&](int64_t offset) -> SmallVector<OpFoldResult> {
    return {lines.batch, addIndex(builder, loc, lines.line, line), addIndex(builder, loc, column, offset),
            lines.channel};
  });
}

/// The lanes of another operand of the epilogue.
Value LaneEmitter::load(OpBuilder &builder, Location loc, Value operand, AffineMap map, OpFoldResult panel,
                        ArrayRef<SmallVector<OpFoldResult>> pieces) const {
  const int64_t lanes = layout.getLanes();
  if (Value constant = constants.lookup(operand))
    return loadPacked(builder, loc, constant, {panel, builder.getIndexAttr(0)});
  Value loaded;
  for (auto [number, indices] : llvm::enumerate(pieces)) {
    Value piece = loadVector(builder, loc, operand, map, indices, indices.size() - 1, layout.width, layout.width);
    if (!loaded)
      loaded = arith::ConstantOp::create(
          builder, loc, builder.getZeroAttr(VectorType::get({lanes}, getElementTypeOrSelf(piece.getType()))));
    loaded = vector::InsertStridedSliceOp::create(builder, loc, piece, loaded,
                                                  ArrayRef<int64_t>{static_cast<int64_t>(number) * layout.width},
                                                  ArrayRef<int64_t>{1});
  }
  return vector::ShuffleOp::create(builder, loc, loaded, loaded, layout.order);
}

Value LaneEmitter::emitVectors(OpBuilder &builder, Location loc, const LinesPosition &lines, int64_t line,
                               OpFoldResult column, Value destination) const {
  const int64_t lanes = layout.getLanes();
  for (auto [place, value] : llvm::enumerate(kernel.compute(builder, loc, lines, line, column))) {
    auto pieces = getPieces(builder, loc, lines, line, addIndex(builder, loc, column, place));
    value = computeEpilogue(builder, loc, epilogue, lanes, producer, value, [&](Value operand, AffineMap map) {
      return load(builder, loc, operand, map, lines.panel, pieces);
    });
    value = vector::ShuffleOp::create(builder, loc, value, value, invertPermutationVector(layout.order));
    for (auto [piece, indices] : llvm::enumerate(pieces)) {
      Value elements = value;
      if (layout.width < lanes)
        elements = vector::ExtractStridedSliceOp::create(builder, loc, value,
                                                         ArrayRef<int64_t>{static_cast<int64_t>(piece) * layout.width},
                                                         ArrayRef<int64_t>{layout.width}, ArrayRef<int64_t>{1});
      destination = writeVector(builder, loc, elements, destination, indices);
    }
  }
  return destination;
}

/// A loop over `count` numbers that carries one value, its result.
static scf::ForOp emitLoop(OpBuilder &builder, Location loc, int64_t count, Value carried,
                           function_ref<Value(OpBuilder &, Location, Value, Value)> body) {
  auto index = [&](int64_t value) { return arith::ConstantIndexOp::create(builder, loc, value).getResult(); };
  return scf::ForOp::create(builder, loc, index(0), index(count), index(1), ValueRange{carried},
                            [&](OpBuilder &builder, Location loc, Value iv, ValueRange state) {
                              scf::YieldOp::create(builder, loc, body(builder, loc, iv, state.front()));
                            });
}

/// The loops over panels, blocks of lines, pictures, lines and columns; returns what holds their results.
static Value emitLoops(OpBuilder &builder, Location loc, ArrayRef<int64_t> shape, const LaneEmitter &emitter,
                       Value destination) {
  LaneKernel &kernel = emitter.kernel;
  const LaneLayout &layout = emitter.layout;
  const TiledDim panels = layout.getPanels(), lines{shape[1], kernel.getLines()},
                 columns{shape[2] - layout.columns.back(), kernel.getColumns()};
  const int64_t blocks = kernel.getBlocks(), linesOfBlock = lines.getCount() / blocks;
  LinesPosition position;
  auto overColumns = [&](OpBuilder &builder, Location loc, Value carried) {
    kernel.beginLines(builder, loc, position);
    const int64_t together = kernel.joinsLines() ? kernel.getLines() : 1;
    for (int64_t first = 0; first < kernel.getLines(); first += together)
      carried = emitLoop(builder, loc, columns.getCount(), carried,
                         [&](OpBuilder &builder, Location loc, Value number, Value carried) {
                           OpFoldResult column = columns.getStart(builder, loc, number);
                           for (int64_t line = first; line < first + together; ++line)
                             carried = emitter.emitVectors(builder, loc, position, line, column, carried);
                           return carried;
                         })
                    .getResult(0);
    return carried;
  };
  auto overLines = [&](OpBuilder &builder, Location loc, Value picture, Value carried) {
    position.batch = picture;
    return emitLoop(builder, loc, linesOfBlock, carried,
                    [&](OpBuilder &builder, Location loc, Value number, Value carried) {
                      AffineExpr block = builder.getAffineDimExpr(0), line = builder.getAffineDimExpr(1);
                      position.line = lines.getStart(
                          builder, loc,
                          affine::makeComposedFoldedAffineApply(builder, loc, block * linesOfBlock + line,
                                                                {position.block, OpFoldResult(number)}));
                      return overColumns(builder, loc, carried);
                    })
        .getResult(0);
  };
  auto overBlocks = [&](OpBuilder &builder, Location loc, Value panel, Value carried) {
    position.panel = panel;
    position.channel = addIndex(builder, loc, panels.getStart(builder, loc, OpFoldResult(panel)), layout.firstChannel);
    scf::ForOp loop =
        emitLoop(builder, loc, blocks, carried, [&](OpBuilder &builder, Location loc, Value block, Value carried) {
          position.block = block;
          return emitLoop(builder, loc, shape[0], carried, overLines).getResult(0);
        });
    // Each block of one picture is contiguous in memory where there is one panel.
    loop->setAttr(kParallelAttrName, builder.getBoolAttr(shape[0] == 1));
    return loop.getResult(0);
  };
  scf::ForOp loop = emitLoop(builder, loc, panels.getCount(), destination, overBlocks);
  loop->setAttr(kParallelAttrName, builder.getBoolAttr(false));
  return loop.getResult(0);
}

void lowbit::emitLaneLoops(RewriterBase &rewriter, linalg::LinalgOp op, ArrayRef<linalg::GenericOp> epilogue,
                           ArrayRef<std::unique_ptr<LaneKernel>> kernels) {
  Operation *last = op;
  if (!epilogue.empty())
    last = linalg::GenericOp(epilogue.back());
  // Operands of the epilogue may be defined after `op`; kernels have put what they need before it.
  rewriter.setInsertionPoint(last);
  Location loc = last->getLoc();
  auto type = cast<RankedTensorType>(last->getResult(0).getType());
  Value result = tensor::EmptyOp::create(rewriter, loc, type.getShape(), type.getElementType());
  for (const std::unique_ptr<LaneKernel> &kernel : kernels) {
    const LaneLayout &layout = kernel->getLayout();
    LaneEmitter emitter{epilogue, layOutConstants(rewriter, epilogue, layout, type.getShape().back()), op->getResult(0),
                        *kernel, layout};
    result = emitLoops(rewriter, loc, type.getShape(), emitter, result);
  }
  replaceWithLoops(rewriter, op, epilogue, result);
}
