#include "penstock/frame/parquet.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "penstock/frame/column_builder.h"
#include "penstock/frame/detail/frame_check.h"
#include "penstock/frame/detail/parquet_chunk.h"
#include "penstock/frame/detail/parquet_compress.h"
#include "penstock/frame/detail/parquet_file.h"

namespace penstock {
namespace {

Status check_required(const Field& field, const Column& column, std::int64_t first,
                      std::int64_t count) {
  if (field.nullable || column.validity.empty()) return {};
  const auto valid =
      detail::count_bits(column.validity.data(), std::size_t(first), std::size_t(count));
  if (const auto nulls = count - std::int64_t(valid); nulls > 0)
    return make_error(ErrorCode::InvalidData,
                      fmt::format("column {} is required but has {} null{}", field.name, nulls,
                                  nulls == 1 ? "" : "s"),
                      "schema_violation");
  return {};
}

std::string_view view(const detail::Bytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Parquet has no seconds.
Result<Column> in_milliseconds(const Field& field, const Column& column, std::int64_t first,
                               std::int64_t count) {
  const auto& seconds = column.get<std::int64_t>();
  ColumnBuilder<std::int64_t> scaled(DataType::Timestamp);
  scaled.reserve(std::size_t(count));
  for (auto i = first; i < first + count; ++i) {
    std::int64_t millis = 0;
    if (column.is_null(i))
      scaled.push_null();
    else if (!__builtin_mul_overflow(seconds[std::size_t(i)], std::int64_t(1000), &millis))
      scaled.push(millis);
    else
      return make_error(ErrorCode::InvalidData,
                        fmt::format("column {} holds {} seconds in row {}, which Parquet, where "
                                    "times are counted in milliseconds, cannot hold",
                                    field.name, seconds[std::size_t(i)], i + 1),
                        "schema_violation");
  }
  return std::move(scaled).finish();
}

}  // namespace

std::string_view to_string(ParquetCompression compression) {
  switch (compression) {
    case ParquetCompression::None:
      return "none";
    case ParquetCompression::Snappy:
      return "snappy";
    case ParquetCompression::Zstd:
      return "zstd";
  }
  return "unknown";
}

Result<ParquetCompression> parse_parquet_compression(std::string_view name) {
  for (const auto known :
       {ParquetCompression::None, ParquetCompression::Snappy, ParquetCompression::Zstd})
    if (name == to_string(known)) return known;
  return make_error(
      ErrorCode::Config,
      fmt::format("compression \"{}\" is not known; expected snappy, zstd or none", name));
}

class ParquetWriter::Impl {
 public:
  Impl(detail::ParquetFile file, std::shared_ptr<const Schema> schema, FileMetadata metadata,
       ParquetOptions options, detail::PageCompressor compressor)
      : file_(std::move(file)),
        schema_(std::move(schema)),
        metadata_(std::move(metadata)),
        options_(options),
        compressor_(std::move(compressor)),
        order_(*schema_) {
    for (const auto& field : schema_->fields)
      chunks_.push_back(detail::make_chunk_builder(field, compressor_));
  }

  Status write(const Frame& frame, std::int64_t first, std::int64_t count) {
    if (failure_) return *failure_;
    auto status = append(frame, first, count);
    if (!status.ok()) failure_ = status.error();
    return status;
  }

  void set_metadata(std::string key, std::string value) {
    metadata_[std::move(key)] = std::move(value);
  }

  Result<ParquetFileInfo> close() {
    if (failure_) return *failure_;
    failure_ =
        make_error(ErrorCode::Internal, fmt::format("{} is closed already", file_.path().string()));
    if (held_rows_ > 0) PENSTOCK_TRY(flush_row_group());
    return file_.commit(*schema_, metadata_);
  }

 private:
  Status append(const Frame& frame, std::int64_t first, std::int64_t count) {
    PENSTOCK_TRY(check(frame, first, count));
    PENSTOCK_TRY(order_.append(frame.columns, first, count));
    while (count > 0) {
      const auto take = std::min(count, options_.row_group_rows - held_rows_);
      for (std::size_t i = 0; i < chunks_.size(); ++i)
        PENSTOCK_TRY(append_column(i, frame.columns[i], first, take));
      held_rows_ += take;
      first += take;
      count -= take;
      if (held_rows_ == options_.row_group_rows) PENSTOCK_TRY(flush_row_group());
    }
    return {};
  }

  Status check(const Frame& frame, std::int64_t first, std::int64_t count) const {
    const auto& fields = schema_->fields;
    if (frame.columns.size() != fields.size())
      return make_error(ErrorCode::InvalidData,
                        fmt::format("the frame has {} columns, the schema of {} has {}",
                                    frame.columns.size(), file_.path().string(), fields.size()),
                        "schema_violation");
    if (first < 0 || count < 0 || first > frame.rows - count)
      return make_error(ErrorCode::InvalidData,
                        fmt::format("rows {} to {} are not in a frame of {} rows", first,
                                    first + count, frame.rows));
    for (std::size_t i = 0; i < fields.size(); ++i) {
      PENSTOCK_TRY(detail::check_column(fields[i], frame.columns[i], frame.rows, first, count));
      PENSTOCK_TRY(check_required(fields[i], frame.columns[i], first, count));
    }
    return {};
  }

  Status append_column(std::size_t i, const Column& column, std::int64_t first,
                       std::int64_t count) {
    const auto& field = schema_->fields[i];
    if (field.type == DataType::Timestamp && field.time_unit == TimeUnit::Second)
      return chunks_[i]->append(PENSTOCK_TRY(in_milliseconds(field, column, first, count)), 0,
                                std::size_t(count));
    return chunks_[i]->append(column, std::size_t(first), std::size_t(count));
  }

  Status flush_row_group() {
    detail::RowGroupMeta group;
    group.rows = held_rows_;
    for (auto& chunk : chunks_) {
      auto meta = PENSTOCK_TRY(chunk->finish());
      const auto offset = file_.offset();
      PENSTOCK_TRY(file_.write(view(chunk->dictionary_page())));
      PENSTOCK_TRY(file_.write(view(chunk->data_pages())));
      meta.data_offset += offset;
      if (meta.dictionary_offset) *meta.dictionary_offset += offset;
      group.columns.push_back(std::move(meta));
      chunk->start();
    }
    held_rows_ = 0;
    return file_.add(std::move(group));
  }

  detail::ParquetFile file_;
  std::shared_ptr<const Schema> schema_;
  FileMetadata metadata_;
  ParquetOptions options_;
  detail::PageCompressor compressor_;
  detail::KeyOrder order_;
  std::vector<std::unique_ptr<detail::ChunkBuilder>> chunks_;
  std::int64_t held_rows_ = 0;
  std::optional<Error> failure_;
};

ParquetWriter::ParquetWriter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ParquetWriter::ParquetWriter(ParquetWriter&& other) noexcept = default;
ParquetWriter& ParquetWriter::operator=(ParquetWriter&& other) noexcept = default;
ParquetWriter::~ParquetWriter() = default;

template <class Target>
Result<ParquetWriter> ParquetWriter::open_on(Target&& target, std::shared_ptr<const Schema> schema,
                                             FileMetadata metadata, ParquetOptions options) {
  if (!schema)
    return make_error(ErrorCode::InvalidData,
                      "the frame has no schema, and a Parquet file needs one; set Frame::schema",
                      "invalid_schema");
  if (options.row_group_rows < 1)
    return make_error(ErrorCode::Config, fmt::format("row_group_rows is {}, expected at least 1",
                                                     options.row_group_rows));
  if (schema->fields.empty())
    return make_error(ErrorCode::Definition, fmt::format("table {} has no columns", schema->name));
  PENSTOCK_TRY(schema->validate());
  auto all = PENSTOCK_TRY(detail::merged_metadata(*schema, std::move(metadata)));
  PENSTOCK_TRY(check_metadata(all));
  auto compressor = PENSTOCK_TRY(detail::PageCompressor::make(options.compression));
  auto file = PENSTOCK_TRY(detail::ParquetFile::open(std::forward<Target>(target)));
  return ParquetWriter(std::make_unique<Impl>(std::move(file), std::move(schema), std::move(all),
                                              options, std::move(compressor)));
}

Result<ParquetWriter> ParquetWriter::open(std::filesystem::path path,
                                          std::shared_ptr<const Schema> schema,
                                          FileMetadata metadata, ParquetOptions options) {
  return open_on(std::move(path), std::move(schema), std::move(metadata), options);
}

Result<ParquetWriter> ParquetWriter::open(ByteSink& sink, std::shared_ptr<const Schema> schema,
                                          FileMetadata metadata, ParquetOptions options) {
  return open_on(sink, std::move(schema), std::move(metadata), options);
}

Status ParquetWriter::write(const Frame& frame) { return impl_->write(frame, 0, frame.rows); }

Status ParquetWriter::write(const Frame& frame, std::int64_t first, std::int64_t count) {
  return impl_->write(frame, first, count);
}

void ParquetWriter::set_metadata(std::string key, std::string value) {
  impl_->set_metadata(std::move(key), std::move(value));
}

Result<ParquetFileInfo> ParquetWriter::close() { return impl_->close(); }

Result<ParquetFileInfo> write_parquet(const std::filesystem::path& path, const Frame& frame,
                                      FileMetadata metadata, ParquetOptions options) {
  auto writer = PENSTOCK_TRY(ParquetWriter::open(path, frame.schema, std::move(metadata), options));
  PENSTOCK_TRY(writer.write(frame));
  return writer.close();
}

Result<ParquetFileInfo> write_parquet(ByteSink& sink, const Frame& frame, FileMetadata metadata,
                                      ParquetOptions options) {
  auto writer = PENSTOCK_TRY(ParquetWriter::open(sink, frame.schema, std::move(metadata), options));
  PENSTOCK_TRY(writer.write(frame));
  return writer.close();
}

}  // namespace penstock
