#include "TileKernel.h"
#include "TileNest.h"
#include "lowbit/Codegen/Passes.h"
#include "lowbit/Dialect/LowbitDialect.h"
#include "lowbit/Target/Target.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/OpenMP/OpenMPDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/ADT/MapVector.h"
#include <array>

namespace mlir::lowbit {
#define GEN_PASS_DEF_LOWERTILES
#include "lowbit/Codegen/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

static constexpr int64_t kRegisters = 8;
static constexpr int64_t kRowBytes = MultiplyTilesOp::kRowBytes;
static constexpr int64_t kLanes = kRowBytes / 4;

namespace {
/// Which tile registers hold what: the accumulators first, then activations, then weights. Where there are not enough
/// for all activations, or all weights, of a block, they take turns. Of activations of 16 bits each register of rows is
/// two, the first of high bytes, the second of low ones.
struct Registers {
  explicit Registers(MultiplyTilesOp op)
      : bytes(op.getActivationBytes()), rowTiles(op.getRowTiles() * bytes), vectors(op.getVectors()),
        rows(op.getRowsOfTile()), blockSize(op.getBlockSize()) {
    const int64_t free = kRegisters - rowTiles * vectors;
    weights = std::min(vectors, free - 1);
    activations = std::min(rowTiles, free - weights);
  }

  int64_t getAccumulator(int64_t rowTile, int64_t vector) const { return rowTile * vectors + vector; }
  int64_t getActivations(int64_t rowTile) const { return rowTiles * vectors + rowTile % activations; }
  int64_t getWeights(int64_t vector) const { return rowTiles * vectors + activations + vector % weights; }

  /// The memory that LDTILECFG reads: palette 1, the bytes of a row of each register from byte 16 on, the rows from
  /// byte 48 on.
  using Configuration = std::array<uint8_t, 64>;
  Configuration getConfiguration() const {
    constexpr int64_t kFirstBytes = 16, kFirstRows = 48;
    Configuration result = {1};
    auto set = [&](int64_t number, int64_t rowsOfTile, int64_t bytesOfRow) {
      result[kFirstBytes + 2 * number] = bytesOfRow;
      result[kFirstRows + number] = rowsOfTile;
    };
    for (int64_t number = 0; number < rowTiles * vectors; ++number)
      set(number, rows, kRowBytes);
    for (int64_t rowTile = 0; rowTile < activations; ++rowTile)
      set(getActivations(rowTile), rows, blockSize);
    for (int64_t vector = 0; vector < weights; ++vector)
      set(getWeights(vector), blockSize / 4, kRowBytes);
    return result;
  }

  /// Whether the bytes of a row tile are the most significant ones, and the least.
  bool isHigh(int64_t rowTile) const { return rowTile % bytes == 0; }
  bool isLow(int64_t rowTile) const { return rowTile % bytes == bytes - 1; }

  int64_t bytes;
  int64_t rowTiles;
  int64_t vectors;
  int64_t rows;
  int64_t blockSize;
  int64_t activations;
  int64_t weights;
};

/// Emits the intrinsics on tile registers.
struct TileBuilder {
  OpBuilder &builder;
  Location loc;

  void call(StringRef intrinsic, ValueRange args = {}) const {
    LLVM::CallIntrinsicOp::create(builder, loc, builder.getStringAttr(intrinsic), args);
  }
  Value getRegister(int64_t number) const {
    return LLVM::ConstantOp::create(builder, loc, builder.getI8IntegerAttr(number));
  }
  Value getIndex(int64_t value) const { return arith::ConstantIndexOp::create(builder, loc, value); }
  /// A pointer to the element of `buffer` that `offset` counts, from the values of its dimensions.
  Value getPointer(Value buffer, AffineExpr offset, ArrayRef<OpFoldResult> dims) const;
  void load(int64_t number, Value pointer, int64_t stride) const {
    move("llvm.x86.tileloadd64", number, pointer, stride);
  }
  void store(int64_t number, Value pointer, int64_t stride) const {
    move("llvm.x86.tilestored64", number, pointer, stride);
  }
  void configure(Value memory, const Registers::Configuration &configuration) const;
  void keepMultipliersOn() const;

private:
  void move(StringRef intrinsic, int64_t number, Value pointer, int64_t stride) const {
    Value distance = LLVM::ConstantOp::create(builder, loc, builder.getI64IntegerAttr(stride));
    call(intrinsic, {getRegister(number), pointer, distance});
  }
};
} // namespace

Value TileBuilder::getPointer(Value buffer, AffineExpr offset, ArrayRef<OpFoldResult> dims) const {
  auto type = cast<MemRefType>(buffer.getType());
  auto metadata = memref::ExtractStridedMetadataOp::create(builder, loc, buffer);
  SmallVector<OpFoldResult> operands(dims);
  operands.push_back(metadata.getConstifiedMixedOffset());
  AffineExpr bytes = (offset + builder.getAffineDimExpr(dims.size())) * (type.getElementTypeBitWidth() / 8);
  OpFoldResult distance = affine::makeComposedFoldedAffineApply(builder, loc, bytes, operands);
  Value address = memref::ExtractAlignedPointerAsIndexOp::create(builder, loc, metadata.getBaseBuffer());
  address = arith::AddIOp::create(builder, loc, address, getValueOrCreateConstantIndexOp(builder, loc, distance));
  address = arith::IndexCastOp::create(builder, loc, builder.getI64Type(), address);
  return LLVM::IntToPtrOp::create(builder, loc, LLVM::LLVMPointerType::get(builder.getContext()), address);
}

void TileBuilder::configure(Value memory, const Registers::Configuration &configuration) const {
  auto type = VectorType::get({kRowBytes}, builder.getI8Type());
  SmallVector<int8_t> bytes(configuration.begin(), configuration.end());
  Value value = arith::ConstantOp::create(builder, loc, DenseElementsAttr::get(type, ArrayRef(bytes)));
  vector::StoreOp::create(builder, loc, value, memory, getIndex(0));
  call("llvm.x86.ldtilecfg", getPointer(memory, builder.getAffineConstantExpr(0), {}));
}

/// Multiplies two vectors of zeros. A core seems to switch its vector multipliers off where a loop of products in tile
/// registers leaves them idle: what follows, stores of tiles among it, takes about a thousand cycles longer then. One
/// instruction for each block of products keeps them on; additions, shuffles and moves don't. Measured on Sapphire
/// Rapids: tiles of 28 by 32 sums, K = 2304, take 0.75 of the time. No intrinsic would be left in the code, as nothing
/// reads the product.
void TileBuilder::keepMultipliersOn() const {
  auto type = VectorType::get({4}, builder.getF32Type());
  Value zeros = arith::ConstantOp::create(builder, loc, builder.getZeroAttr(type));
  LLVM::InlineAsmOp::create(builder, loc, type, zeros, "vmulps $1, $1, $0", "=x,x", /*has_side_effects=*/true,
                            /*is_align_stack=*/false, LLVM::TailCallKind::None, /*asm_dialect=*/nullptr,
                            /*operand_attrs=*/nullptr);
}

namespace {
/// Copies of ops that are computed between the blocks of products, a share behind each.
class Interleaving {
public:
  Interleaving(ArrayRef<Operation *> ops, IRMapping mapping, int64_t blocks)
      : ops(ops), mapping(std::move(mapping)), shares(std::min(blocks, kMostShares)) {}

  bool isDone() const { return given == shares; }
  void emitShare(OpBuilder &builder) {
    if (isDone())
      return;
    const size_t first = ops.size() * given / shares, end = ops.size() * (given + 1) / shares;
    ++given;
    for (Operation *original : ops.slice(first, end - first))
      builder.clone(*original, mapping);
  }

private:
  /// Each share stands in code of its own. With so many the matrix unit has more to do than the vector units.
  static constexpr int64_t kMostShares = 16;

  ArrayRef<Operation *> ops;
  IRMapping mapping;
  int64_t shares;
  int64_t given = 0;
};

/// Emits what one op computes.
class ProductEmitter {
public:
  /// `sums` is memory for those of the op.
  ProductEmitter(MultiplyTilesOp op, Value sums)
      : op(op), sums(sums), registers(op), builder(op), tiles{builder, op.getLoc()} {}

  /// Fails where the distances between the elements of a buffer are not known, or rows not contiguous. With `overlaps`
  /// what is computed of the sums of a tile stands between the products of the next, where loops allow that.
  LogicalResult emit(bool overlaps);

private:
  void emitTile();
  void emitNest(TileNest &nest);
  LogicalResult findStrides(Value buffer, SmallVector<int64_t> &strides);
  void startSums();
  void multiplySteps(SmallVector<OpFoldResult> steps);
  void loadActivations(int64_t rowTile, ArrayRef<OpFoldResult> steps, OpFoldResult element);
  void loadWeights(int64_t vector, ArrayRef<OpFoldResult> steps, OpFoldResult block);
  void multiplyBlock(ArrayRef<OpFoldResult> steps, OpFoldResult block);
  int64_t getRowStride(ArrayRef<int64_t> strides);
  void storeSums();
  Value loadSum(vector::ExtractOp extract, int64_t byte);
  void replaceUses();
  void repeat(int64_t count, llvm::function_ref<void(OpFoldResult)> body);

  MultiplyTilesOp op;
  Value sums;
  Registers registers;
  OpBuilder builder;
  TileBuilder tiles;
  SmallVector<int64_t> activationStrides, lowStrides, weightStrides, startStrides;
  /// Null where nothing stands between the products.
  std::unique_ptr<Interleaving> between;
};
} // namespace

/// How far apart elements are along each dimension.
LogicalResult ProductEmitter::findStrides(Value buffer, SmallVector<int64_t> &strides) {
  int64_t offset;
  auto type = dyn_cast<MemRefType>(buffer.getType());
  if (!type || failed(type.getStridesAndOffset(strides, offset)) || llvm::is_contained(strides, ShapedType::kDynamic) ||
      strides.back() != 1)
    return op.emitOpError() << "expected a buffer of known strides, its last dimension contiguous, but got "
                            << buffer.getType();
  return success();
}

/// Emits `body` for each number below `count`, in a loop as soon as nothing else stands in it.
void ProductEmitter::repeat(int64_t count, llvm::function_ref<void(OpFoldResult)> body) {
  int64_t first = 0;
  while (first < count && (first + 1 == count || (between && !between->isDone())))
    body(builder.getIndexAttr(first++));
  if (first == count)
    return;
  auto loop = scf::ForOp::create(builder, op.getLoc(), tiles.getIndex(first), tiles.getIndex(count), tiles.getIndex(1));
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(loop.getBody());
  body(loop.getInductionVar());
}

/// The sum of the products of dimensions and strides.
static AffineExpr linearize(OpBuilder &builder, ArrayRef<int64_t> strides, unsigned firstDim = 0) {
  AffineExpr result = builder.getAffineConstantExpr(0);
  for (auto [index, stride] : llvm::enumerate(strides))
    result = result + builder.getAffineDimExpr(firstDim + index) * stride;
  return result;
}

/// All rows start from the same, or from zero, as those of high bytes do.
void ProductEmitter::startSums() {
  for (int64_t vector = 0; vector < registers.vectors; ++vector)
    for (int64_t rowTile = 0; rowTile < registers.rowTiles; ++rowTile) {
      const int64_t number = registers.getAccumulator(rowTile, vector);
      if (!op.getStart() || !registers.isLow(rowTile)) {
        tiles.call("llvm.x86.tilezero", tiles.getRegister(number));
        continue;
      }
      SmallVector<OpFoldResult> indices = getAsOpFoldResult(op.getPanel());
      indices.push_back(builder.getIndexAttr(vector * kLanes));
      tiles.load(number, tiles.getPointer(op.getStart(), linearize(builder, startStrides), indices), /*stride=*/0);
    }
}

void ProductEmitter::multiplySteps(SmallVector<OpFoldResult> steps) {
  if (static_cast<int64_t>(steps.size()) == op.getStepCount())
    return repeat(op.getBlockCount(), [&](OpFoldResult block) { multiplyBlock(steps, block); });
  repeat(op.getSteps()[steps.size()], [&](OpFoldResult step) {
    SmallVector<OpFoldResult> inner(steps);
    inner.push_back(step);
    multiplySteps(inner);
  });
}

/// How far apart the rows of a register lie in a buffer of such strides.
int64_t ProductEmitter::getRowStride(ArrayRef<int64_t> strides) {
  AffineMap map = op.getMap();
  SmallVector<AffineExpr> dims(map.getNumDims(), builder.getAffineConstantExpr(0));
  auto getOffset = [&](int64_t row) {
    constexpr int64_t kRowDim = 1;
    dims[kRowDim] = builder.getAffineConstantExpr(row);
    AffineMap ofRow = map.replaceDimsAndSymbols(dims, {}, 0, 0);
    int64_t offset = 0;
    for (auto [index, stride] : llvm::enumerate(strides))
      offset += cast<AffineConstantExpr>(ofRow.getResult(index)).getValue() * stride;
    return offset;
  };
  return getOffset(1) - getOffset(0);
}

/// `element` is the first of the block.
void ProductEmitter::loadActivations(int64_t rowTile, ArrayRef<OpFoldResult> steps, OpFoldResult element) {
  const bool isHigh = registers.isHigh(rowTile);
  ArrayRef<int64_t> strides = isHigh ? activationStrides : lowStrides;
  // Dimensions: those of the map, then the indices of the first element.
  AffineMap map = op.getMap();
  AffineExpr activation = linearize(builder, strides, map.getNumDims());
  for (auto [index, stride] : llvm::enumerate(strides))
    activation = activation + map.getResult(index) * stride;
  SmallVector<OpFoldResult> dims = {builder.getIndexAttr(rowTile / registers.bytes), builder.getIndexAttr(0)};
  llvm::append_range(dims, steps);
  dims.push_back(element);
  llvm::append_range(dims, getAsOpFoldResult(op.getActivationIndices()));
  Value buffer = isHigh ? op.getActivations() : op.getLow();
  tiles.load(registers.getActivations(rowTile), tiles.getPointer(buffer, activation, dims), getRowStride(strides));
}

void ProductEmitter::loadWeights(int64_t vector, ArrayRef<OpFoldResult> steps, OpFoldResult block) {
  SmallVector<OpFoldResult> indices = getAsOpFoldResult(op.getPanel());
  llvm::append_range(indices, steps);
  const size_t inner = indices.size() + 1;
  const auto [vectorDim, groupDim] = op.getContiguous() ? std::pair(inner, inner + 1) : std::pair(inner + 1, inner);
  indices.append({block, builder.getIndexAttr(0), builder.getIndexAttr(0), builder.getIndexAttr(0)});
  indices[vectorDim] = builder.getIndexAttr(vector);
  tiles.load(registers.getWeights(vector),
             tiles.getPointer(op.getWeights(), linearize(builder, weightStrides), indices), weightStrides[groupDim]);
}

void ProductEmitter::multiplyBlock(ArrayRef<OpFoldResult> steps, OpFoldResult block) {
  Location loc = op.getLoc();
  AffineExpr start = builder.getAffineDimExpr(0) * registers.blockSize;
  // The last block ends with the run.
  AffineExpr last = builder.getAffineConstantExpr(op.getRun() - registers.blockSize);
  OpFoldResult element = op.getRun() % registers.blockSize == 0
                             ? affine::makeComposedFoldedAffineApply(builder, loc, start, {block})
                             : affine::makeComposedFoldedAffineMin(
                                   builder, loc, AffineMap::get(1, 0, {start, last}, builder.getContext()), {block});
  auto load = [&](int64_t rowTile, int64_t vector) {
    if (rowTile == 0)
      loadWeights(vector, steps, block);
    // Where activations take turns there is one vector.
    if (vector == 0)
      loadActivations(rowTile, steps, element);
  };
  auto forEachProduct = [&](llvm::function_ref<void(int64_t, int64_t)> body) {
    for (int64_t vector = 0; vector < registers.vectors; ++vector)
      for (int64_t rowTile = 0; rowTile < registers.rowTiles; ++rowTile)
        body(rowTile, vector);
  };
  // All loads before the first product: that is up to 4 % faster than each before the product that reads it first.
  const bool takeTurns = registers.weights < registers.vectors || registers.activations < registers.rowTiles;
  if (!takeTurns)
    forEachProduct(load);
  forEachProduct([&](int64_t rowTile, int64_t vector) {
    if (takeTurns)
      load(rowTile, vector);
    StringRef product = registers.isHigh(rowTile) ? "llvm.x86.tdpbssd" : "llvm.x86.tdpbusd";
    tiles.call(product,
               {tiles.getRegister(registers.getAccumulator(rowTile, vector)),
                tiles.getRegister(registers.getActivations(rowTile)), tiles.getRegister(registers.getWeights(vector))});
  });
  tiles.keepMultipliersOn();
  if (between)
    between->emitShare(builder);
}

void ProductEmitter::storeSums() {
  for (int64_t vector = 0; vector < registers.vectors; ++vector)
    for (int64_t rowTile = 0; rowTile < registers.rowTiles; ++rowTile) {
      const int64_t first = (rowTile * registers.rows * registers.vectors + vector) * kLanes;
      tiles.store(registers.getAccumulator(rowTile, vector),
                  tiles.getPointer(sums, builder.getAffineConstantExpr(first), {}), registers.vectors * kRowBytes);
    }
}

/// The stored vector that an extraction reads, of the sums with high bytes or, `byte` 1, with low ones.
Value ProductEmitter::loadSum(vector::ExtractOp extract, int64_t byte) {
  ArrayRef<int64_t> position = extract.getStaticPosition();
  const int64_t row = (position[0] * registers.bytes + byte) * registers.rows + position[1];
  Value number = tiles.getIndex((row * registers.vectors + position[2]) * kLanes);
  return vector::LoadOp::create(builder, extract.getLoc(), cast<VectorType>(extract.getType()), sums, number);
}

/// Loads each vector of sums where it is used first, so that few are in registers at once.
void ProductEmitter::replaceUses() {
  auto isLater = [&](MultiplyTilesOp other) { return op->isBeforeInBlock(other); };
  const bool isLast = llvm::none_of(op->getBlock()->getOps<MultiplyTilesOp>(), isLater);
  for (Operation *user : llvm::make_early_inc_range(op->getUsers())) {
    auto extract = cast<vector::ExtractOp>(user);
    Operation *first = nullptr;
    for (Operation *reader : extract->getUsers()) {
      Operation *ancestor = op->getBlock()->findAncestorOpInBlock(*reader);
      if (!first || ancestor->isBeforeInBlock(first))
        first = ancestor;
    }
    OpBuilder::InsertionGuard guard(builder);
    // The memory is that of the next op of the block as well.
    if (isLast && first)
      builder.setInsertionPoint(first);
    else
      builder.setInsertionPointAfter(op);
    Value sum = loadSum(extract, /*byte=*/0);
    if (op.getLow()) {
      constexpr int32_t kBits = 8;
      Location loc = extract.getLoc();
      auto bits = DenseElementsAttr::get(cast<VectorType>(extract.getType()), kBits);
      sum = arith::ShLIOp::create(builder, loc, sum, arith::ConstantOp::create(builder, loc, bits));
      sum = arith::AddIOp::create(builder, loc, sum, loadSum(extract, /*byte=*/1));
    }
    extract.replaceAllUsesWith(sum);
    extract.erase();
  }
}

void ProductEmitter::emitTile() {
  startSums();
  multiplySteps({});
  storeSums();
}

/// The tiles of a nest: what is computed of the sums of each stands between the products of the next, behind the last
/// where there is none. No more memory is needed: all of a tile's sums are read before those of the next are stored.
void ProductEmitter::emitNest(TileNest &nest) {
  IRRewriter rewriter(builder);
  nest.carryPositions(rewriter);
  const TileNest::Position previous = nest.getPrevious(), last = nest.getLast();
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPoint(op);
  auto hasPrevious = scf::IfOp::create(builder, op.getLoc(), previous.exists, /*withElseRegion=*/true);
  builder.setInsertionPointToStart(hasPrevious.thenBlock());
  const int64_t blocks = llvm::product_of(op.getSteps()) * op.getBlockCount();
  between = std::make_unique<Interleaving>(nest.getReaders(), nest.getMapping(previous), blocks);
  emitTile();
  between.reset();
  builder.setInsertionPointToStart(hasPrevious.elseBlock());
  emitTile();

  builder.setInsertionPointAfter(nest.getOutermost());
  auto hasLast = scf::IfOp::create(builder, op.getLoc(), last.exists, /*withElseRegion=*/false);
  builder.setInsertionPointToStart(hasLast.thenBlock());
  IRMapping mapping = nest.getMapping(last);
  for (Operation *reader : nest.getReaders())
    builder.clone(*reader, mapping);
  nest.eraseReaders();
}

LogicalResult ProductEmitter::emit(bool overlaps) {
  if (failed(findStrides(op.getActivations(), activationStrides)) ||
      (op.getLow() && failed(findStrides(op.getLow(), lowStrides))) ||
      failed(findStrides(op.getWeights(), weightStrides)) ||
      (op.getStart() && failed(findStrides(op.getStart(), startStrides))))
    return failure();
  for (Operation *user : op->getUsers()) {
    auto extract = dyn_cast<vector::ExtractOp>(user);
    if (!extract || extract.hasDynamicPosition() || extract.getStaticPosition().size() != 3)
      return user->emitOpError() << "expected an extraction of one vector of sums";
  }
  replaceUses();
  if (std::optional<TileNest> nest = overlaps ? TileNest::find(op) : std::nullopt)
    emitNest(*nest);
  else
    emitTile();
  op.erase();
  return success();
}

/// The op that holds `op` in the body of the function, of what a thread runs of a loop or all threads run, or of what
/// one thread runs alone: a loop over tiles, or `op`.
static Operation *getOutermost(Operation *op) {
  while (!isa<func::FuncOp, omp::LoopNestOp, omp::ParallelOp, omp::MaskedOp>(op->getParentOp()))
    op = op->getParentOp();
  return op;
}

/// The block that memory on the stack of what runs `op` is allocated in: that of the function, or of a thread.
static Block *getStack(Operation *op) {
  while (!isa<func::FuncOp, omp::ParallelOp>(op))
    op = op->getParentOp();
  return &op->getRegion(0).front();
}

namespace {
struct LowerTiles : lowbit::impl::LowerTilesBase<LowerTiles> {
  void runOnOperation() override {
    llvm::MapVector<Operation *, SmallVector<MultiplyTilesOp>> nests;
    llvm::MapVector<Block *, int64_t> elements;
    getOperation().walk([&](MultiplyTilesOp op) {
      nests[getOutermost(op)].push_back(op);
      int64_t &most = elements[getStack(op)];
      most = std::max(most, op.getSums().getType().getNumElements() * op.getActivationBytes());
    });
    if (nests.empty())
      return;
    if (failed(verifyInstructions()))
      return signalPassFailure();
    for (auto [stack, count] : elements) {
      OpBuilder builder = OpBuilder::atBlockBegin(stack);
      auto allocate = [&](int64_t size, Type type) {
        return memref::AllocaOp::create(builder, stack->getParentOp()->getLoc(), MemRefType::get({size}, type),
                                        builder.getI64IntegerAttr(kRowBytes));
      };
      scratch[stack] = {allocate(count, builder.getI32Type()), allocate(kRowBytes, builder.getI8Type())};
    }
    for (auto &[outermost, ops] : nests)
      if (failed(lower(outermost, ops)))
        return signalPassFailure();
    getOperation().walk([](scf::ForOp loop) { loop->removeAttr(kParallelAttrName); });
  }

private:
  LogicalResult verifyInstructions() {
    FailureOr<Target> target = Target::get(getOperation()->getParentOfType<ModuleOp>());
    if (failed(target))
      return failure();
    WalkResult result = getOperation().walk([&](MultiplyTilesOp op) {
      const DotInstruction *instruction = target->getDotInstruction(op.getInstruction());
      if (instruction && instruction->multipliesTiles)
        return WalkResult::advance();
      op.emitOpError() << "names instruction " << op.getInstructionAttr()
                       << ", which this target has not on tile registers";
      return WalkResult::interrupt();
    });
    return failure(result.wasInterrupted());
  }

  /// Configures the registers, which are those of a thread, before the loops over tiles, where all ops in them take the
  /// same: that takes 170 cycles. Releases them behind, as the system saves them otherwise.
  LogicalResult lower(Operation *outermost, ArrayRef<MultiplyTilesOp> ops) {
    const Scratch memory = scratch[getStack(outermost)];
    const Registers::Configuration configuration = Registers(ops.front()).getConfiguration();
    const bool isOne =
        llvm::all_of(ops, [&](MultiplyTilesOp op) { return Registers(op).getConfiguration() == configuration; });
    auto configure = [&](Operation *before, MultiplyTilesOp op) {
      OpBuilder builder(before);
      TileBuilder{builder, op.getLoc()}.configure(memory.configuration, Registers(op).getConfiguration());
    };
    auto release = [](Operation *behind) {
      OpBuilder builder(behind->getContext());
      builder.setInsertionPointAfter(behind);
      TileBuilder{builder, behind->getLoc()}.call("llvm.x86.tilerelease");
    };
    if (isOne) {
      configure(outermost, ops.front());
      release(outermost);
    }
    for (MultiplyTilesOp op : ops) {
      if (!isOne) {
        configure(op, op);
        release(op);
      }
      if (failed(ProductEmitter(op, memory.sums).emit(/*overlaps=*/isOne)))
        return failure();
    }
    return success();
  }

  /// Memory that registers are stored to and configured from.
  struct Scratch {
    Value sums;
    Value configuration;
  };
  DenseMap<Block *, Scratch> scratch;
};
} // namespace
