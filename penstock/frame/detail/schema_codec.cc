#include "penstock/frame/detail/schema_codec.h"

namespace penstock::detail {
namespace {

void put(ByteWriter& out, const std::vector<std::string>& texts) {
  out.size(texts.size());
  for (const auto& text : texts) out.text(text);
}
std::vector<std::string> get_texts(ByteReader& in) {
  std::vector<std::string> texts(in.count(8));
  for (auto& text : texts) text = in.text();
  return texts;
}

void put(ByteWriter& out, const std::optional<double>& number) {
  out.number(std::uint8_t(number.has_value()));
  if (number) out.number(*number);
}
std::optional<double> get_number(ByteReader& in) {
  return in.number<std::uint8_t>() != 0 ? std::optional(in.number<double>()) : std::nullopt;
}

DataType get_type(ByteReader& in) {
  const auto number = in.number<std::uint8_t>();
  if (number > std::uint8_t(DataType::Timestamp)) in.fail("an unknown type of columns");
  return in.ok() ? DataType(number) : DataType::Int32;
}

void put(ByteWriter& out, const Field& field) {
  out.text(field.name);
  out.number(std::uint8_t(field.type));
  out.number(std::uint8_t(field.nullable));
  out.text(field.unit);
  out.text(field.description);
  out.number(std::uint8_t(field.time_unit));
  out.number(std::uint8_t(field.utc_adjusted));
  put(out, field.categories);
  put(out, field.min);
  put(out, field.max);
}
Field get_field(ByteReader& in) {
  Field field;
  field.name = in.text();
  field.type = get_type(in);
  field.nullable = in.number<std::uint8_t>() != 0;
  field.unit = in.text();
  field.description = in.text();
  const auto unit = in.number<std::uint8_t>();
  if (unit > std::uint8_t(TimeUnit::Micro)) in.fail("an unknown unit of time");
  field.time_unit = in.ok() ? TimeUnit(unit) : TimeUnit::Milli;
  field.utc_adjusted = in.number<std::uint8_t>() != 0;
  field.categories = get_texts(in);
  field.min = get_number(in);
  field.max = get_number(in);
  return field;
}

void put(ByteWriter& out, const Schema& schema) {
  out.text(schema.name);
  out.text(schema.description);
  out.size(schema.fields.size());
  for (const auto& field : schema.fields) put(out, field);
  put(out, schema.primary_key);
  out.size(schema.metadata.size());
  for (const auto& [key, value] : schema.metadata) out.text(key), out.text(value);
}
Schema get_schema(ByteReader& in) {
  Schema schema;
  schema.name = in.text();
  schema.description = in.text();
  for (auto left = in.count(8); left > 0 && in.ok(); --left) schema.fields.push_back(get_field(in));
  schema.primary_key = get_texts(in);
  for (auto left = in.count(16); left > 0 && in.ok(); --left) {
    std::string key(in.text());
    schema.metadata[std::move(key)] = in.text();
  }
  return schema;
}

/// An Arrow buffer that keeps somebody else's owner.
class OwnedBuffer final : public arrow::Buffer {
 public:
  explicit OwnedBuffer(SharedBytes from)
      : arrow::Buffer(reinterpret_cast<const std::uint8_t*>(from.bytes.data()),
                      std::int64_t(from.bytes.size())),
        owner_(std::move(from.owner)) {}

 private:
  std::shared_ptr<const void> owner_;
};

}  // namespace

std::string encode_schema(const Frame& frame) {
  StringSink sink;
  ByteWriter out(sink);
  out.size(frame.columns.size());
  for (const auto& column : frame.columns) out.number(std::uint8_t(column.type));
  out.number(std::uint8_t(frame.schema != nullptr));
  if (frame.schema) put(out, *frame.schema);
  out.finish().value();  // a string takes everything
  return sink.take();
}

Result<EncodedSchema> decode_schema(std::string_view bytes) {
  ByteReader in({nullptr, bytes});
  EncodedSchema found;
  found.types.resize(in.count(1));
  for (auto& type : found.types) type = get_type(in);
  if (in.number<std::uint8_t>() != 0)
    found.schema = std::make_shared<const Schema>(get_schema(in));
  if (!in.ok()) return in.status().error();
  return found;
}

std::shared_ptr<arrow::Buffer> arrow_buffer(SharedBytes bytes) {
  return std::make_shared<OwnedBuffer>(std::move(bytes));
}

}  // namespace penstock::detail
