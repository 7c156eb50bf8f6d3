#include "lowbit/Quantize/Pipeline.h"
#include "lowbit/Quantize/Passes.h"

using namespace mlir;

void lowbit::buildQuantizePipeline(OpPassManager &manager, StringRef recipe, StringRef calibration, StringRef moments) {
  QuantizeOptions options;
  options.recipe = recipe.str();
  options.calibration = calibration.str();
  options.moments = moments.str();
  manager.addPass(createQuantize(options));
}
