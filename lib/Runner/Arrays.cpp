#include "lowbit/Runner/Arrays.h"
#include "lowbit/Support/AtomicFile.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FileSystem.h"
#include <zip.h>

using namespace mlir;
using namespace mlir::lowbit;

/// Deflate makes nothing shorter than this: a member that claims a higher ratio lies about its size.
static constexpr uint64_t kMaxDeflateRatio = 1032;

/// "x.npy" in the archive is the array "x".
static StringRef getArrayName(StringRef member) {
  member.consume_back(".npy");
  return member;
}

static llvm::Error makeError(StringRef path, StringRef name, const Twine &message) {
  return llvm::createStringError(path + (name.empty() ? "" : ": array '" + name + "'") + ": " + message);
}

static std::string getZipErrorText(int code) {
  zip_error_t error;
  zip_error_init_with_code(&error, code);
  std::string text = zip_error_strerror(&error);
  zip_error_fini(&error);
  return text;
}

llvm::Expected<std::unique_ptr<ArrayFile>> ArrayFile::open(StringRef path) {
  std::unique_ptr<ArrayFile> file(new ArrayFile(path));
  uint64_t size;
  if (std::error_code error = llvm::sys::fs::file_size(path, size))
    return llvm::createFileError(path, error);
  if (llvm::sys::fs::is_directory(path))
    return makeError(path, "", "expected a .npy or .npz file, but it is a directory");
  if (size == 0)
    return makeError(path, "", "empty file, expected a .npy or .npz file");
  if (path.ends_with(".npy"))
    return file;
  int code = 0;
  file->archive = zip_open(file->path.c_str(), ZIP_RDONLY | ZIP_CHECKCONS, &code);
  if (!file->archive)
    return makeError(path, "", "expected a .npz archive: " + getZipErrorText(code));
  return file;
}

ArrayFile::~ArrayFile() {
  if (archive)
    zip_discard(archive);
}

std::vector<std::string> ArrayFile::getNames() const {
  if (!archive)
    return {""};
  std::vector<std::string> names;
  for (zip_int64_t index = 0, count = zip_get_num_entries(archive, 0); index < count; ++index)
    if (const char *name = zip_get_name(archive, index, 0))
      names.push_back(getArrayName(name).str());
  llvm::sort(names);
  return names;
}

llvm::Expected<Array> ArrayFile::read(StringRef name) {
  if (archive)
    return readMember(name);
  llvm::ErrorOr<std::unique_ptr<llvm::MemoryBuffer>> buffer = llvm::MemoryBuffer::getFile(path);
  if (!buffer)
    return llvm::createFileError(path, buffer.getError());
  StringRef text = (*buffer)->getBuffer();
  llvm::Expected<NpyHeader> header = parseNpyHeader(text, text.size());
  if (!header)
    return makeError(path, "", llvm::toString(header.takeError()));
  auto data = llvm::WritableMemoryBuffer::getNewUninitMemBuffer(header->bytes);
  if (!data)
    return makeError(path, "", "out of memory");
  llvm::copy(text.drop_front(header->offset), data->getBufferStart());
  return Array{header->type, header->shape, std::move(data)};
}

/// Reads `size` bytes, or fewer where the member ends or is damaged.
static size_t readBytes(zip_file_t *file, char *data, size_t size) {
  size_t done = 0;
  while (done < size) {
    zip_int64_t count = zip_fread(file, data + done, size - done);
    if (count <= 0)
      break;
    done += count;
  }
  return done;
}

llvm::Expected<Array> ArrayFile::readMember(StringRef name) {
  const std::string member = (name + ".npy").str();
  zip_stat_t stat;
  if (zip_stat(archive, member.c_str(), 0, &stat) != 0) {
    std::string names = llvm::join(getNames(), ", ");
    return llvm::createStringError(path + ": no array '" + name + "', but " + (names.empty() ? "none" : names));
  }
  auto fail = [&](const Twine &message) { return makeError(path, name, message); };
  const zip_uint64_t needed = ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE;
  if ((stat.valid & needed) != needed || stat.size / kMaxDeflateRatio > stat.comp_size + 1)
    return fail("impossible size in the archive");
  zip_file_t *file = zip_fopen_index(archive, stat.index, 0);
  if (!file)
    return fail(zip_strerror(archive));
  llvm::scope_exit close([&] { zip_fclose(file); });

  char start[kMaxNpyHeaderBytes];
  const size_t startSize = readBytes(file, start, std::min<uint64_t>(sizeof(start), stat.size));
  llvm::Expected<NpyHeader> header = parseNpyHeader(StringRef(start, startSize), stat.size);
  if (!header)
    return fail(llvm::toString(header.takeError()));
  auto data = llvm::WritableMemoryBuffer::getNewUninitMemBuffer(header->bytes);
  if (!data)
    return fail("out of memory");
  const size_t inStart = std::min(startSize - header->offset, header->bytes);
  std::copy_n(start + header->offset, inStart, data->getBufferStart());
  const size_t rest = header->bytes - inStart;
  // The read at the end also checks the checksum.
  char end;
  if (readBytes(file, data->getBufferStart() + inStart, rest) != rest || zip_fread(file, &end, 1) != 0)
    return fail("truncated or damaged data");
  return Array{header->type, header->shape, std::move(data)};
}

/// A `.npy` file of version 1; the header is padded so that the array is aligned, as NumPy does.
static std::string makeNpy(const NamedArray &array) {
  std::string shape;
  for (int64_t size : array.shape)
    shape += std::to_string(size) + (array.shape.size() == 1 ? "," : ", ");
  if (array.shape.size() > 1)
    shape.resize(shape.size() - 2);
  // NumPy has no bfloat16: its bits.
  StringRef descr = array.type->numpy.empty() ? StringRef("<u2") : StringRef(array.type->numpy);
  std::string header = ("{'descr': '" + descr + "', 'fortran_order': False, 'shape': (" + shape + "), }").str();
  header.resize(llvm::alignTo(10 + header.size() + 1, 64) - 10 - 1, ' ');
  header += '\n';
  std::string text("\x93NUMPY\x01\x00", 8);
  char length[2];
  llvm::support::endian::write16le(length, header.size());
  text.append(length, 2);
  text += header;
  text += array.data;
  return text;
}

/// Builds the archive in memory, so that it is written as every other file is.
static llvm::Expected<std::string> makeNpz(ArrayRef<NamedArray> arrays) {
  zip_error_t error;
  zip_error_init(&error);
  llvm::scope_exit finish([&] { zip_error_fini(&error); });
  auto fail = [&] { return llvm::createStringError(StringRef(zip_error_strerror(&error))); };
  zip_source_t *source = zip_source_buffer_create(nullptr, 0, 0, &error);
  if (!source)
    return fail();
  llvm::scope_exit freeSource([&] { zip_source_free(source); });
  zip_source_keep(source);
  zip_t *archive = zip_open_from_source(source, ZIP_TRUNCATE, &error);
  if (!archive) {
    zip_source_free(source);
    return fail();
  }
  std::vector<std::string> members;
  for (const NamedArray &array : arrays)
    members.push_back(makeNpy(array));
  for (auto [array, member] : llvm::zip(arrays, members)) {
    zip_source_t *data = zip_source_buffer(archive, member.data(), member.size(), 0);
    zip_int64_t index = data ? zip_file_add(archive, (array.name + ".npy").c_str(), data, ZIP_FL_ENC_UTF_8) : -1;
    // The time of 1980 is the least a zip archive can hold.
    if (index < 0 || zip_set_file_compression(archive, index, ZIP_CM_STORE, 0) != 0 ||
        zip_file_set_dostime(archive, index, 0, 1 << 5 | 1, 0) != 0) {
      std::string message = zip_strerror(archive);
      zip_discard(archive);
      return llvm::createStringError(message);
    }
  }
  if (zip_close(archive) != 0) {
    std::string message = zip_strerror(archive);
    zip_discard(archive);
    return llvm::createStringError(message);
  }
  zip_stat_t stat;
  std::string bytes;
  if (zip_source_stat(source, &stat) != 0 || zip_source_open(source) != 0)
    return llvm::createStringError("cannot build the archive");
  bytes.resize(stat.size);
  const bool isWhole = zip_source_read(source, bytes.data(), bytes.size()) == static_cast<zip_int64_t>(bytes.size());
  zip_source_close(source);
  if (!isWhole)
    return llvm::createStringError("cannot build the archive");
  return bytes;
}

llvm::Error lowbit::writeArrays(StringRef path, ArrayRef<NamedArray> arrays) {
  if (path.ends_with(".npy")) {
    if (arrays.size() != 1)
      return makeError(path, "", Twine(arrays.size()) + " arrays need a .npz archive");
    return writeFileAtomically(path, [&](raw_ostream &os) { os << makeNpy(arrays.front()); });
  }
  llvm::Expected<std::string> bytes = makeNpz(arrays);
  if (!bytes)
    return makeError(path, "", llvm::toString(bytes.takeError()));
  return writeFileAtomically(path, [&](raw_ostream &os) { os << *bytes; });
}
