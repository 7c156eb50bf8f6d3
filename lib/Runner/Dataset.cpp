#include "lowbit/Runner/Dataset.h"
#include "llvm/ADT/APFloat.h"
#include <cstring>

using namespace mlir;
using namespace mlir::lowbit;

static std::string describe(const ElementType &type, ArrayRef<int64_t> shape) {
  std::string text = type.numpyName.str() + " of shape (";
  for (auto [index, size] : llvm::enumerate(shape))
    text += (index ? ", " : "") + std::to_string(size);
  return text + (shape.size() == 1 ? ",)" : ")");
}

/// 8-bit integers of IR have no sign; any array of them will do.
static bool areCompatible(const ElementType &array, const ElementType &input) {
  return &array == &input || (array.bytes == 1 && input.name == "i8" && array.name == "ui8");
}

/// The number of samples in an array for `spec`, or nothing where the shape does not fit.
static std::optional<size_t> countSamples(const Array &array, const TensorSpec &spec) {
  if (array.shape.size() != spec.shape.size())
    return std::nullopt;
  if (spec.shape.empty())
    return 1;
  if (!std::equal(array.shape.begin() + 1, array.shape.end(), spec.shape.begin() + 1))
    return std::nullopt;
  if (spec.shape.front() == 0)
    return array.shape.front() == 0 ? std::optional<size_t>(1) : std::nullopt;
  if (array.shape.front() % spec.shape.front() != 0)
    return std::nullopt;
  return array.shape.front() / spec.shape.front();
}

SmallVector<const char *> Dataset::getPointers() const {
  return llvm::map_to_vector(arrays, [](const Array &array) -> const char * { return array.data->getBufferStart(); });
}

SmallVector<const char *> Dataset::getPointers(ArrayRef<TensorSpec> inputs, size_t sample) const {
  SmallVector<const char *> pointers = getPointers();
  for (auto [pointer, spec] : llvm::zip_equal(pointers, inputs))
    pointer += sample * spec.getBytes();
  return pointers;
}

static llvm::Expected<std::string> getArrayName(ArrayFile &file, const TensorSpec &spec, size_t inputCount,
                                                ArrayRef<ArrayMapping> mappings) {
  for (const ArrayMapping &mapping : mappings)
    if (mapping.input == spec.name)
      return mapping.array;
  if (!file.isArchive()) {
    if (inputCount != 1)
      return llvm::createStringError(file.getPath() + ": " + Twine(inputCount) + " inputs need a .npz archive");
    return std::string();
  }
  return spec.name;
}

llvm::Expected<Dataset> lowbit::readDataset(ArrayFile &file, ArrayRef<TensorSpec> inputs,
                                            ArrayRef<ArrayMapping> mappings, size_t limit) {
  for (const ArrayMapping &mapping : mappings)
    if (llvm::none_of(inputs, [&](const TensorSpec &spec) { return spec.name == mapping.input; }))
      return llvm::createStringError("--map: the program has no input '" + mapping.input + "'");
  Dataset dataset;
  for (const TensorSpec &spec : inputs) {
    llvm::Expected<std::string> name = getArrayName(file, spec, inputs.size(), mappings);
    if (!name)
      return name.takeError();
    llvm::Expected<Array> array = file.read(*name);
    if (!array)
      return array.takeError();
    std::optional<size_t> samples = countSamples(*array, spec);
    if (!samples || !areCompatible(*array->type, *spec.type))
      return llvm::createStringError(file.getPath() + ": input '" + spec.name + "': expected " +
                                     describe(*spec.type, spec.shape) + ", or more rows, but got " +
                                     describe(*array->type, array->shape));
    if (!dataset.arrays.empty() && *samples != dataset.samples)
      return llvm::createStringError(file.getPath() + ": input '" + spec.name + "': expected " +
                                     Twine(dataset.samples) + " samples as '" + inputs.front().name +
                                     "' has, but got " + Twine(*samples));
    dataset.samples = *samples;
    dataset.arrays.push_back(std::move(*array));
  }
  if (inputs.empty())
    dataset.samples = 1;
  if (limit != 0)
    dataset.samples = std::min(dataset.samples, limit);
  return dataset;
}

template <typename T> static void appendIntegers(const Array &array, size_t count, std::vector<int64_t> &values) {
  for (size_t index = 0; index < count; ++index) {
    T value;
    std::memcpy(&value, array.data->getBufferStart() + index * sizeof(T), sizeof(T));
    values.push_back(value);
  }
}

llvm::Expected<std::vector<int64_t>> lowbit::readLabels(ArrayFile &file, StringRef name, size_t samples) {
  llvm::Expected<Array> array = file.read(name);
  if (!array)
    return array.takeError();
  auto fail = [&](const Twine &expected) {
    return llvm::createStringError(file.getPath() + ": labels '" + name + "': expected " + expected + ", but got " +
                                   describe(*array->type, array->shape));
  };
  if (array->shape.size() != 1 || static_cast<size_t>(array->shape.front()) < samples)
    return fail("a label for each of " + Twine(samples) + " samples");
  std::vector<int64_t> values;
  StringRef type = array->type->name;
  if (type == "i8")
    appendIntegers<int8_t>(*array, samples, values);
  else if (type == "ui8")
    appendIntegers<uint8_t>(*array, samples, values);
  else if (type == "i16")
    appendIntegers<int16_t>(*array, samples, values);
  else if (type == "i32")
    appendIntegers<int32_t>(*array, samples, values);
  else if (type == "i64")
    appendIntegers<int64_t>(*array, samples, values);
  else
    return fail("integers");
  return values;
}

Results::Results(ArrayRef<TensorSpec> outputs, size_t samples) : specs(outputs), samples(samples) {
  for (const TensorSpec &spec : outputs)
    data.emplace_back(spec.getBytes() * samples);
}

SmallVector<char *> Results::getPointers() {
  return llvm::map_to_vector(data, [](std::vector<char> &bytes) { return bytes.data(); });
}

std::vector<NamedArray> Results::getArrays() const {
  std::vector<NamedArray> arrays;
  for (auto [spec, bytes] : llvm::zip_equal(specs, data)) {
    std::vector<int64_t> shape = spec.shape;
    if (!shape.empty())
      shape.front() *= samples;
    else if (samples != 1)
      shape.push_back(samples);
    arrays.push_back({spec.name, spec.type, std::move(shape), StringRef(bytes.data(), bytes.size())});
  }
  return arrays;
}

template <typename T> static double loadAs(const char *data) {
  T value;
  std::memcpy(&value, data, sizeof(T));
  return static_cast<double>(value);
}

static double loadHalf(const char *data, const llvm::fltSemantics &semantics) {
  uint16_t bits;
  std::memcpy(&bits, data, sizeof(bits));
  return llvm::APFloat(semantics, llvm::APInt(16, bits)).convertToDouble();
}

static double load(const ElementType &type, const char *data) {
  if (type.name == "f32")
    return loadAs<float>(data);
  if (type.name == "f64")
    return loadAs<double>(data);
  if (type.name == "f16")
    return loadHalf(data, llvm::APFloat::IEEEhalf());
  if (type.name == "bf16")
    return loadHalf(data, llvm::APFloat::BFloat());
  if (type.name == "i8")
    return loadAs<int8_t>(data);
  if (type.name == "i16")
    return loadAs<int16_t>(data);
  if (type.name == "i32")
    return loadAs<int32_t>(data);
  if (type.name == "i64")
    return loadAs<int64_t>(data);
  return loadAs<uint8_t>(data);
}

std::vector<double> Results::getSample(size_t output, size_t sample) const {
  const TensorSpec &spec = specs[output];
  const size_t bytes = spec.getBytes();
  std::vector<double> values;
  values.reserve(bytes / spec.type->bytes);
  for (size_t offset = 0; offset < bytes; offset += spec.type->bytes)
    values.push_back(load(*spec.type, data[output].data() + sample * bytes + offset));
  return values;
}

size_t lowbit::getArgMax(ArrayRef<double> values) {
  size_t best = 0;
  for (size_t index = 1; index < values.size(); ++index)
    if (values[index] > values[best] || (std::isnan(values[best]) && !std::isnan(values[index])))
      best = index;
  return best;
}

size_t lowbit::countCorrect(const Results &results, ArrayRef<int64_t> labels) {
  size_t correct = 0;
  for (size_t sample = 0; sample < results.samples && !results.specs.empty(); ++sample)
    correct += static_cast<int64_t>(getArgMax(results.getSample(0, sample))) == labels[sample];
  return correct;
}
