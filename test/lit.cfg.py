import os
import platform
import shutil
import sys

import lit.formats

config.name = "Lowbit"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test"]
config.excludes = ["Inputs"]
config.test_source_root = os.path.dirname(__file__)


def read_cpu_flags():
    """What the processor has, in the words of Linux."""
    try:
        with open("/proc/cpuinfo") as info:
            return {flag for line in info if line.startswith(("flags", "Features")) for flag in line.split()}
    except OSError:
        return set()


def get_driver():
    """The command that `quant-opt` in a RUN line stands for.

    `--param driver=plugin` runs the suite through the stock mlir-opt with Lowbit as a plugin; it knows the project's
    passes and pipelines by --pass-pipeline alone. `--param roundtrip=1` also prints and parses every input, as text
    and as bytecode.
    """
    command = ["quant-opt"]
    driver = lit_config.params.get("driver", "quant-opt")
    if driver == "plugin":
        plugin = os.path.join(config.lowbit_binary_dir, "lib", "quant-plugin.so")
        command = ["mlir-opt", f"--load-dialect-plugin={plugin}", f"--load-pass-plugin={plugin}"]
    elif driver != "quant-opt":
        lit_config.fatal(f"unknown driver '{driver}': expected 'quant-opt' or 'plugin'")
    else:
        config.available_features.add("own-driver")
    if lit_config.params.get("roundtrip", "0") != "0":
        command.append("--verify-roundtrip")
    return " ".join(command)


tools = [os.path.join(config.lowbit_binary_dir, "bin"), config.llvm_tools_dir, os.environ["PATH"]]
config.environment["PATH"] = os.pathsep.join(tools)
config.environment["FILECHECK_OPTS"] = "-enable-var-scope --allow-unused-prefixes=false"
if "LOWBIT_MODELS" in os.environ:
    config.environment["LOWBIT_MODELS"] = os.environ["LOWBIT_MODELS"]
    config.available_features.add("models")
    config.substitutions.append(("%models", os.environ["LOWBIT_MODELS"]))
if not os.path.exists(config.python):
    config.python = sys.executable
# Ten thousand damaged inputs are enough once: with another driver, a tenth of them.
repeated = lit_config.params.keys() & {"driver", "roundtrip"}
config.substitutions.append(("%mutate", "%python %source/test/Fuzz/mutate.py" + " --every 10" * bool(repeated)))
config.substitutions += [
    ("%python", config.python),
    ("%examples", os.path.join(config.lowbit_source_dir, "examples")),
    ("%source", config.lowbit_source_dir),
    ("%build", config.lowbit_binary_dir),
]
# A name of its own: not a part of a path or of another word.
config.substitutions.append((r"(?<![-\w/])quant-opt(?![-\w/])", get_driver()))

# What tests that run code for a certain machine require.
config.available_features.add("target-" + platform.machine())
cpu_features = {"sse4_1": "sse4.1", "avx2": "avx2", "avx512_vnni": "avx512vnni", "avx_vnni": "avxvnni"}
config.available_features |= {cpu_features[flag] for flag in read_cpu_flags() & cpu_features.keys()}
# The system may keep the tile registers of the processor from this process.
sys.path.insert(0, os.path.join(config.lowbit_source_dir, "benchmarks"))
from without_amx import grants_amx  # noqa: E402

if "amx_int8" in read_cpu_flags() and grants_amx():
    config.available_features.add("amx")
for tool in ("qemu-aarch64", "qemu-x86_64", "aarch64-linux-gnu-gcc"):
    if shutil.which(tool):
        config.available_features.add(tool)
