#include "penstock/frame/detail/arrow_schema.h"

#include <arrow/buffer.h>
#include <arrow/ipc/writer.h>
#include <arrow/type.h>
#include <arrow/util/base64.h>
#include <arrow/util/key_value_metadata.h>
#include <fmt/format.h>

namespace penstock::detail {
namespace {

std::shared_ptr<arrow::DataType> arrow_type(const Field& field) {
  switch (field.type) {
    case DataType::Bool:
      return arrow::boolean();
    case DataType::Int32:
      return arrow::int32();
    case DataType::Int64:
      return arrow::int64();
    case DataType::Float32:
      return arrow::float32();
    case DataType::Float64:
      return arrow::float64();
    case DataType::Text:
      return arrow::utf8();
    case DataType::Category:
      return arrow::dictionary(arrow::int32(), arrow::utf8());
    case DataType::Date:
      return arrow::date32();
    case DataType::Timestamp:
      break;
  }
  // Parquet has no seconds: they are stored, and come back, as milliseconds.
  const auto unit =
      field.time_unit == TimeUnit::Micro ? arrow::TimeUnit::MICRO : arrow::TimeUnit::MILLI;
  return field.utc_adjusted ? arrow::timestamp(unit, "UTC") : arrow::timestamp(unit);
}

Status set_timestamp(const arrow::DataType& type, Field& field) {
  const auto& timestamp = static_cast<const arrow::TimestampType&>(type);
  field.type = DataType::Timestamp;
  field.utc_adjusted = !timestamp.timezone().empty();
  switch (timestamp.unit()) {
    case arrow::TimeUnit::SECOND:
      field.time_unit = TimeUnit::Second;
      return {};
    case arrow::TimeUnit::MILLI:
      field.time_unit = TimeUnit::Milli;
      return {};
    case arrow::TimeUnit::MICRO:
      field.time_unit = TimeUnit::Micro;
      return {};
    case arrow::TimeUnit::NANO:
      break;
  }
  return make_error(ErrorCode::InvalidData,
                    fmt::format("column {} counts nanoseconds; frames hold seconds, milliseconds "
                                "or microseconds",
                                field.name));
}

Status set_type(const arrow::DataType& type, Field& field) {
  switch (type.id()) {
    case arrow::Type::BOOL:
      field.type = DataType::Bool;
      return {};
    case arrow::Type::INT32:
      field.type = DataType::Int32;
      return {};
    case arrow::Type::INT64:
      field.type = DataType::Int64;
      return {};
    case arrow::Type::FLOAT:
      field.type = DataType::Float32;
      return {};
    case arrow::Type::DOUBLE:
      field.type = DataType::Float64;
      return {};
    case arrow::Type::STRING:
    case arrow::Type::LARGE_STRING:
      field.type = DataType::Text;
      return {};
    case arrow::Type::DATE32:
      field.type = DataType::Date;
      return {};
    case arrow::Type::TIMESTAMP:
      return set_timestamp(type, field);
    case arrow::Type::DICTIONARY: {
      const auto& dictionary = static_cast<const arrow::DictionaryType&>(type);
      if (dictionary.index_type()->id() == arrow::Type::INT32 &&
          dictionary.value_type()->id() == arrow::Type::STRING) {
        field.type = DataType::Category;
        return {};
      }
      break;
    }
    default:
      break;
  }
  return make_error(ErrorCode::InvalidData, fmt::format("column {} is {}, which frames cannot hold",
                                                        field.name, type.ToString()));
}

}  // namespace

std::shared_ptr<arrow::Field> to_arrow_field(const Field& field) {
  auto metadata = std::make_shared<arrow::KeyValueMetadata>();
  if (!field.description.empty()) metadata->Append("description", field.description);
  if (!field.unit.empty()) metadata->Append("unit", field.unit);
  if (metadata->size() == 0) metadata = nullptr;
  return arrow::field(field.name, arrow_type(field), field.nullable, std::move(metadata));
}

Result<std::string> embedded_arrow_schema(const Schema& schema) {
  arrow::FieldVector fields;
  for (const auto& field : schema.fields) fields.push_back(to_arrow_field(field));
  const auto bytes = arrow::ipc::SerializeSchema(*arrow::schema(std::move(fields)));
  if (!bytes.ok())
    return make_error(ErrorCode::Internal,
                      "cannot serialize the Arrow schema: " + bytes.status().ToString());
  return arrow::util::base64_encode(std::string_view(**bytes));
}

Result<Field> from_arrow_field(const arrow::Field& field) {
  Field out;
  out.name = field.name();
  out.nullable = field.nullable();
  PENSTOCK_TRY(set_type(*field.type(), out));
  if (const auto& metadata = field.metadata()) {
    out.description = metadata->Get("description").ValueOr("");
    out.unit = metadata->Get("unit").ValueOr("");
  }
  return out;
}

}  // namespace penstock::detail
