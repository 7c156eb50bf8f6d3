#include "lowbit/Target/Target.h"
#include "llvm/TargetParser/Host.h"
#include <gtest/gtest.h>

using namespace mlir;
using namespace mlir::lowbit;

namespace {

/// A module says of the machine that its code is for what the name of its CPU doesn't say, and not more: whoever reads
/// it finds every instruction set that this machine has, and none that it lacks.
TEST(TargetTest, ModulesNameTheFeaturesOfTheHost) {
  std::string error;
  FailureOr<Target> native = Target::get(/*triple=*/"", "native", /*features=*/"", error);
  ASSERT_TRUE(succeeded(native)) << error;
  MLIRContext context;
  OwningOpRef<ModuleOp> module = ModuleOp::create(UnknownLoc::get(&context));
  native->writeTo(*module);
  FailureOr<Target> read = Target::get(*module);
  ASSERT_TRUE(succeeded(read));
  for (const auto &feature : llvm::sys::getHostCPUFeatures())
    EXPECT_EQ(read->hasFeature(feature.first()), feature.second) << feature.first().str();
  EXPECT_TRUE(read->getFeaturesMissingHere().empty());
}

/// What is asked for beyond the machine's comes last, and so wins.
TEST(TargetTest, FurtherFeaturesFollowThoseOfTheHost) {
  const llvm::StringMap<bool> features = llvm::sys::getHostCPUFeatures();
  auto present = llvm::find_if(features, [](const auto &feature) { return feature.second; });
  if (present == features.end())
    GTEST_SKIP() << "nothing is known of this machine";
  const std::string name = present->first().str();
  std::string error;
  FailureOr<Target> without = Target::get(/*triple=*/"", "native", "-" + name, error);
  ASSERT_TRUE(succeeded(without)) << error;
  EXPECT_FALSE(without->hasFeature(name));
}

} // namespace
