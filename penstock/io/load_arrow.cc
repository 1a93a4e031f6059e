// Arrow's own files as frames.
#include <arrow/io/file.h>
#include <arrow/ipc/reader.h>
#include <arrow/table.h>

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
  auto reader = arrow::ipc::RecordBatchFileReader::Open(*file);
  if (reader.ok()) {
    arrow::RecordBatchVector batches;
    for (int i = 0; i < (*reader)->num_record_batches(); ++i)
      batches.push_back(PENSTOCK_TRY(unwrap(path, (*reader)->ReadRecordBatch(i))));
    return unwrap(path, arrow::Table::FromRecordBatches((*reader)->schema(), batches));
  }
  // No file has the stream's form as well, which begins without the magic word.
  if (const auto status = (*file)->Seek(0); !status.ok())
    return make_error(ErrorCode::Io, path.string() + ": " + status.message());
  auto stream = PENSTOCK_TRY(unwrap(path, arrow::ipc::RecordBatchStreamReader::Open(*file)));
  return unwrap(path, stream->ToTable());
}

std::vector<std::string> names_of(const arrow::Table& table) { return table.ColumnNames(); }

}  // namespace

Result<Frame> load_arrow(const ColumnarSource& source) {
  const auto table = PENSTOCK_TRY(read_table(source.path));
  auto schema = std::make_shared<Schema>();
  schema->name = source.path.stem().string();
  Frame frame;
  frame.rows = table->num_rows();
  for (const auto& name : source.columns.empty() ? names_of(*table) : source.columns) {
    const auto field = table->schema()->GetFieldByName(name);
    if (!field)
      return make_error(ErrorCode::NotFound, source.path.string() + " has no column " +
                                                 quote(name) + "; it has " +
                                                 join(names_of(*table), ", "));
    schema->fields.push_back(PENSTOCK_TRY(detail::from_arrow_field(*field)));
    frame.columns.push_back(PENSTOCK_TRY(
        detail::from_arrow_array(schema->fields.back(), *table->GetColumnByName(name))));
  }
  frame.schema = std::move(schema);
  return frame;
}

}  // namespace penstock
