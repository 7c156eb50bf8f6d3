// make-calibration-table <program> [<tensor>=<min>:<max>|<tensor>=none]...
//
// Prints the calibration table of a program whose tensors had the given samples, and -1 and 1 where none are given;
// `none` leaves a tensor out.

#include "lowbit/Analysis/TensorNames.h"
#include "lowbit/Calibrate/CalibrationTable.h"
#include "lowbit/Calibrate/ProgramHash.h"
#include "lowbit/InitAllDialects.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/InitAllDialects.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Error.h"

using namespace mlir;

static SmallVector<float> parseSamples(StringRef text) {
  SmallVector<float> samples;
  SmallVector<StringRef> parts;
  text.split(parts, ':');
  for (StringRef part : parts)
    samples.push_back(std::strtof(part.str().c_str(), nullptr));
  return samples;
}

int main(int argc, char **argv) {
  llvm::ExitOnError exitOnError("make-calibration-table: ");
  DialectRegistry registry;
  mlir::registerAllDialects(registry);
  lowbit::registerAllDialects(registry);
  MLIRContext context(registry);
  auto module = parseSourceFile<ModuleOp>(argc > 1 ? argv[1] : "-", &context);
  if (!module)
    return 1;
  llvm::StringMap<SmallVector<float>> given;
  for (int i = 2; i < argc; ++i) {
    auto [name, samples] = StringRef(argv[i]).rsplit('=');
    given[name] = samples == "none" ? SmallVector<float>() : parseSamples(samples);
  }
  lowbit::CalibrationTable table(lowbit::computeProgramHash(*module));
  table.setNumSamples(1);
  for (auto function : module->getOps<func::FuncOp>()) {
    lowbit::TensorNames names(function);
    for (const auto &[value, name] : names.getNames()) {
      auto it = given.find(name);
      SmallVector<float> samples = it == given.end() ? SmallVector<float>{-1.0f, 1.0f} : it->second;
      if (!samples.empty())
        exitOnError(table.add(name, lowbit::Histogram::of(samples)));
    }
  }
  table.print(llvm::outs());
}
