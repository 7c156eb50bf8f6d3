#include "IntrinsicBuilder.h"
#include "lowbit/Codegen/Passes.h"
#include "lowbit/Target/Target.h"
#include "mlir/Dialect/Affine/IR/ValueBoundsOpInterfaceImpl.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"

namespace mlir::lowbit {
#define GEN_PASS_DEF_PACKRESULTS
#include "lowbit/Codegen/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

/// The constant on the right of `value`, all of whose elements are the same, if an `OpTy` computes it.
template <typename OpTy> static std::optional<int64_t> getConstantOperand(Value value) {
  APInt constant;
  auto op = value.getDefiningOp<OpTy>();
  if (!op || !matchPattern(op.getRhs(), m_ConstantInt(&constant)))
    return std::nullopt;
  return constant.getSExtValue();
}

namespace {
/// A vector of bytes `trunci(minsi(maxsi(x + zeroPoint, low), high))`, with 128 added where `isOffset`; or one of words
/// of 16 bits, neither with a zero point nor offset.
struct NarrowedVector {
  Value wide;
  unsigned bits;
  int64_t zeroPoint = 0;
  int64_t low;
  int64_t high;
  bool isOffset = false;

  static std::optional<NarrowedVector> match(Value narrow);
  /// How many registers of i32 become one.
  size_t getCount() const { return 32 / bits; }
  /// Whether the vectors of both can be narrowed together.
  bool isLike(const NarrowedVector &other) const {
    return wide.getType() == other.wide.getType() && bits == other.bits && zeroPoint == other.zeroPoint &&
           low == other.low && high == other.high && isOffset == other.isOffset;
  }
};

/// Emits the instructions of one register width that narrow four vectors of i32 to one of bytes, or two to one of
/// words.
struct PackBuilder : IntrinsicBuilder {
  int64_t lanes;

  Value narrow(const NarrowedVector &like, ArrayRef<Value> wide) const;

private:
  Value pack(StringRef name, VectorType type, Value low, Value high) const;
  Value narrowToBytes(const NarrowedVector &like, ArrayRef<Value> wide) const;
  Value restoreOrder(Value narrow, int64_t vectors) const;
};
} // namespace

std::optional<NarrowedVector> NarrowedVector::match(Value narrow) {
  NarrowedVector result;
  auto type = dyn_cast<VectorType>(narrow.getType());
  if (!type || !(type.getElementType().isInteger(8) || type.getElementType().isInteger(16)))
    return std::nullopt;
  result.bits = type.getElementTypeBitWidth();
  const bool areBytes = result.bits == 8;
  if (areBytes && getConstantOperand<arith::XOrIOp>(narrow) == -128) {
    result.isOffset = true;
    narrow = narrow.getDefiningOp<arith::XOrIOp>().getLhs();
  }
  auto truncate = narrow.getDefiningOp<arith::TruncIOp>();
  if (!truncate || !getElementTypeOrSelf(truncate.getIn().getType()).isInteger(32))
    return std::nullopt;
  auto minimum = truncate.getIn().getDefiningOp<arith::MinSIOp>();
  auto maximum = minimum ? minimum.getLhs().getDefiningOp<arith::MaxSIOp>() : nullptr;
  std::optional<int64_t> high = getConstantOperand<arith::MinSIOp>(truncate.getIn());
  std::optional<int64_t> low = maximum ? getConstantOperand<arith::MaxSIOp>(maximum) : std::nullopt;
  if (!low || !high || !llvm::isIntN(result.bits, *low) || !llvm::isIntN(result.bits, *high))
    return std::nullopt;
  result.low = *low;
  result.high = *high;
  result.wide = maximum.getLhs();
  // The sum is made of what is left of x in 16 bits: far enough from their ends it has the same clamp, unless it wraps.
  constexpr int64_t kGreatestZeroPoint = 255;
  std::optional<int64_t> zeroPoint = getConstantOperand<arith::AddIOp>(result.wide);
  auto add = result.wide.getDefiningOp<arith::AddIOp>();
  if (areBytes && zeroPoint && bitEnumContainsAll(add.getOverflowFlags(), arith::IntegerOverflowFlags::nsw) &&
      std::abs(*zeroPoint) <= kGreatestZeroPoint) {
    result.zeroPoint = *zeroPoint;
    result.wide = add.getLhs();
  }
  return result;
}

/// `low` and `high` narrowed with saturation by the instruction `name`, the elements of each group of 128 bits in
/// turns.
Value PackBuilder::pack(StringRef name, VectorType type, Value low, Value high) const {
  StringRef prefix = lanes == 16 ? "llvm.x86.avx512." : lanes == 8 ? "llvm.x86.avx2." : "llvm.x86.sse2.";
  StringRef suffix = lanes == 16 ? ".512" : lanes == 8 ? "" : ".128";
  return call((prefix + name + suffix).str(), type, {low, high});
}

/// Each group of 128 bits has four elements of each of `vectors` vectors: brings together what belongs to one.
Value PackBuilder::restoreOrder(Value narrow, int64_t vectors) const {
  constexpr int64_t kGroupLanes = 4;
  const int64_t groups = lanes / kGroupLanes;
  if (groups == 1)
    return narrow;
  SmallVector<int64_t> order;
  for (int64_t vector = 0; vector < vectors; ++vector)
    for (int64_t group = 0; group < groups; ++group)
      order.push_back(group * vectors + vector);
  auto type = cast<VectorType>(narrow.getType());
  VectorType fours = getType(vectors * groups, kGroupLanes * type.getElementTypeBitWidth());
  Value cast = vector::BitCastOp::create(builder, loc, fours, narrow);
  cast = vector::ShuffleOp::create(builder, loc, cast, cast, order);
  return vector::BitCastOp::create(builder, loc, type, cast);
}

Value PackBuilder::narrow(const NarrowedVector &like, ArrayRef<Value> wide) const {
  if (like.bits == 8)
    return restoreOrder(narrowToBytes(like, wide), like.getCount());
  // The clamp to all words is done.
  VectorType words = getType(2 * lanes, 16);
  Value result = pack("packssdw", words, wide[0], wide[1]);
  if (like.low > std::numeric_limits<int16_t>::min())
    result = arith::MaxSIOp::create(builder, loc, result, splat(words, like.low));
  if (like.high < std::numeric_limits<int16_t>::max())
    result = arith::MinSIOp::create(builder, loc, result, splat(words, like.high));
  return restoreOrder(result, like.getCount());
}

Value PackBuilder::narrowToBytes(const NarrowedVector &like, ArrayRef<Value> wide) const {
  VectorType shorts = getType(2 * lanes, 16), bytes = getType(4 * lanes, 8);
  const int64_t offset = like.isOffset ? 128 : 0, zeroPoint = like.zeroPoint + offset;
  auto narrowPair = [&](Value first, Value second) {
    Value pair = pack("packssdw", shorts, first, second);
    if (zeroPoint == 0)
      return pair;
    return LLVM::SAddSat::create(builder, loc, pair, splat(shorts, zeroPoint)).getResult();
  };
  Value result =
      pack(like.isOffset ? "packuswb" : "packsswb", bytes, narrowPair(wide[0], wide[1]), narrowPair(wide[2], wide[3]));
  // The clamp to all bytes is done.
  if (like.low > -128 && like.isOffset)
    result = arith::MaxUIOp::create(builder, loc, result, splat(bytes, like.low - 128));
  else if (like.low > -128)
    result = arith::MaxSIOp::create(builder, loc, result, splat(bytes, like.low));
  if (like.high < 127 && like.isOffset)
    result = arith::MinUIOp::create(builder, loc, result, splat(bytes, like.high - 128));
  else if (like.high < 127)
    result = arith::MinSIOp::create(builder, loc, result, splat(bytes, like.high));
  return result;
}

namespace {
struct PackResults : lowbit::impl::PackResultsBase<PackResults> {
  void runOnOperation() override {
    FailureOr<Target> found = Target::get(getOperation()->getParentOfType<ModuleOp>());
    if (failed(found))
      return signalPassFailure();
    if (found->getTriple().getArch() != llvm::Triple::x86_64)
      return;
    getOperation().walk([&](Block *block) { packWrites(*block, *found); });
  }

private:
  struct Write {
    vector::TransferWriteOp op;
    NarrowedVector vector;
  };

  static bool hasPacks(const Target &target, int64_t lanes) {
    return (lanes == 16 && target.hasFeature("avx512bw")) || (lanes == 8 && target.hasFeature("avx2")) ||
           (lanes == 4 && target.hasFeature("sse2"));
  }

  /// The write and those that follow it on the tensor that it gives, as long as theirs can be narrowed with it.
  static SmallVector<Write> collectChain(vector::TransferWriteOp first, const Target &target,
                                         DenseSet<Operation *> &seen) {
    SmallVector<Write> chain;
    for (auto op = first; op && seen.insert(op).second;) {
      std::optional<NarrowedVector> vector =
          isa<RankedTensorType>(op.getBase().getType()) ? NarrowedVector::match(op.getVector()) : std::nullopt;
      auto type = op.getVectorType();
      if (!vector || type.getRank() != 1 || !hasPacks(target, type.getNumElements()) ||
          !op.getPermutationMap().isMinorIdentity() || op.getMask() || op.hasOutOfBoundsDim() ||
          (!chain.empty() && !vector->isLike(chain.front().vector))) {
        if (!chain.empty())
          seen.erase(op);
        break;
      }
      chain.push_back({op, *vector});
      Operation *user = op->hasOneUse() ? *op->user_begin() : nullptr;
      op = user && user->getBlock() == first->getBlock() ? dyn_cast<vector::TransferWriteOp>(user) : nullptr;
      if (op && op.getBase() != chain.back().op.getResult())
        op = nullptr;
    }
    return chain;
  }

  /// Whether `second` writes `distance` elements behind where `first` does, in the same row.
  static bool isBehind(vector::TransferWriteOp first, vector::TransferWriteOp second, int64_t distance) {
    auto from = first.getIndices(), to = second.getIndices();
    FailureOr<int64_t> delta = affine::fullyComposeAndComputeConstantDelta(to.back(), from.back());
    return llvm::equal(from.drop_back(), to.drop_back()) && succeeded(delta) && *delta == distance;
  }

  static void packGroup(ArrayRef<Write> group) {
    vector::TransferWriteOp last = group.back().op;
    OpBuilder builder(last);
    const int64_t lanes = last.getVectorType().getNumElements();
    SmallVector<Value> wide = llvm::map_to_vector(group, [](const Write &write) { return write.vector.wide; });
    wide.resize(group.front().vector.getCount(), wide.back());
    PackBuilder pack{{builder, last.getLoc()}, lanes};
    Value narrow = pack.narrow(group.front().vector, wide);
    Value destination = vector::TransferWriteOp(group.front().op).getBase();
    for (size_t start = 0, end = 0; start < group.size(); start = end) {
      vector::TransferWriteOp first = group[start].op;
      for (end = start + 1; end < group.size() && isBehind(first, group[end].op, (end - start) * lanes);)
        ++end;
      Value part =
          vector::ExtractStridedSliceOp::create(builder, first.getLoc(), narrow, ArrayRef<int64_t>(start * lanes),
                                                ArrayRef<int64_t>((end - start) * lanes), ArrayRef<int64_t>(1));
      destination = vector::TransferWriteOp::create(builder, first.getLoc(), part, destination, first.getIndices(),
                                                    ArrayRef<bool>{true})
                        .getResult();
    }
    last.getResult().replaceAllUsesWith(destination);
    for (const Write &write : llvm::reverse(group))
      write.op->erase();
  }

  /// A vector of bytes of four registers of i32, or of words of two, which is written, or shuffled before.
  static void packWhole(OpOperand &use, const Target &target) {
    std::optional<NarrowedVector> vector = NarrowedVector::match(use.get());
    if (!vector)
      return;
    auto type = cast<VectorType>(use.get().getType());
    const int64_t count = vector->getCount(), lanes = type.getNumElements() / count;
    if (type.getRank() != 1 || !hasPacks(target, lanes) || lanes * 32 != target.getVectorBits() ||
        type.getNumElements() != lanes * count)
      return;
    Operation *user = use.getOwner();
    OpBuilder builder(user);
    SmallVector<Value> wide;
    for (int64_t start = 0; start < count * lanes; start += lanes)
      wide.push_back(vector::ExtractStridedSliceOp::create(builder, user->getLoc(), vector->wide,
                                                           ArrayRef<int64_t>(start), ArrayRef<int64_t>(lanes),
                                                           ArrayRef<int64_t>(1)));
    PackBuilder pack{{builder, user->getLoc()}, lanes};
    Value narrow = pack.narrow(*vector, wide);
    auto shuffle = dyn_cast<vector::ShuffleOp>(user);
    if (shuffle && shuffle.getV1() == shuffle.getV2())
      shuffle.getV2Mutable().assign(narrow);
    use.set(narrow);
  }

  static void packWrites(Block &block, const Target &target) {
    for (auto write : block.getOps<vector::TransferWriteOp>())
      packWhole(write.getValueToStoreMutable(), target);
    for (auto shuffle : block.getOps<vector::ShuffleOp>())
      if (shuffle.getV1() == shuffle.getV2())
        packWhole(shuffle.getV1Mutable(), target);
    SmallVector<SmallVector<Write>> chains;
    DenseSet<Operation *> seen;
    for (auto write : block.getOps<vector::TransferWriteOp>())
      chains.push_back(collectChain(write, target, seen));
    for (ArrayRef<Write> chain : chains)
      while (chain.size() > 1) {
        const size_t count = std::min(chain.size(), chain.front().vector.getCount());
        packGroup(chain.take_front(count));
        chain = chain.drop_front(count);
      }
  }
};
} // namespace
