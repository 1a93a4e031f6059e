// Frames as Arrow IPC streams, in both directions without copying columns.
#include <arrow/array.h>
#include <arrow/buffer.h>
#include <arrow/extension_type.h>
#include <arrow/io/interfaces.h>
#include <arrow/io/memory.h>
#include <arrow/ipc/reader.h>
#include <arrow/ipc/writer.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/util/align_util.h>
#include <arrow/util/key_value_metadata.h>
#include <fmt/format.h>

#include "penstock/frame/column.h"
#include "penstock/frame/detail/schema_codec.h"

namespace penstock {
namespace {

constexpr std::int32_t kAlignment = 64;
constexpr const char* kSchemaKey = "penstock.schema";
using detail::view_of;

/// Bytes on their way from Arrow to a ByteWriter, which keeps the first error for itself.
class WriterStream final : public arrow::io::OutputStream {
 public:
  explicit WriterStream(ByteWriter& out) : out_(out), begin_(out.position()) {}
  arrow::Status Close() override { return {}; }
  bool closed() const override { return false; }
  arrow::Result<std::int64_t> Tell() const override {
    return std::int64_t(out_.position() - begin_);
  }
  using OutputStream::Write;
  arrow::Status Write(const void* data, std::int64_t size) override {
    out_.block({static_cast<const char*>(data), std::size_t(size)});
    return {};
  }

 private:
  ByteWriter& out_;
  std::uint64_t begin_;
};

/// Memory that somebody else owns.
template <class T>
std::shared_ptr<arrow::Buffer> borrow(const T* at, std::size_t count) {
  return std::make_shared<arrow::Buffer>(reinterpret_cast<const std::uint8_t*>(at),
                                         std::int64_t(count * sizeof(T)));
}

std::shared_ptr<arrow::DataType> storage_type(DataType type) {
  switch (type) {
    case DataType::Bool:
      return arrow::int8();  // one byte each, as the extension type bool8 of Arrow has it
    case DataType::Int32:
      return arrow::int32();
    case DataType::Int64:
    case DataType::Timestamp:
      return arrow::int64();
    case DataType::Float32:
      return arrow::float32();
    case DataType::Float64:
      return arrow::float64();
    case DataType::Text:
      return arrow::large_utf8();
    case DataType::Category:
      return arrow::dictionary(arrow::int32(), arrow::large_utf8());
    case DataType::Date:
      break;
  }
  return arrow::date32();
}

/// As storage_type, with what other readers of the file want to know.
std::shared_ptr<arrow::DataType> shown_type(const Column& column, const Field* field) {
  if (column.type != DataType::Timestamp || field == nullptr) return storage_type(column.type);
  const auto unit = field->time_unit == TimeUnit::Second  ? arrow::TimeUnit::SECOND
                    : field->time_unit == TimeUnit::Milli ? arrow::TimeUnit::MILLI
                                                          : arrow::TimeUnit::MICRO;
  return field->utc_adjusted ? arrow::timestamp(unit, "UTC") : arrow::timestamp(unit);
}

std::shared_ptr<arrow::Field> shown_field(const Column& column, const Field* field) {
  auto facts = std::make_shared<arrow::KeyValueMetadata>();
  if (field != nullptr && !field->description.empty())
    facts->Append("description", field->description);
  if (field != nullptr && !field->unit.empty()) facts->Append("unit", field->unit);
  if (column.type == DataType::Bool) {
    facts->Append("ARROW:extension:name", "arrow.bool8");
    facts->Append("ARROW:extension:metadata", "");
  }
  return arrow::field(field != nullptr ? field->name : "", shown_type(column, field),
                      column.null_count > 0 || field == nullptr || field->nullable,
                      facts->size() > 0 ? facts : nullptr);
}

std::shared_ptr<arrow::ArrayData> dictionary_data(const Dictionary& texts) {
  std::string bytes;
  std::vector<std::int64_t> offsets(1, 0);
  for (const auto& text : texts) {
    bytes += text;
    offsets.push_back(std::int64_t(bytes.size()));
  }
  return arrow::ArrayData::Make(
      arrow::large_utf8(), std::int64_t(texts.size()),
      {nullptr, arrow::Buffer::FromVector(std::move(offsets)),
       arrow::Buffer::FromString(std::move(bytes))},
      0);
}

std::shared_ptr<arrow::ArrayData> array_data(const Column& column,
                                             std::shared_ptr<arrow::DataType> type) {
  std::vector<std::shared_ptr<arrow::Buffer>> buffers(1);
  if (column.null_count > 0)
    buffers[0] = borrow(column.validity.data(), std::size_t(column.size() + 7) / 8);
  std::visit(
      [&](const auto& values) {
        if constexpr (requires { values.offsets; }) {
          buffers.push_back(borrow(values.offsets.data(), values.offsets.size()));
          buffers.push_back(borrow(values.bytes.data(), values.bytes.size()));
        } else {
          buffers.push_back(borrow(values.data(), values.size()));
        }
      },
      column.values);
  auto data = arrow::ArrayData::Make(std::move(type), column.size(), std::move(buffers),
                                     column.null_count);
  if (column.type == DataType::Category)
    data->dictionary = dictionary_data(column.dictionary ? *column.dictionary : Dictionary());
  return data;
}

arrow::Status write_stream(const Frame& frame, ByteWriter& out) {
  arrow::FieldVector fields;
  arrow::ArrayDataVector columns;
  for (std::size_t i = 0; i < frame.columns.size(); ++i) {
    const auto* field = frame.schema && i < frame.schema->fields.size() ? &frame.schema->fields[i]
                                                                        : nullptr;
    fields.push_back(shown_field(frame.columns[i], field));
    columns.push_back(array_data(frame.columns[i], fields.back()->type()));
  }
  const auto schema = arrow::schema(
      std::move(fields), arrow::key_value_metadata({{kSchemaKey, detail::encode_schema(frame)}}));
  WriterStream stream(out);
  auto options = arrow::ipc::IpcWriteOptions::Defaults();
  options.alignment = kAlignment;
  options.allow_64bit = true;
  ARROW_ASSIGN_OR_RAISE(const auto writer, arrow::ipc::MakeStreamWriter(&stream, schema, options));
  ARROW_RETURN_NOT_OK(
      writer->WriteRecordBatch(*arrow::RecordBatch::Make(schema, frame.rows, std::move(columns))));
  return writer->Close();
}

/// Where the texts of an array begin and end. Frame::validate() checks them; before that, only
/// their number is known to be right.
Buffer<std::int64_t> offsets_of(const arrow::ArrayData& data, bool owned) {
  auto offsets = view_of<std::int64_t>(data.buffers[1], data.length + 1, owned);
  if (offsets.empty()) offsets.assign(1, 0);  // an empty array may come without offsets
  return offsets;
}

arrow::Result<std::shared_ptr<const Dictionary>> dictionary_of(const arrow::ArrayData& data) {
  if (!data.dictionary) return arrow::Status::Invalid("it has no dictionary");
  ARROW_ASSIGN_OR_RAISE(auto aligned, arrow::util::EnsureAlignment(
                                          data.dictionary, arrow::util::kValueAlignment,
                                          arrow::default_memory_pool()));
  const arrow::LargeStringArray texts(std::move(aligned));
  ARROW_RETURN_NOT_OK(texts.ValidateFull());
  if (texts.null_count() > 0) return arrow::Status::Invalid("its dictionary holds a null");
  Dictionary dictionary;
  dictionary.reserve(std::size_t(texts.length()));
  for (std::int64_t i = 0; i < texts.length(); ++i) dictionary.emplace_back(texts.GetView(i));
  return std::make_shared<const Dictionary>(std::move(dictionary));
}

/// The column of an array, as it lies there: what it holds is checked by Frame::validate().
arrow::Result<Column> column_of(DataType type, const arrow::ArrayData& data, bool owned) {
  auto column = Column::make(type);
  column.null_count = data.GetNullCount();
  if (column.null_count != 0)
    column.validity = view_of<std::uint8_t>(data.buffers[0], (data.length + 7) / 8, owned);
  std::visit(
      [&]<class Values>(Values& values) {
        if constexpr (std::is_same_v<Values, TextValues>) {
          values.offsets = offsets_of(data, owned);
          values.bytes = view_of<char>(data.buffers[2], values.offsets.back(), owned);
        } else {
          using T = typename Values::value_type;
          values = view_of<T>(data.buffers[1], data.length, owned);
        }
      },
      column.values);
  if (type == DataType::Category) {
    ARROW_ASSIGN_OR_RAISE(column.dictionary, dictionary_of(data));
  }
  return column;
}

/// Whether an array is what storage_type() says, whatever it is called beside that.
bool is_stored_as(DataType type, const arrow::ArrayData& data) {
  const arrow::DataType* found = data.type.get();
  if (found->id() == arrow::Type::EXTENSION)
    found = static_cast<const arrow::ExtensionType&>(*found).storage_type().get();
  if (data.offset != 0) return false;
  if (type == DataType::Timestamp && found->id() == arrow::Type::TIMESTAMP) return true;
  return found->Equals(*storage_type(type));
}

arrow::Result<Frame> columns_of(const arrow::RecordBatch& batch, detail::EncodedSchema declared,
                                bool owned) {
  ARROW_RETURN_NOT_OK(batch.Validate());
  if (std::size_t(batch.num_columns()) != declared.types.size())
    return arrow::Status::Invalid("it has ", batch.num_columns(), " columns, expected ",
                                  declared.types.size());
  Frame frame{std::move(declared.schema), {}, batch.num_rows()};
  for (std::size_t i = 0; i < declared.types.size(); ++i) {
    const auto& data = *batch.column_data(int(i));
    if (!is_stored_as(declared.types[i], data))
      return arrow::Status::Invalid("column ", i, " is ", data.type->ToString(), ", expected ",
                                    storage_type(declared.types[i])->ToString());
    ARROW_ASSIGN_OR_RAISE(auto column, column_of(declared.types[i], data, owned));
    frame.columns.push_back(std::move(column));
  }
  if (const auto sound = frame.validate(); !sound.ok())
    return arrow::Status::Invalid(sound.error().message);
  return frame;
}

arrow::Result<Frame> read_stream(ByteReader& in) {
  // The bytes from here on; Arrow says afterwards how many of them the stream had.
  const auto rest = in.rest();
  const auto source = std::make_shared<arrow::io::BufferReader>(detail::arrow_buffer(rest));
  auto options = arrow::ipc::IpcReadOptions::Defaults();
  options.use_threads = false;
  options.ensure_alignment = arrow::ipc::Alignment::kDataTypeSpecificAlignment;
  ARROW_ASSIGN_OR_RAISE(const auto reader,
                        arrow::ipc::RecordBatchStreamReader::Open(source, options));
  const auto& facts = reader->schema()->metadata();
  if (!facts) return arrow::Status::Invalid("it has no ", kSchemaKey);
  ARROW_ASSIGN_OR_RAISE(const auto described, facts->Get(kSchemaKey));
  auto declared = detail::decode_schema(described);
  if (!declared.ok()) return arrow::Status::Invalid(declared.error().message);
  std::shared_ptr<arrow::RecordBatch> batch, end;
  ARROW_RETURN_NOT_OK(reader->ReadNext(&batch));
  ARROW_RETURN_NOT_OK(reader->ReadNext(&end));
  if (!batch || end) return arrow::Status::Invalid("expected one record batch");
  ARROW_ASSIGN_OR_RAISE(auto frame,
                        columns_of(*batch, std::move(*declared), rest.owner != nullptr));
  ARROW_ASSIGN_OR_RAISE(const auto used, source->Tell());
  in.block(std::size_t(used));
  return frame;
}

}  // namespace

void Frame::encode(ByteWriter& out) const {
  if (auto sound = validate(); !sound.ok()) return out.fail(std::move(sound).error());
  out.align(kAlignment);
  if (const auto status = write_stream(*this, out); !status.ok())
    out.fail(make_error(ErrorCode::Internal, "cannot write a frame: " + status.ToString()));
}

Frame Frame::decode(ByteReader& in) {
  in.align(kAlignment);
  if (!in.ok()) return {};
  auto frame = read_stream(in);
  if (frame.ok()) return std::move(frame).ValueUnsafe();
  in.fail("not a frame: " + frame.status().message());
  return {};
}

}  // namespace penstock
