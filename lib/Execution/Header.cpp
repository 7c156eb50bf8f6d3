#include "lowbit/Execution/Library.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mlir::lowbit;

/// Words of C and C++ that an identifier must not be; `main` is the program's.
static constexpr StringLiteral kReservedWords[] = {
    "alignas",  "alignof", "and",      "asm",      "auto",     "bool",      "break",    "case",      "catch",
    "char",     "class",   "concept",  "const",    "continue", "default",   "delete",   "do",        "double",
    "else",     "enum",    "explicit", "export",   "extern",   "false",     "float",    "for",       "friend",
    "goto",     "if",      "inline",   "int",      "long",     "main",      "mutable",  "namespace", "new",
    "not",      "nullptr", "operator", "or",       "private",  "protected", "public",   "register",  "requires",
    "restrict", "return",  "short",    "signed",   "sizeof",   "static",    "struct",   "switch",    "template",
    "this",     "throw",   "true",     "try",      "typedef",  "typeid",    "typename", "union",     "unsigned",
    "using",    "virtual", "void",     "volatile", "while",    "xor"};

static bool isIdentifierCharacter(char c) { return llvm::isAlnum(c) || c == '_'; }

bool lowbit::isValidCName(StringRef name) {
  return !name.empty() && !llvm::isDigit(name.front()) && llvm::all_of(name, isIdentifierCharacter) &&
         !llvm::is_contained(kReservedWords, name);
}

std::string lowbit::makeCName(StringRef name) {
  std::string result;
  for (char c : name)
    result += isIdentifierCharacter(c) ? c : '_';
  if (result.empty() || llvm::isDigit(result.front()) || llvm::is_contained(kReservedWords, result))
    result.insert(0, "_");
  // A name that starts with an underscore belongs to the implementation.
  return result.front() == '_' ? "x" + result : result;
}

static std::string makeMacroName(StringRef name) { return StringRef(makeCName(name)).upper(); }

/// Text of a name that is safe inside a comment.
static std::string getCommentText(StringRef name) {
  std::string text;
  for (char c : name)
    text += llvm::isPrint(c) && c != '*' && c != '/' && c != '\\' ? c : '?';
  return text;
}

namespace {
/// Names of parameters, each used once.
class ParameterNames {
public:
  std::string add(StringRef name) {
    std::string base = makeCName(name), unique = base;
    for (unsigned suffix = 1; !used.insert(unique).second; ++suffix)
      unique = base + "_" + std::to_string(suffix);
    return unique;
  }

private:
  llvm::StringSet<> used = {"arena"};
};
} // namespace

/// What a caller must know of a function whose work several threads share.
static std::string getThreadsText(int64_t threads) {
  return llvm::formatv("The work of a call is shared by {0} threads of OpenMP's runtime library, which\n"
                       " * the program is linked with: -lomp. The bytes of the outputs do not depend on how many there "
                       "are. The function\n * keeps no state of its own.\n",
                       threads);
}

/// What a caller must know of a function whose floats depend on the machine.
static constexpr StringLiteral kFastFloatText =
    "Compiled with fast-float: floats are computed by fused\n * multiply-adds where the machine has them, and their "
    "bytes may differ from another machine's.\n * ";

static void printFunction(const Signature &signature, raw_ostream &os) {
  const std::string prefix = makeMacroName(signature.function);
  ParameterNames names;
  std::string parameters, description;
  auto addParameters = [&](ArrayRef<TensorSpec> specs, StringRef kind, StringRef constness) {
    for (const TensorSpec &spec : specs) {
      const std::string name = names.add(spec.name);
      parameters += (constness + spec.type->c + " *" + name + ", ").str();
      description += (" *   " + kind + " " + name + ": " + getCommentText(spec.str()) + "\n").str();
      os << "#define " << prefix << "_" << StringRef(name).upper() << "_ELEMENTS " << spec.getBytes() / spec.type->bytes
         << "\n";
    }
  };
  os << "\n/* Bytes of scratch memory that a call of " << signature.function << " needs. */\n"
     << "#define " << prefix << "_ARENA_BYTES " << signature.arenaBytes << "\n"
     << "/* Elements of its inputs and outputs. */\n";
  addParameters(signature.inputs, "input ", "const ");
  addParameters(signature.outputs, "output", "");
  os << "\n/*\n"
     << description << " *   arena: " << signature.arenaBytes << " bytes, aligned to " << Signature::kArenaAlignment
     << "; what it holds before and after does not matter\n"
     << " * Returns 0, or 1 where the inputs made it read a tensor at an index outside of it: what the outputs hold "
        "then\n"
     << " * is not the program's result.\n * Buffers do not overlap. " << (signature.fastFloat ? kFastFloatText : "")
     << (signature.needsOpenMP() ? getThreadsText(signature.threads)
                                 : "The function keeps no state, allocates nothing and makes no system call: it may "
                                   "run\n * on several threads at once, each with its own outputs and arena.\n")
     << " */\n"
     << "int " << signature.function << "(" << parameters << "void *arena);\n"
     << "/* The same, with the pointers in an array, in that order. */\n"
     << "int " << signature.getPackedSymbol() << "(void *const *buffers);\n"
     << "/* What is written above, as JSON. */\n"
     << "extern const char " << signature.getSymbol() << "[];\n";
}

std::string lowbit::generateHeader(ArrayRef<Signature> signatures, StringRef name) {
  std::string text;
  llvm::raw_string_ostream os(text);
  const std::string guard = makeMacroName(name) + "_LOWBIT_H";
  os << "/* Written by quant-runner compile. Target: " << signatures.front().triple << ", cpu "
     << getCommentText(signatures.front().cpu) << ". */\n"
     << "#ifndef " << guard << "\n#define " << guard << "\n\n#include <stdint.h>\n\n"
     << "#ifdef __cplusplus\nextern \"C\" {\n#endif\n";
  for (const Signature &signature : signatures)
    printFunction(signature, os);
  os << "\n#ifdef __cplusplus\n}\n#endif\n\n#endif /* " << guard << " */\n";
  return text;
}
