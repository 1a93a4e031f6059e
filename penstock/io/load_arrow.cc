// Arrow's own files as frames.
#include <arrow/io/file.h>
#include <arrow/ipc/reader.h>
#include <arrow/table.h>
#include <fmt/format.h>

#include "penstock/base/text.h"
#include "penstock/frame/detail/arrow_column.h"
#include "penstock/frame/detail/arrow_schema.h"
#include "penstock/io/frame_loaders.h"

namespace penstock {
namespace {

template <class T>
Result<T> unwrap(const std::filesystem::path& path, arrow::Result<T> result) {
  if (result.ok()) return std::move(result).ValueUnsafe();
  return make_error(ErrorCode::Corrupt,
                    path.string() + " is no Arrow file: " + result.status().message());
}

Result<std::shared_ptr<arrow::Table>> read_table(const std::filesystem::path& path) {
  auto file = arrow::io::ReadableFile::Open(path.string());
  if (!file.ok())
    return make_error(ErrorCode::NotFound, "cannot open " + file.status().message());
  auto options = arrow::ipc::IpcReadOptions::Defaults();
  options.ensure_alignment = arrow::ipc::Alignment::kDataTypeSpecificAlignment;
  auto reader = arrow::ipc::RecordBatchFileReader::Open(*file, options);
  if (reader.ok()) {
    arrow::RecordBatchVector batches;
    for (int i = 0; i < (*reader)->num_record_batches(); ++i)
      batches.push_back(PENSTOCK_TRY(unwrap(path, (*reader)->ReadRecordBatch(i))));
    return unwrap(path, arrow::Table::FromRecordBatches((*reader)->schema(), batches));
  }
  // No file has the stream's form as well, which begins without the magic word.
  if (const auto status = (*file)->Seek(0); !status.ok())
    return make_error(ErrorCode::Io, path.string() + ": " + status.message());
  auto stream =
      PENSTOCK_TRY(unwrap(path, arrow::ipc::RecordBatchStreamReader::Open(*file, options)));
  return unwrap(path, stream->ToTable());
}

std::vector<std::string> names_of(const arrow::Table& table) { return table.ColumnNames(); }

/// The position of a column. Arrow's look-up by name finds none where two have it.
Result<int> position_of(const std::string& name, const arrow::Table& table) {
  const auto found = table.schema()->GetAllFieldIndices(name);
  if (found.size() == 1) return found.front();
  if (found.empty())
    return make_error(ErrorCode::NotFound, "has no column " + quote(name) + "; it has " +
                                               join(names_of(table), ", "));
  return make_error(ErrorCode::InvalidData,
                    fmt::format("has {} columns that are called {}; names of columns are unique",
                                found.size(), quote(name)));
}

Result<Frame> frame_of(const arrow::Table& table, const ColumnarSource& source) {
  auto schema = std::make_shared<Schema>();
  schema->name = detail::table_name(source.path);
  Frame frame;
  frame.rows = table.num_rows();
  for (const auto& name : source.columns.empty() ? names_of(table) : source.columns) {
    const auto at = position_of(name, table);
    if (!at.ok())
      return make_error(at.error().code, source.path.string() + " " + at.error().message);
    auto field = detail::from_arrow_field(*table.field(*at));
    if (!field.ok()) return std::move(field).error().within(source.path.string());
    auto column = detail::from_arrow_array(*field, *table.column(*at));
    if (!column.ok()) return std::move(column).error().within(source.path.string());
    schema->fields.push_back(*std::move(field));
    frame.columns.push_back(*std::move(column));
  }
  frame.schema = std::move(schema);
  if (auto sound = frame.validate(); !sound.ok())
    return std::move(sound).error().within(source.path.string());
  return frame;
}

}  // namespace

Result<Frame> load_arrow(const ColumnarSource& source) {
  return frame_of(*PENSTOCK_TRY(read_table(source.path)), source);
}

}  // namespace penstock
