#include "lowbit/Execution/JIT.h"
#include "lowbit/Execution/Library.h"
#include "lowbit/Support/AtomicFile.h"

using namespace mlir;
using namespace mlir::lowbit;

std::string lowbit::generateDriver(const Signature &signature) {
  std::string text, buffers, reads, writes;
  llvm::raw_string_ostream os(text);
  os << "#include \"program.h\"\n#include <stdio.h>\n#include <stdlib.h>\n\n";
  unsigned count = 0;
  auto addBuffer = [&](size_t bytes) {
    const std::string name = "buffer" + std::to_string(count++);
    // C has no array of no elements.
    os << "static _Alignas(64) unsigned char " << name << "[" << std::max<size_t>(bytes, 1) << "];\n";
    buffers += (buffers.empty() ? "" : ", ") + name;
    return name;
  };
  for (const TensorSpec &spec : signature.inputs) {
    const std::string bytes = std::to_string(spec.getBytes());
    reads += "    if (fread(" + addBuffer(spec.getBytes()) + ", 1, " + bytes + ", in) != " + bytes + ") return 2;\n";
  }
  for (const TensorSpec &spec : signature.outputs) {
    const std::string bytes = std::to_string(spec.getBytes());
    writes += "    if (fwrite(" + addBuffer(spec.getBytes()) + ", 1, " + bytes + ", out) != " + bytes + ") return 3;\n";
  }
  addBuffer(signature.arenaBytes);
  os << "static void *const buffers[] = {" << buffers << "};\n\n"
     << "int main(int argc, char **argv) {\n"
     << "  if (argc != 4) return 1;\n"
     << "  FILE *in = fopen(argv[1], \"rb\"), *out = fopen(argv[2], \"wb\");\n"
     << "  if (!in || !out) return 1;\n"
     << "  for (long sample = 0, samples = atol(argv[3]); sample < samples; ++sample) {\n"
     << reads << "    if (" << signature.getPackedSymbol() << "(buffers) != 0) {\n"
     << "      fprintf(stderr, \"sample %ld: " << kOutsideError << "\\n\", sample);\n      return 4;\n    }\n"
     << writes << "  }\n  return fclose(out) != 0;\n}\n";
  return text;
}
