#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "penstock/frame/detail/parquet_chunk.h"
#include "penstock/frame/detail/parquet_dictionary.h"

namespace penstock::detail {
namespace {

constexpr std::uint32_t kUnmapped = 0xFFFFFFFF;
// A dictionary of free text is given up when it has grown to this, or when little repeats.
constexpr std::size_t kMaxDictionaryBytes = std::size_t(1) << 20;

// Texts as dictionary indices; free text falls back to plain pages.
class TextChunkBuilder final : public ChunkBuilder {
 public:
  TextChunkBuilder(const Field& field, PageCompressor& compressor)
      : ChunkBuilder(field, compressor) {
    TextChunkBuilder::start_values();
  }

 protected:
  Status append_values(const Column& column, std::size_t first, std::size_t count) override {
    if (column.type == DataType::Category) return append_categories(column, first, count);
    append_texts(column, first, count);
    return {};
  }

  Encoding encode_values(Bytes& body) override {
    if (plain_) {
      append_bytes(body, plain_values_.data(), plain_values_.size());
      plain_values_.clear();
      return Encoding::Plain;
    }
    append_indices(indices_.data(), indices_.size(), dictionary_.size(), body);
    seen_ += indices_.size();
    indices_.clear();
    const bool declared = field().type == DataType::Category;
    plain_ = !declared && (dictionary_.bytes() > kMaxDictionaryBytes ||
                           (dictionary_.size() > 1024 && dictionary_.size() > seen_ / 2));
    return Encoding::RleDictionary;
  }

  std::size_t encode_dictionary(Bytes& body) override {
    for (const auto& text : dictionary_.texts()) append_text(text, body);
    return dictionary_.size();
  }

  void set_range(ChunkMeta& meta) override {
    for (std::size_t i = 0; i < used_.size(); ++i)
      if (used_[i] != 0) widen(dictionary_.texts()[i]);
    meta.min = least_;
    meta.max = greatest_;
  }

  void start_values() override {
    dictionary_.clear();
    if (field().type == DataType::Category)
      for (const auto& text : field().categories) dictionary_.find_or_add(text);
    used_.assign(dictionary_.size(), 0);
    mapped_ = nullptr;
    plain_ = false;
    seen_ = 0;
    indices_.clear();
    plain_values_.clear();
    least_.reset();
    greatest_.reset();
  }

 private:
  void widen(std::string_view text) {
    if (!least_ || text < *least_) least_ = text;
    if (!greatest_ || text > *greatest_) greatest_ = text;
  }

  std::uint32_t number_of(std::string_view text) {
    const auto number = dictionary_.find_or_add(text);
    used_.resize(dictionary_.size(), 0);
    used_[number] = 1;
    return number;
  }

  void add_plain(std::string_view text) {
    widen(text);
    append_text(text, plain_values_);
  }

  void append_texts(const Column& column, std::size_t first, std::size_t count) {
    const auto& text = std::get<TextValues>(column.values);
    const char* bytes = text.bytes.data();
    std::optional<std::string_view> last;
    std::uint32_t last_number = 0;
    for (std::size_t i = first; i < first + count; ++i) {
      if (column.is_null(std::int64_t(i))) continue;
      const std::string_view value(bytes + text.offsets[i],
                                   std::size_t(text.offsets[i + 1] - text.offsets[i]));
      if (plain_) {
        add_plain(value);
        continue;
      }
      if (last != value) {
        last_number = number_of(value);
        last = value;
      }
      indices_.push_back(last_number);
    }
  }

  Status append_categories(const Column& column, std::size_t first, std::size_t count) {
    const auto* values = column.get<std::int32_t>().data();
    const auto start = indices_.size();
    const auto* signed_indices = values + first;
    if (!column.validity.empty()) {
      kept_.resize(kPageRows + 1);
      const auto kept = compact(values + first, column.validity.data(), first, count, kept_.data());
      signed_indices = kept_.data();
      count = kept;
    }
    std::uint32_t highest = 0;
    for (std::size_t i = 0; i < count; ++i)
      highest = std::max(highest, std::uint32_t(signed_indices[i]));
    const auto size = column.dictionary ? column.dictionary->size() : 0;
    if (count > 0 && highest >= size)
      return make_error(ErrorCode::InvalidData,
                        fmt::format("column {} holds index {} but its dictionary has {} texts",
                                    field().name, std::int32_t(highest), size));
    if (plain_) {
      for (std::size_t i = 0; i < count; ++i)
        add_plain((*column.dictionary)[std::size_t(signed_indices[i])]);
      return {};
    }
    map_dictionary(column);
    indices_.resize(start + count);
    for (std::size_t i = 0; i < count; ++i) {
      auto& number = map_[std::size_t(signed_indices[i])];
      if (number == kUnmapped)
        number = number_of((*column.dictionary)[std::size_t(signed_indices[i])]);
      indices_[start + i] = number;
    }
    return {};
  }

  // Holding the dictionary keeps its address from being given to another one.
  void map_dictionary(const Column& column) {
    if (mapped_ != column.dictionary) {
      mapped_ = column.dictionary;
      map_.clear();
    }
    if (mapped_) map_.resize(mapped_->size(), kUnmapped);
  }

  TextDictionary dictionary_;
  std::vector<std::uint8_t> used_;  // by number: the text occurs in the chunk
  std::shared_ptr<const Dictionary> mapped_;
  std::vector<std::uint32_t> map_;  // from indices of mapped_ to numbers
  Buffer<std::int32_t> kept_;
  Buffer<std::uint32_t> indices_;
  bool plain_ = false;
  Bytes plain_values_;
  std::size_t seen_ = 0;
  std::optional<std::string> least_, greatest_;
};

}  // namespace

std::unique_ptr<ChunkBuilder> make_text_chunk_builder(const Field& field,
                                                      PageCompressor& compressor) {
  return std::make_unique<TextChunkBuilder>(field, compressor);
}

}  // namespace penstock::detail
