#include "lowbit/Dialect/LowbitDialect.h"

using namespace mlir;
using namespace mlir::lowbit;

#define GET_OP_CLASSES
#include "lowbit/Dialect/LowbitOps.cpp.inc"

LogicalResult QuantizeOp::verify() { return success(); }
LogicalResult DequantizeOp::verify() { return success(); }
LogicalResult RequantizeOp::verify() { return success(); }
LogicalResult DynamicQuantizeOp::verify() { return success(); }
LogicalResult ObserveOp::verify() { return success(); }
LogicalResult MatmulOp::verify() { return success(); }
LogicalResult BatchMatmulOp::verify() { return success(); }
LogicalResult Conv2DOp::verify() { return success(); }
LogicalResult DepthwiseConv2DOp::verify() { return success(); }
LogicalResult AddOp::verify() { return success(); }
LogicalResult SubOp::verify() { return success(); }
LogicalResult MulOp::verify() { return success(); }
LogicalResult ClampOp::verify() { return success(); }
LogicalResult LookupOp::verify() { return success(); }
LogicalResult MaxPool2DOp::verify() { return success(); }
LogicalResult AvgPool2DOp::verify() { return success(); }
LogicalResult ReduceMeanOp::verify() { return success(); }
