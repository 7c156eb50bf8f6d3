#include "lowbit/Quantize/Pipeline.h"
#include "lowbit/Quantize/Passes.h"

using namespace mlir;

void lowbit::buildQuantizePipeline(OpPassManager &manager, StringRef recipe, StringRef calibration) {
  QuantizeOptions options;
  options.recipe = recipe.str();
  options.calibration = calibration.str();
  manager.addPass(createQuantize(options));
}
