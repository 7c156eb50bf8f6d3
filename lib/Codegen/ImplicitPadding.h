#ifndef LOWBIT_LIB_CODEGEN_IMPLICITPADDING_H
#define LOWBIT_LIB_CODEGEN_IMPLICITPADDING_H

#include "ContractionShape.h"

namespace mlir::lowbit {

/// The padding of a convolution by bytes that add nothing to a sum: the products with it are left out, and the picture
/// is read without it. So each row of outputs has its own rows of the window, and each column of the window its own
/// columns of outputs.
class ImplicitPadding {
public:
  /// The padding of `op` where its `activations` are a picture that is padded by `zero` with constant widths; nothing
  /// elsewhere.
  static std::optional<ImplicitPadding> get(linalg::LinalgOp op, Value activations, int8_t zero);

  /// The picture inside.
  Value getSource() const { return source; }
  /// The shape of the convolution that reads it, with a step for each row and each column of the window.
  ContractionShape getShape(linalg::LinalgOp op) const;

  /// The first row of the window that lies in the picture for a row of outputs, and the one behind the last.
  std::pair<OpFoldResult, OpFoldResult> getWindowRows(OpBuilder &builder, Location loc, OpFoldResult outputRow) const;
  /// The first of `count` columns of outputs for which a column of the window lies in the picture, and the one behind
  /// the last.
  std::pair<int64_t, int64_t> getOutputColumns(int64_t windowColumn, int64_t count) const;

private:
  Value source;
  /// Of rows and of columns.
  std::array<int64_t, 2> size, before, window, stride, dilation;
};

/// A picture whose channels are two dimensions, with these as one.
Value collapseChannels(OpBuilder &builder, Value picture);

/// A padded picture with more padding at the end of each row, so that `depth` elements can be read where a run has
/// fewer: one load instead of one for each element. Null where there is no need, or no padding.
Value widenPadding(RewriterBase &rewriter, const ContractionShape &contraction, Value picture, int64_t depth);

/// The same of any picture whose columns and channels a contraction reads as one: a copy of it where it has no padding.
Value padLines(RewriterBase &rewriter, const ContractionShape &contraction, Value picture, int64_t depth);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_CODEGEN_IMPLICITPADDING_H
