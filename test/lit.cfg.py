import os

import lit.formats

config.name = "Lowbit"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test"]
config.test_source_root = os.path.dirname(__file__)

tools = [os.path.join(config.lowbit_binary_dir, "bin"), config.llvm_tools_dir, os.environ["PATH"]]
config.environment["PATH"] = os.pathsep.join(tools)
config.environment["FILECHECK_OPTS"] = "-enable-var-scope --allow-unused-prefixes=false"
if "LOWBIT_MODELS" in os.environ:
    config.environment["LOWBIT_MODELS"] = os.environ["LOWBIT_MODELS"]
    config.available_features.add("models")
    config.substitutions.append(("%models", os.environ["LOWBIT_MODELS"]))
config.substitutions.append(("%python", config.python))
