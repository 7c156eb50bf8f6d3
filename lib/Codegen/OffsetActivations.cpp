#include "TileKernel.h"
#include "lowbit/Codegen/Passes.h"
#include "lowbit/Dialect/LowbitDialect.h"
#include "lowbit/Target/Target.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/MapVector.h"

namespace mlir::lowbit {
#define GEN_PASS_DEF_OFFSETACTIVATIONS
#include "lowbit/Codegen/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

/// A signed byte with this one exclusive-or'ed to it is the unsigned byte that is greater by 128, and the other way
/// round.
static constexpr int8_t kOffset = -128;

static Value createOffset(OpBuilder &builder, Location loc, Value bytes) {
  TypedAttr offset = builder.getI8IntegerAttr(kOffset);
  if (auto tensor = dyn_cast<RankedTensorType>(bytes.getType()))
    offset = DenseElementsAttr::get(tensor, kOffset);
  return arith::XOrIOp::create(builder, loc, bytes, arith::ConstantOp::create(builder, loc, offset));
}

bool lowbit::readsOffset(Value &activations) {
  auto offset = activations.getDefiningOp<arith::XOrIOp>();
  APInt value;
  if (!offset || !matchPattern(offset.getRhs(), m_ConstantInt(&value)) || value.getSExtValue() != kOffset)
    return false;
  activations = offset.getLhs();
  return true;
}

bool lowbit::undoesOffset(Value &bytes) {
  auto generic = bytes.getDefiningOp<linalg::GenericOp>();
  if (!generic || !generic->hasOneUse() || generic.getNumDpsInputs() != 1 || generic->getNumResults() != 1 ||
      generic.getNumReductionLoops() != 0 ||
      !llvm::all_of(generic.getIndexingMapsArray(), [](AffineMap map) { return map.isIdentity(); }))
    return false;
  Value argument = generic.getBody()->getTerminator()->getOperand(0);
  if (!readsOffset(argument) || argument != generic.getBody()->getArgument(0))
    return false;
  bytes = generic.getDpsInputs().front();
  return true;
}

ActivationForm lowbit::resolveActivations(const DotInstruction *instruction, Value &activations) {
  if (instruction && instruction->complementsActivations)
    return readsOffset(activations) ? ActivationForm::Offset : ActivationForm::Signed;
  if (!instruction || !instruction->offsetsActivations)
    return ActivationForm::Signed;
  return readsOffset(activations) ? ActivationForm::Offset : ActivationForm::OffsetInLoop;
}

/// The byte a pad fills with; nothing where it is not constant.
static std::optional<int8_t> getFill(tensor::PadOp pad) {
  APInt value;
  Value fill = pad.getConstantPaddingValue();
  if (!fill || !matchPattern(fill, m_ConstantInt(&value)))
    return std::nullopt;
  return static_cast<int8_t>(value.getSExtValue());
}

namespace {
class OffsetWriter {
public:
  explicit OffsetWriter(const Target &target) : target(target) {}

  /// Lets `op` read its activations through the unsigned bytes, where its instruction takes such, or takes either and
  /// those are there.
  void rewrite(OpBuilder &builder, linalg::LinalgOp op);
  /// Makes the unsigned bytes of all that was rewritten.
  void finish(OpBuilder &builder);

private:
  bool isReadOffset(Value value) const;
  bool isOffset(Value value) const;
  Value getOffset(OpBuilder &builder, Value value);
  Value moveOffset(OpBuilder &builder, Operation *op);

  const Target &target;
  /// From a tensor of signed bytes to its unsigned ones.
  llvm::MapVector<Value, Value> offsets;
  /// Those of them that are computed by an exclusive or.
  SmallVector<arith::XOrIOp> roots;
};
} // namespace

bool lowbit::offsetsActivations(Operation *op, const Target &target) {
  auto takesOffset = [&](StringAttr name) {
    const DotInstruction *instruction = name ? target.getDotInstruction(name) : nullptr;
    return instruction && instruction->offsetsActivations;
  };
  if (auto sums = op->getAttrOfType<ShortSumsAttr>(kShortSumsAttrName))
    return llvm::any_of(sums.getInstructions(), takesOffset);
  auto tile = op->getAttrOfType<TileAttr>(kTileAttrName);
  return tile && !tile.getMultiplySums() && takesOffset(tile.getInstruction());
}

/// True where `op` takes activations offset by 128 as well as others.
static bool takesEither(Operation *op, const Target &target) {
  auto tile = op->getAttrOfType<TileAttr>(kTileAttrName);
  const DotInstruction *instruction =
      tile && tile.getInstruction() ? target.getDotInstruction(tile.getInstruction()) : nullptr;
  return instruction && instruction->complementsActivations && !offsetsActivations(op, target);
}

static bool isMove(Operation *op) {
  return isa<tensor::PadOp, tensor::CollapseShapeOp, tensor::ExpandShapeOp, tensor::ConcatOp>(op);
}

/// True where every op that reads `value`, or what is moved of it, is one that takes unsigned bytes.
bool OffsetWriter::isReadOffset(Value value) const {
  return llvm::all_of(value.getUses(), [&](OpOperand &use) {
    Operation *user = use.getOwner();
    if (isMove(user))
      return isReadOffset(user->getResult(0));
    // What was rewritten before reads the bytes back.
    const bool readsActivations = use.getOperandNumber() == 0;
    return (readsActivations && (offsetsActivations(user, target) || takesEither(user, target))) ||
           isa<arith::XOrIOp>(user);
  });
}

/// True where there are unsigned bytes of `value`, or of what it is moved from.
bool OffsetWriter::isOffset(Value value) const {
  if (offsets.contains(value))
    return true;
  Operation *op = value.getDefiningOp();
  const unsigned tensors = isa_and_present<tensor::ConcatOp>(op) ? op->getNumOperands() : 1;
  return op && isMove(op) &&
         llvm::all_of(op->getOperands().take_front(tensors), [&](Value operand) { return isOffset(operand); });
}

/// What `op` moves, of unsigned bytes; null where it does more than move.
Value OffsetWriter::moveOffset(OpBuilder &builder, Operation *op) {
  auto pad = dyn_cast<tensor::PadOp>(op);
  if (!(pad && getFill(pad)) && !isa<tensor::CollapseShapeOp, tensor::ExpandShapeOp, tensor::ConcatOp>(op))
    return {};
  const unsigned tensors = isa<tensor::ConcatOp>(op) ? op->getNumOperands() : 1;
  SmallVector<Value> operands(op->getOperands());
  for (Value &operand : MutableArrayRef(operands).take_front(tensors))
    operand = getOffset(builder, operand);
  builder.setInsertionPointAfter(op);
  if (pad) {
    auto fill = builder.getI8IntegerAttr(static_cast<int8_t>(*getFill(pad) ^ kOffset));
    Value fillValue = arith::ConstantOp::create(builder, pad.getLoc(), fill);
    return tensor::PadOp::create(builder, pad.getLoc(), pad.getResultType(), operands.front(), pad.getMixedLowPad(),
                                 pad.getMixedHighPad(), fillValue, pad.getNofold());
  }
  Operation *moved = builder.clone(*op);
  moved->setOperands(operands);
  return moved->getResult(0);
}

Value OffsetWriter::getOffset(OpBuilder &builder, Value value) {
  if (Value known = offsets.lookup(value))
    return known;
  Operation *op = value.getDefiningOp();
  Value offset = op && isReadOffset(value) ? moveOffset(builder, op) : Value();
  if (!offset) {
    builder.setInsertionPointAfterValue(value);
    offset = createOffset(builder, value.getLoc(), value);
    roots.push_back(offset.getDefiningOp<arith::XOrIOp>());
  }
  offsets[value] = offset;
  return offset;
}

void OffsetWriter::rewrite(OpBuilder &builder, linalg::LinalgOp op) {
  Value activations = op->getOperand(0);
  if (matchPattern(activations, m_Constant()))
    return;
  if (!offsetsActivations(op, target) && !(takesEither(op, target) && isOffset(activations)))
    return;
  Value offset = getOffset(builder, activations);
  builder.setInsertionPoint(op);
  op->setOperand(0, createOffset(builder, op.getLoc(), offset));
}

/// Lets the elementwise op that computes `bytes` give the unsigned ones, and what else reads them take those; false
/// where something else than elementwise ops does.
static bool offsetInPlace(OpBuilder &builder, Value bytes, arith::XOrIOp offset) {
  auto producer = bytes.getDefiningOp<linalg::GenericOp>();
  if (!producer || producer.getNumReductionLoops() != 0 || producer->getNumResults() != 1)
    return false;
  SmallVector<OpOperand *> others;
  for (OpOperand &use : bytes.getUses())
    if (use.getOwner() != offset)
      others.push_back(&use);
  if (!llvm::all_of(others, [](OpOperand *use) {
        auto reader = dyn_cast<linalg::GenericOp>(use->getOwner());
        return reader && reader.isDpsInput(use);
      }))
    return false;
  for (OpOperand *use : others) {
    auto reader = cast<linalg::GenericOp>(use->getOwner());
    BlockArgument argument = reader.getMatchingBlockArgument(use);
    builder.setInsertionPointToStart(reader.getBlock());
    Value original = createOffset(builder, reader.getLoc(), argument);
    argument.replaceAllUsesExcept(original, original.getDefiningOp());
  }
  Operation *yield = producer.getBlock()->getTerminator();
  builder.setInsertionPoint(yield);
  yield->setOperand(0, createOffset(builder, producer.getLoc(), yield->getOperand(0)));
  offset.replaceAllUsesWith(bytes);
  return true;
}

/// The unsigned bytes as an elementwise op, which what computes the signed ones may take along.
static void offsetSeparately(OpBuilder &builder, Value bytes, arith::XOrIOp offset) {
  Location loc = offset.getLoc();
  builder.setInsertionPoint(offset);
  auto type = cast<RankedTensorType>(bytes.getType());
  Value empty =
      tensor::EmptyOp::create(builder, loc, tensor::getMixedSizes(builder, loc, bytes), type.getElementType());
  SmallVector<AffineMap> maps(2, builder.getMultiDimIdentityMap(type.getRank()));
  SmallVector<utils::IteratorType> iterators(type.getRank(), utils::IteratorType::parallel);
  auto generic = linalg::GenericOp::create(
      builder, loc, type, bytes, empty, maps, iterators, [](OpBuilder &builder, Location loc, ValueRange args) {
        linalg::YieldOp::create(builder, loc, createOffset(builder, loc, args.front()));
      });
  offset.replaceAllUsesWith(generic.getResult(0));
}

void OffsetWriter::finish(OpBuilder &builder) {
  // What moved signed bytes that nothing reads any more, from the last op on.
  for (const auto &[bytes, offset] : llvm::reverse(offsets))
    if (Operation *op = bytes.getDefiningOp(); op && op->use_empty())
      op->erase();
  for (arith::XOrIOp root : roots) {
    Value bytes = root.getLhs();
    if (!offsetInPlace(builder, bytes, root))
      offsetSeparately(builder, bytes, root);
    root.erase();
  }
}

namespace {
struct OffsetActivations : lowbit::impl::OffsetActivationsBase<OffsetActivations> {
  void runOnOperation() override {
    FailureOr<Target> target = Target::get(getOperation()->getParentOfType<ModuleOp>());
    if (failed(target))
      return signalPassFailure();
    OffsetWriter writer(*target);
    SmallVector<linalg::LinalgOp> ops;
    getOperation().walk([&](linalg::LinalgOp op) { ops.push_back(op); });
    OpBuilder builder(&getContext());
    // Those that take either read what others have offset.
    std::stable_partition(ops.begin(), ops.end(), [&](linalg::LinalgOp op) { return offsetsActivations(op, *target); });
    for (linalg::LinalgOp op : ops)
      writer.rewrite(builder, op);
    writer.finish(builder);
  }
};
} // namespace
