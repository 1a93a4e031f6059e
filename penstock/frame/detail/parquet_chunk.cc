#include "penstock/frame/detail/parquet_chunk.h"

#include <algorithm>

namespace penstock::detail {

ChunkBuilder::ChunkBuilder(const Field& field, PageCompressor& compressor)
    : field_(field), compressor_(compressor) {
  if (field.nullable) validity_.resize((kPageRows + 7) / 8);
}

Status ChunkBuilder::append(const Column& column, std::size_t first, std::size_t count) {
  while (count > 0) {
    const auto take = std::min(count, kPageRows - page_rows_);
    if (field_.nullable) append_validity(column, first, take);
    PENSTOCK_TRY(append_values(column, first, take));
    page_rows_ += take;
    first += take;
    count -= take;
    if (page_rows_ == kPageRows) PENSTOCK_TRY(flush_page());
  }
  return {};
}

void ChunkBuilder::append_validity(const Column& column, std::size_t first, std::size_t count) {
  if (column.validity.empty())
    set_bits(validity_.data(), page_rows_, count);
  else
    copy_bits(column.validity.data(), first, validity_.data(), page_rows_, count);
}

Status ChunkBuilder::flush_page() {
  body_.clear();
  if (field_.nullable) {
    // Bits behind the last row may be anything; equal rows must give equal bytes.
    if (page_rows_ % 8 != 0) {
      auto& last = validity_[page_rows_ / 8];
      last = std::uint8_t(last & ((1U << (page_rows_ % 8)) - 1));
    }
    nulls_ += std::int64_t(page_rows_ - count_bits(validity_.data(), 0, page_rows_));
    append_levels(validity_.data(), page_rows_, body_);
  }
  const auto encoding = encode_values(body_);
  if (encoding == Encoding::RleDictionary) {
    ++indexed_pages_;
  } else {
    ++direct_pages_;
    direct_encoding_ = encoding;
  }
  uncompressed_ += PENSTOCK_TRY(compressor_.append_page(
      PageType::Data, encoding, std::int64_t(page_rows_), body_, data_pages_));
  rows_ += std::int64_t(page_rows_);
  page_rows_ = 0;
  return {};
}

Result<ChunkMeta> ChunkBuilder::finish() {
  if (page_rows_ > 0) PENSTOCK_TRY(flush_page());
  ChunkMeta meta;
  if (indexed_pages_ > 0) {
    body_.clear();
    const auto entries = encode_dictionary(body_);
    uncompressed_ += PENSTOCK_TRY(compressor_.append_page(
        PageType::Dictionary, Encoding::Plain, std::int64_t(entries), body_, dictionary_page_));
    meta.dictionary_offset = 0;
    meta.encodings = {std::int32_t(Encoding::Plain), std::int32_t(Encoding::RleDictionary)};
    meta.encoding_counts = {
        {std::int32_t(PageType::Dictionary), std::int32_t(Encoding::Plain), 1},
        {std::int32_t(PageType::Data), std::int32_t(Encoding::RleDictionary), indexed_pages_}};
  }
  if (direct_pages_ > 0) {
    const auto encoding = std::int32_t(direct_encoding_);
    if (std::ranges::find(meta.encodings, encoding) == meta.encodings.end())
      meta.encodings.push_back(encoding);
    meta.encoding_counts.push_back({std::int32_t(PageType::Data), encoding, direct_pages_});
  }
  if (field_.nullable) meta.encodings.push_back(std::int32_t(Encoding::Rle));

  meta.type = std::int32_t(physical_type(field_.type));
  meta.name = field_.name;
  meta.codec = std::int32_t(compressor_.codec());
  meta.values = rows_;
  meta.nulls = nulls_;
  meta.uncompressed_bytes = uncompressed_;
  meta.compressed_bytes = std::int64_t(dictionary_page_.size() + data_pages_.size());
  meta.data_offset = std::int64_t(dictionary_page_.size());
  if (rows_ > nulls_) set_range(meta);
  return meta;
}

void ChunkBuilder::start() {
  dictionary_page_.clear();
  data_pages_.clear();
  page_rows_ = 0;
  rows_ = nulls_ = uncompressed_ = 0;
  indexed_pages_ = direct_pages_ = 0;
  start_values();
}

}  // namespace penstock::detail
