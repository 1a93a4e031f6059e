#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>

#include "penstock/frame/detail/parquet_chunk.h"
#include "penstock/frame/detail/parquet_dictionary.h"

namespace penstock::detail {
namespace {

template <class T>
std::string as_bytes(T value) {
  std::string bytes(sizeof value, '\0');
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

// The least and greatest of the values seen. With NaN among them there is no range: readers that
// count NaN as the greatest number would skip chunks that hold what they look for.
template <class T>
struct Range {
  T least = std::numeric_limits<T>::has_infinity ? std::numeric_limits<T>::infinity()
                                                 : std::numeric_limits<T>::max();
  T greatest = std::numeric_limits<T>::has_infinity ? -std::numeric_limits<T>::infinity()
                                                    : std::numeric_limits<T>::lowest();
  bool has_nan = false;

  void widen(const T* values, std::size_t count) {
    T low = least;
    T high = greatest;
    unsigned nans = 0;
    for (std::size_t i = 0; i < count; ++i) {
      low = values[i] < low ? values[i] : low;
      high = values[i] > high ? values[i] : high;
      if constexpr (std::is_floating_point_v<T>) nans |= values[i] != values[i] ? 1 : 0;
    }
    least = low;
    greatest = high;
    has_nan |= nans != 0;
  }

  void set(ChunkMeta& meta) const {
    if (has_nan || least > greatest) return;
    T low = least;
    T high = greatest;
    // The format asks for zeros that hold whatever the sign of the zeros that occur.
    if constexpr (std::is_floating_point_v<T>) {
      if (low == 0) low = -T(0);
      if (high == 0) high = T(0);
    }
    meta.min = as_bytes(low);
    meta.max = as_bytes(high);
  }
};

// Integers and floats: a dictionary where values repeat, else deltas or plain values.
template <class T>
class NumberChunkBuilder final : public ChunkBuilder {
 public:
  NumberChunkBuilder(const Field& field, PageCompressor& compressor)
      : ChunkBuilder(field, compressor), values_(kPageRows + 1) {
    NumberChunkBuilder::start_values();
  }

 protected:
  Status append_values(const Column& column, std::size_t first, std::size_t count) override {
    const T* from = column.get<T>().data() + first;
    if (column.validity.empty()) {
      std::memcpy(values_.data() + held_, from, count * sizeof(T));
      held_ += count;
    } else {
      held_ += compact(from, column.validity.data(), first, count, values_.data() + held_);
    }
    return {};
  }

  Encoding encode_values(Bytes& body) override {
    const auto count = held_;
    held_ = 0;
    if (indexed_ && index_values(count)) {
      append_indices(indices_.data(), count, dictionary_.size(), body);
      return Encoding::RleDictionary;
    }
    range_.widen(values_.data(), count);
    if constexpr (std::is_integral_v<T>) {
      append_deltas(values_.data(), count, body);
      return Encoding::DeltaBinaryPacked;
    } else {
      append_bytes(body, values_.data(), count * sizeof(T));
      return Encoding::Plain;
    }
  }

  std::size_t encode_dictionary(Bytes& body) override {
    append_bytes(body, dictionary_.values().data(), dictionary_.size() * sizeof(T));
    return dictionary_.size();
  }

  void set_range(ChunkMeta& meta) override {
    range_.widen(dictionary_.values().data(), dictionary_.size());
    range_.set(meta);
  }

  void start_values() override {
    held_ = 0;
    range_ = {};
    indexed_ = field().type != DataType::Timestamp;
    first_page_ = true;
    if (indexed_) dictionary_.clear();
  }

 private:
  // The first page decides: a dictionary must at least halve what is stored for it to stay.
  bool index_values(std::size_t count) {
    constexpr auto kMaxSize = NumberDictionary<T>::kMaxSize;
    const auto limit = first_page_ ? std::clamp(count / 4, std::size_t(256), kMaxSize) : kMaxSize;
    indices_.resize(kPageRows);
    indexed_ = dictionary_.index(values_.data(), count, limit, indices_.data());
    if (!indexed_ && first_page_) dictionary_.clear();
    first_page_ = false;
    return indexed_;
  }

  Buffer<T> values_;
  std::size_t held_ = 0;
  NumberDictionary<T> dictionary_;
  Buffer<std::uint32_t> indices_;
  Range<T> range_;
  bool indexed_ = true;
  bool first_page_ = true;
};

class BoolChunkBuilder final : public ChunkBuilder {
 public:
  BoolChunkBuilder(const Field& field, PageCompressor& compressor)
      : ChunkBuilder(field, compressor), values_(kPageRows + 1) {}

 protected:
  Status append_values(const Column& column, std::size_t first, std::size_t count) override {
    const auto* from = column.get<std::uint8_t>().data() + first;
    if (column.validity.empty()) {
      std::memcpy(values_.data() + held_, from, count);
      held_ += count;
    } else {
      held_ += compact(from, column.validity.data(), first, count, values_.data() + held_);
    }
    return {};
  }
  Encoding encode_values(Bytes& body) override {
    for (std::size_t i = 0; i < held_; ++i) (values_[i] != 0 ? any_true_ : any_false_) = true;
    append_bools(values_.data(), held_, body);
    held_ = 0;
    return Encoding::Plain;
  }
  std::size_t encode_dictionary(Bytes&) override { return 0; }
  void set_range(ChunkMeta& meta) override {
    meta.min = std::string(1, any_false_ ? '\0' : '\1');
    meta.max = std::string(1, any_true_ ? '\1' : '\0');
  }
  void start_values() override {
    held_ = 0;
    any_true_ = any_false_ = false;
  }

 private:
  Buffer<std::uint8_t> values_;
  std::size_t held_ = 0;
  bool any_true_ = false;
  bool any_false_ = false;
};

}  // namespace

std::unique_ptr<ChunkBuilder> make_chunk_builder(const Field& field, PageCompressor& compressor) {
  switch (physical_type(field.type)) {
    case PhysicalType::Boolean:
      return std::make_unique<BoolChunkBuilder>(field, compressor);
    case PhysicalType::Int32:
      return std::make_unique<NumberChunkBuilder<std::int32_t>>(field, compressor);
    case PhysicalType::Int64:
      return std::make_unique<NumberChunkBuilder<std::int64_t>>(field, compressor);
    case PhysicalType::Float:
      return std::make_unique<NumberChunkBuilder<float>>(field, compressor);
    case PhysicalType::Double:
      return std::make_unique<NumberChunkBuilder<double>>(field, compressor);
    case PhysicalType::ByteArray:
      return make_text_chunk_builder(field, compressor);
  }
  fail_check("physical type is known", __FILE__, __LINE__, "a value outside of PhysicalType");
}

}  // namespace penstock::detail
