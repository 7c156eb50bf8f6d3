#include "lowbit/Runner/Arrays.h"
#include "llvm/Support/CheckedArithmetic.h"
#include "llvm/Support/Endian.h"

using namespace mlir;
using namespace mlir::lowbit;

namespace {
/// Reads the Python dictionary of a header: `{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }`.
class DictionaryParser {
public:
  DictionaryParser(StringRef text, NpyHeader &header) : rest(text), header(header) {}

  llvm::Error parse() {
    if (!consume("{"))
      return fail("expected '{'");
    while (!consume("}")) {
      if (llvm::Error error = parseEntry())
        return error;
      if (!consume(",") && !rest.ltrim().starts_with("}"))
        return fail("expected ',' or '}'");
    }
    if (!rest.trim().empty())
      return fail("expected nothing after '}'");
    if (!header.type || !hasOrder || !hasShape)
      return fail("expected 'descr', 'fortran_order' and 'shape'");
    return llvm::Error::success();
  }

private:
  llvm::Error fail(const Twine &what) { return llvm::createStringError("malformed npy header: " + what); }

  bool consume(StringRef token) {
    rest = rest.ltrim();
    return rest.consume_front(token);
  }

  std::optional<StringRef> parseString() {
    if (!consume("'"))
      return std::nullopt;
    size_t end = rest.find('\'');
    if (end == StringRef::npos)
      return std::nullopt;
    StringRef text = rest.take_front(end);
    rest = rest.drop_front(end + 1);
    return text;
  }

  llvm::Error parseEntry() {
    std::optional<StringRef> key = parseString();
    if (!key || !consume(":"))
      return fail("expected a quoted key and ':'");
    if (*key == "descr")
      return parseType();
    if (*key == "fortran_order") {
      hasOrder = true;
      if (consume("True"))
        return llvm::createStringError("expected an array in C order, but it is in Fortran order");
      return consume("False") ? llvm::Error::success() : fail("expected True or False");
    }
    if (*key == "shape")
      return parseShape();
    return fail("unknown key '" + *key + "'");
  }

  llvm::Error parseType() {
    std::optional<StringRef> descr = parseString();
    if (!descr)
      return fail("expected a quoted 'descr'");
    for (const ElementType &type : getElementTypes())
      if (!type.numpy.empty() && type.numpy == *descr)
        header.type = &type;
    if (!header.type)
      return llvm::createStringError("unsupported dtype '" + *descr + "'");
    return llvm::Error::success();
  }

  llvm::Error parseShape() {
    hasShape = true;
    header.shape.clear();
    if (!consume("("))
      return fail("expected '('");
    while (!consume(")")) {
      int64_t size;
      rest = rest.ltrim();
      if (rest.consumeInteger(10, size) || size < 0)
        return fail("expected a dimension of the shape");
      rest.consume_front("L");
      header.shape.push_back(size);
      if (!consume(",") && !rest.ltrim().starts_with(")"))
        return fail("expected ',' or ')'");
    }
    return llvm::Error::success();
  }

  StringRef rest;
  NpyHeader &header;
  bool hasOrder = false;
  bool hasShape = false;
};
} // namespace

llvm::Expected<NpyHeader> lowbit::parseNpyHeader(StringRef start, uint64_t fileSize) {
  if (start.empty())
    return llvm::createStringError("empty file, expected a NumPy array");
  if (!start.starts_with("\x93NUMPY"))
    return llvm::createStringError("expected a NumPy array");
  if (start.size() < 12)
    return llvm::createStringError("truncated npy header");
  const unsigned version = static_cast<uint8_t>(start[6]);
  if (version < 1 || version > 3)
    return llvm::createStringError("unknown version " + Twine(version) + " of the npy format");
  const size_t prefix = version == 1 ? 10 : 12;
  const size_t length = version == 1 ? llvm::support::endian::read16le(start.data() + 8)
                                     : llvm::support::endian::read32le(start.data() + 8);
  NpyHeader header;
  header.offset = prefix + length;
  if (header.offset > fileSize)
    return llvm::createStringError("truncated npy header");
  if (header.offset > kMaxNpyHeaderBytes)
    return llvm::createStringError("npy header of " + Twine(length) + " bytes is too long");
  if (header.offset > start.size())
    return llvm::createStringError("truncated npy header");
  if (llvm::Error error = DictionaryParser(start.substr(prefix, length), header).parse())
    return std::move(error);

  std::optional<int64_t> bytes = header.type->bytes;
  for (int64_t size : header.shape)
    if (bytes)
      bytes = llvm::checkedMul(*bytes, size);
  if (!bytes)
    return llvm::createStringError("shape of the array overflows");
  if (static_cast<uint64_t>(*bytes) != fileSize - header.offset)
    return llvm::createStringError("array of " + Twine(*bytes) + " bytes in a file with " +
                                   Twine(fileSize - header.offset));
  header.bytes = *bytes;
  return header;
}
