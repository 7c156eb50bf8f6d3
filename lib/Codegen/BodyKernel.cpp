#include "IntrinsicBuilder.h"
#include "TileKernel.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/ADT/bit.h"

using namespace mlir;
using namespace mlir::lowbit;

namespace {
/// Runs the body of a linalg op on vectors: pooling, means, depthwise convolutions, elementwise ops, products of two
/// dynamic tensors.
class BodyKernel : public TileKernel {
public:
  BodyKernel(linalg::LinalgOp op, const TileShape &shape)
      : op(op), shape(shape), body(op.getBlock()), outputMap(op.getMatchingIndexingMap(op.getDpsInitOperand(0))),
        width(cast<ShapedType>(op.getDpsInits().front().getType()).getShape().back()) {
    op.getReductionDims(reductionDims);
  }

  SmallVector<Value> compute(OpBuilder &builder, Location loc, const TilePosition &position) override {
    SmallVector<Value> accumulators = initialize(builder, loc, position);
    SmallVector<OpFoldResult> dims(op.getNumLoops(), builder.getIndexAttr(0));
    return reduce(builder, loc, position, dims, reductionDims, accumulators);
  }

protected:
  unsigned getLaneDim() const { return outputMap.getDimPosition(outputMap.getNumResults() - 1); }

  /// The values of all iteration dimensions for one vector of the tile; reduction dimensions are set in `dims`.
  SmallVector<OpFoldResult> getDims(OpBuilder &builder, Location loc, const TilePosition &position,
                                    ArrayRef<OpFoldResult> dims, int64_t row, int64_t vector) {
    SmallVector<OpFoldResult> result(dims);
    for (auto [index, value] : llvm::enumerate(position.at(builder, loc, shape, row, vector)))
      result[outputMap.getDimPosition(index)] = value;
    return result;
  }

  SmallVector<Value> initialize(OpBuilder &builder, Location loc, const TilePosition &position) {
    SmallVector<Value> accumulators(shape.rows * shape.vectors);
    OpOperand *init = op.getDpsInitOperand(0);
    if (op.getMatchingBlockArgument(init).use_empty())
      return accumulators;
    // Read what the init is made of, so that it need not exist in memory.
    Value source = init->get();
    AffineMap map = outputMap;
    if (auto fill = source.getDefiningOp<linalg::FillOp>()) {
      source = fill.getInputs().front();
    } else if (auto broadcast = source.getDefiningOp<linalg::BroadcastOp>()) {
      source = broadcast.getInput();
      map = broadcast.getMatchingIndexingMap(broadcast.getDpsInputOperand(0)).compose(outputMap);
    }
    SmallVector<OpFoldResult> dims(op.getNumLoops(), builder.getIndexAttr(0));
    for (int64_t row = 0; row < shape.rows; ++row)
      for (int64_t vector = 0; vector < shape.vectors; ++vector)
        accumulators[row * shape.vectors + vector] =
            loadVector(builder, loc, source, map, getDims(builder, loc, position, dims, row, vector), getLaneDim(),
                       shape.lanes, width);
    return accumulators;
  }

  virtual SmallVector<Value> reduce(OpBuilder &builder, Location loc, const TilePosition &position,
                                    SmallVector<OpFoldResult> dims, ArrayRef<unsigned> loops, ValueRange accumulators) {
    if (loops.empty())
      return step(builder, loc, position, dims, accumulators);
    auto constant = [&](int64_t value) { return arith::ConstantIndexOp::create(builder, loc, value).getResult(); };
    const int64_t size = op.getStaticLoopRanges()[loops.front()];
    auto loop = scf::ForOp::create(builder, loc, constant(0), constant(size), constant(1), accumulators,
                                   [&](OpBuilder &builder, Location loc, Value iv, ValueRange inner) {
                                     dims[loops.front()] = iv;
                                     SmallVector<Value> results =
                                         reduce(builder, loc, position, dims, loops.drop_front(), inner);
                                     scf::YieldOp::create(builder, loc, results);
                                   });
    return llvm::to_vector_of<Value>(loop.getResults());
  }

  virtual SmallVector<Value> step(OpBuilder &builder, Location loc, const TilePosition &position,
                                  ArrayRef<OpFoldResult> dims, ValueRange accumulators) {
    SmallVector<Value> results;
    for (int64_t row = 0; row < shape.rows; ++row) {
      for (int64_t vector = 0; vector < shape.vectors; ++vector) {
        SmallVector<OpFoldResult> vectorDims = getDims(builder, loc, position, dims, row, vector);
        SmallVector<Value> args;
        for (OpOperand *operand : op.getDpsInputOperands())
          args.push_back(op.getMatchingBlockArgument(operand).use_empty()
                             ? Value()
                             : loadVector(builder, loc, operand->get(), op.getMatchingIndexingMap(operand), vectorDims,
                                          getLaneDim(), shape.lanes, width));
        args.push_back(accumulators[row * shape.vectors + vector]);
        LanePosition lanePosition{vectorDims, getLaneDim()};
        results.push_back(vectorizeBody(builder, loc, *body, args, shape.lanes, &lanePosition).front());
      }
    }
    return results;
  }

  linalg::LinalgOp op;
  TileShape shape;
  Block *body;
  AffineMap outputMap;
  int64_t width;
  SmallVector<unsigned> reductionDims;
};

/// Sums of bytes so few that 16 bits hold them: twice as many lanes as accumulators of 32 bits have.
class ByteSumKernel : public BodyKernel {
public:
  /// The op that widens a byte, where the body of `op` adds it to the accumulator and no sum needs more than 16 bits.
  static Operation *match(linalg::LinalgOp op);

  ByteSumKernel(linalg::LinalgOp op, const TileShape &shape, Operation *widen)
      : BodyKernel(op, shape), widen(widen),
        input(&op->getOpOperand(cast<BlockArgument>(widen->getOperand(0)).getArgNumber())) {}

  SmallVector<Value> compute(OpBuilder &builder, Location loc, const TilePosition &position) override {
    Value zero = arith::ConstantOp::create(builder, loc, builder.getZeroAttr(getSumType(builder)));
    SmallVector<Value> sums(shape.rows * shape.vectors / 2, zero);
    SmallVector<OpFoldResult> dims(op.getNumLoops(), builder.getIndexAttr(0));
    sums = reduce(builder, loc, position, dims, reductionDims, sums);
    order(builder, loc, sums);
    SmallVector<Value> accumulators = initialize(builder, loc, position);
    auto type = VectorType::get({shape.lanes}, builder.getI32Type());
    for (auto [number, accumulator] : llvm::enumerate(accumulators)) {
      const int64_t half = number % 2;
      Value sum =
          vector::ExtractStridedSliceOp::create(builder, loc, sums[number / 2], ArrayRef<int64_t>{half * shape.lanes},
                                                ArrayRef<int64_t>{shape.lanes}, ArrayRef<int64_t>{1});
      Value wide = arith::ExtSIOp::create(builder, loc, type, sum);
      accumulator = arith::AddIOp::create(builder, loc, accumulator, wide);
    }
    return accumulators;
  }

protected:
  /// Brings the sums in the order of their channels.
  virtual void order(OpBuilder &builder, Location loc, MutableArrayRef<Value> sums) const {}

private:
  VectorType getSumType(OpBuilder &builder) const { return VectorType::get({2 * shape.lanes}, builder.getI16Type()); }

  SmallVector<Value> step(OpBuilder &builder, Location loc, const TilePosition &position, ArrayRef<OpFoldResult> dims,
                          ValueRange sums) override {
    SmallVector<Value> results;
    for (int64_t row = 0; row < shape.rows; ++row)
      for (int64_t vector = 0; vector < shape.vectors; vector += 2) {
        SmallVector<OpFoldResult> vectorDims = getDims(builder, loc, position, dims, row, vector);
        Value bytes = loadVector(builder, loc, input->get(), op.getMatchingIndexingMap(input), vectorDims, getLaneDim(),
                                 2 * shape.lanes, width);
        Value words = isa<arith::ExtUIOp>(widen)
                          ? arith::ExtUIOp::create(builder, loc, getSumType(builder), bytes).getResult()
                          : arith::ExtSIOp::create(builder, loc, getSumType(builder), bytes).getResult();
        results.push_back(arith::AddIOp::create(builder, loc, sums[results.size()], words));
      }
    return results;
  }

protected:
  Operation *widen;
  OpOperand *input;
};

/// The same on x86, where one instruction adds the neighbors of a register of bytes: two rows are interleaved and added
/// to each other as bytes, and to the sums as words.
class BytePairKernel : public ByteSumKernel {
public:
  using ByteSumKernel::ByteSumKernel;

  /// Whether a tile has whole registers of bytes, and `target` the instruction.
  static bool isSupported(const TileShape &shape, const Target &target) {
    return target.getTriple().getArch() == llvm::Triple::x86_64 && shape.vectors % kSums == 0 &&
           ((shape.lanes == 16 && target.hasFeature("avx512bw")) || (shape.lanes == 8 && target.hasFeature("avx2")) ||
            (shape.lanes == 4 && target.hasFeature("ssse3")));
  }

private:
  /// A register of bytes has as many as four registers of i32.
  static constexpr int64_t kSums = 4;
  static constexpr int64_t kGroup = 16;

  SmallVector<Value> reduce(OpBuilder &builder, Location loc, const TilePosition &position,
                            SmallVector<OpFoldResult> dims, ArrayRef<unsigned> loops, ValueRange sums) override {
    if (loops.size() != 1)
      return BodyKernel::reduce(builder, loc, position, dims, loops, sums);
    const unsigned dim = loops.front();
    const int64_t size = op.getStaticLoopRanges()[dim];
    auto constant = [&](int64_t value) { return arith::ConstantIndexOp::create(builder, loc, value).getResult(); };
    auto loop = scf::ForOp::create(builder, loc, constant(0), constant(size / 2), constant(1), sums,
                                   [&](OpBuilder &builder, Location loc, Value iv, ValueRange inner) {
                                     AffineExpr first = builder.getAffineDimExpr(0) * 2;
                                     dims[dim] = affine::makeComposedFoldedAffineApply(builder, loc, first, {iv});
                                     SmallVector<OpFoldResult> next(dims);
                                     next[dim] = addIndex(builder, loc, dims[dim], 1);
                                     scf::YieldOp::create(builder, loc, add(builder, loc, position, dims, next, inner));
                                   });
    SmallVector<Value> results(loop.getResults());
    if (size % 2 == 0)
      return results;
    dims[dim] = builder.getIndexAttr(size - 1);
    return add(builder, loc, position, dims, std::nullopt, results);
  }

  /// The sums and what lies at `first` and `second`.
  SmallVector<Value> add(OpBuilder &builder, Location loc, const TilePosition &position, ArrayRef<OpFoldResult> first,
                         std::optional<ArrayRef<OpFoldResult>> second, ValueRange sums) {
    SmallVector<Value> results;
    for (int64_t row = 0; row < shape.rows; ++row)
      for (int64_t vector = 0; vector < shape.vectors; vector += kSums) {
        auto load = [&](ArrayRef<OpFoldResult> dims) {
          return loadVector(builder, loc, input->get(), op.getMatchingIndexingMap(input),
                            getDims(builder, loc, position, dims, row, vector), getLaneDim(), kSums * shape.lanes,
                            width);
        };
        Value bytes = load(first);
        Value others =
            second ? load(*second) : arith::ConstantOp::create(builder, loc, builder.getZeroAttr(bytes.getType()));
        for (int64_t start : {int64_t(0), kGroup / 2}) {
          Value words = addNeighbors(builder, loc, interleave(builder, loc, bytes, others, start));
          results.push_back(arith::AddIOp::create(builder, loc, sums[results.size()], words));
        }
      }
    return results;
  }

  /// Elements of both in turns, of each group of 128 bits the half that begins at `start`.
  Value interleave(OpBuilder &builder, Location loc, Value first, Value second, int64_t start) const {
    SmallVector<int64_t> order;
    for (int64_t index = start; index < start + kGroup / 2; ++index)
      order.append({index, kGroup + index});
    return IntrinsicBuilder{builder, loc}.shuffleGroups(first, second, order);
  }

  Value addNeighbors(OpBuilder &builder, Location loc, Value bytes) const {
    IntrinsicBuilder intrinsics{builder, loc};
    Value ones = intrinsics.splat(cast<VectorType>(bytes.getType()), 1);
    StringRef name = shape.lanes == 16  ? "llvm.x86.avx512.pmaddubs.w.512"
                     : shape.lanes == 8 ? "llvm.x86.avx2.pmadd.ub.sw"
                                        : "llvm.x86.ssse3.pmadd.ub.sw.128";
    // The first operand is unsigned, the second signed.
    const bool isUnsigned = isa<arith::ExtUIOp>(widen);
    return intrinsics.call(name, intrinsics.getType(2 * shape.lanes, 16),
                           isUnsigned ? ValueRange{bytes, ones} : ValueRange{ones, bytes});
  }

  /// The words of both registers of sums belong to halves of groups: brings them in order.
  void order(OpBuilder &builder, Location loc, MutableArrayRef<Value> sums) const override {
    constexpr int64_t kHalf = kGroup / 2;
    const int64_t count = 2 * shape.lanes;
    for (size_t number = 0; number < sums.size(); number += 2) {
      SmallVector<int64_t> words;
      for (int64_t word = 0; word < 2 * count; ++word)
        words.push_back(word / kGroup * kHalf + word % kHalf + (word % kGroup < kHalf ? 0 : count));
      Value low = sums[number], high = sums[number + 1];
      ArrayRef<int64_t> all(words);
      sums[number] = vector::ShuffleOp::create(builder, loc, low, high, all.take_front(count));
      sums[number + 1] = vector::ShuffleOp::create(builder, loc, low, high, all.drop_front(count));
    }
  }
};
} // namespace

Operation *ByteSumKernel::match(linalg::LinalgOp op) {
  if (!op.hasPureTensorSemantics() || op.getNumReductionLoops() == 0)
    return nullptr;
  Block &body = *op.getBlock();
  BlockArgument sum = body.getArguments().back();
  auto add = body.getTerminator()->getOperand(0).getDefiningOp<arith::AddIOp>();
  if (!add || !sum.getType().isInteger(32))
    return nullptr;
  Value term = add.getLhs() == sum ? add.getRhs() : add.getRhs() == sum ? add.getLhs() : Value();
  Operation *widen = term ? term.getDefiningOp() : nullptr;
  auto byte = isa_and_nonnull<arith::ExtSIOp, arith::ExtUIOp>(widen) ? dyn_cast<BlockArgument>(widen->getOperand(0))
                                                                     : BlockArgument();
  if (!byte || byte.getOwner() != &body || !byte.getType().isInteger(8) || byte == sum)
    return nullptr;
  AffineMap output = op.getMatchingIndexingMap(op.getDpsInitOperand(0));
  AffineMap map = op.getMatchingIndexingMap(&op->getOpOperand(byte.getArgNumber()));
  const unsigned laneDim = output.getDimPosition(output.getNumResults() - 1);
  if (map.getNumResults() == 0 || map.getResults().back() != getAffineDimExpr(laneDim, op.getContext()) ||
      llvm::any_of(map.getResults().drop_back(), [&](AffineExpr expr) { return expr.isFunctionOfDim(laneDim); }))
    return nullptr;
  int64_t terms = 1;
  for (auto [range, iterator] : llvm::zip_equal(op.getStaticLoopRanges(), op.getIteratorTypesArray()))
    if (iterator == utils::IteratorType::reduction)
      terms *= range;
  const int64_t mostTerms = isa<arith::ExtUIOp>(widen) ? 128 : 256;
  return terms <= mostTerms ? widen : nullptr;
}

std::unique_ptr<TileKernel> lowbit::createBodyKernel(RewriterBase &, linalg::LinalgOp op, TileShape &shape) {
  AffineMap outputMap = op.getMatchingIndexingMap(op.getDpsInitOperand(0));
  if (!isVectorizableAlong(op, outputMap.getDimPosition(outputMap.getNumResults() - 1)))
    return nullptr;
  // The overlapping tiles of a buffer would add to an accumulator twice.
  if (!op.hasPureTensorSemantics() && !op.getMatchingBlockArgument(op.getDpsInitOperand(0)).use_empty())
    return nullptr;
  auto outputType = cast<ShapedType>(op.getDpsInits().front().getType());
  const int64_t width = outputType.getShape().back(), accumulators = shape.rows * shape.vectors;
  // A power of two: LLVM 22 narrows three 64-bit lanes to bytes wrongly on AArch64.
  shape.lanes = llvm::bit_floor<uint64_t>(std::min(shape.lanes, width));
  shape.vectors = std::max<int64_t>(1, std::min(shape.vectors, width / shape.lanes));
  const int64_t rowCount = outputType.getRank() > 1 ? outputType.getShape()[outputType.getRank() - 2] : 1;
  shape.rows = llvm::divideCeil(rowCount, llvm::divideCeil(rowCount, std::min(shape.rows, rowCount)));
  // Four vectors of sums are packed into one of bytes. The more there are, the longer pieces of a row are read at once.
  constexpr int64_t kPackedSums = 4;
  const int64_t mostSums = llvm::bit_floor<uint64_t>(std::max(kPackedSums, accumulators / shape.rows));
  const int64_t sums = std::min<int64_t>(mostSums, llvm::bit_floor<uint64_t>(width / shape.lanes));
  if (Operation *widen = ByteSumKernel::match(op); widen && sums > 1) {
    shape.vectors = sums;
    FailureOr<Target> target = Target::get(op->getParentOfType<ModuleOp>());
    if (succeeded(target) && BytePairKernel::isSupported(shape, *target))
      return std::make_unique<BytePairKernel>(op, shape, widen);
    return std::make_unique<ByteSumKernel>(op, shape, widen);
  }
  return std::make_unique<BodyKernel>(op, shape);
}
