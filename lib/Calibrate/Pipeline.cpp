#include "lowbit/Calibrate/Pipeline.h"
#include "lowbit/Calibrate/Passes.h"

using namespace mlir;

void lowbit::buildCalibratePipeline(OpPassManager &manager, bool observe) {
  if (observe)
    manager.addPass(createInsertObservers());
  else
    manager.addPass(createRemoveObservers());
}
