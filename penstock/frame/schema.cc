#include "penstock/frame/schema.h"

#include <fmt/format.h>

#include <unordered_set>

#include "penstock/base/text.h"
#include "penstock/base/utf8.h"

namespace penstock {
namespace {

// Parquet files keep a copy of the schema under this key.
constexpr std::string_view kReservedKey = "ARROW:schema";

Error invalid(std::string what) {
  return make_error(ErrorCode::InvalidData, std::move(what), "invalid_schema");
}

/// Checks texts that files carry beside the values, one by one and in all.
class TextCheck {
 public:
  /// `what` names the text in messages: `the description of column load`.
  template <class What>
  Status check(std::string_view text, std::size_t most, const What& what) {
    if (text.size() > most)
      return invalid(fmt::format("{} has {} bytes; at most {} are allowed", what(),
                                 format_count(text.size()), format_count(most)));
    if (!is_utf8(text)) return invalid(fmt::format("{} is not UTF-8", what()));
    total_ += text.size();
    if (total_ <= kMaxSchemaBytes) return {};
    return invalid(fmt::format(
        "the names, descriptions and metadata of the table have more than {} bytes in all; store "
        "long texts in a column or in a file of their own",
        format_count(kMaxSchemaBytes)));
  }

 private:
  std::size_t total_ = 0;
};

Status check_metadata(const std::map<std::string, std::string>& metadata, TextCheck& texts) {
  for (const auto& [key, value] : metadata) {
    if (key == kReservedKey)
      return invalid(fmt::format("the key {} of the metadata belongs to the file format; use "
                                 "another key",
                                 kReservedKey));
    PENSTOCK_TRY(texts.check(key, kMaxNameBytes, [] { return "a key of the metadata"; }));
    PENSTOCK_TRY(texts.check(value, kMaxDescriptionBytes,
                             [&] { return "the value of " + quote(key) + " in the metadata"; }));
  }
  return {};
}

Status check_categories(const Field& field) {
  std::unordered_set<std::string_view> seen;
  for (const auto& text : field.categories) {
    if (!is_utf8(text))
      return invalid(fmt::format("column {} declares a category that is not UTF-8", field.name));
    if (!seen.insert(text).second)
      return invalid(
          fmt::format("column {} declares the category {} twice", field.name, quote(text)));
  }
  return {};
}

Status check_field(const Field& field, std::size_t position, TextCheck& texts) {
  PENSTOCK_TRY(texts.check(field.name, kMaxNameBytes, [&] {
    return fmt::format("the name of column {}, counted from 1,", position + 1);
  }));
  PENSTOCK_TRY(texts.check(field.unit, kMaxNameBytes,
                           [&] { return "the unit of column " + quote(field.name); }));
  PENSTOCK_TRY(texts.check(field.description, kMaxDescriptionBytes,
                           [&] { return "the description of column " + quote(field.name); }));
  return check_categories(field);
}

}  // namespace

std::string_view to_string(DataType type) {
  switch (type) {
    case DataType::Bool:
      return "bool";
    case DataType::Int32:
      return "int32";
    case DataType::Int64:
      return "int64";
    case DataType::Float32:
      return "float32";
    case DataType::Float64:
      return "float64";
    case DataType::Text:
      return "text";
    case DataType::Category:
      return "category";
    case DataType::Date:
      return "date";
    case DataType::Timestamp:
      return "timestamp";
  }
  return "unknown";
}

Status check_metadata(const std::map<std::string, std::string>& metadata) {
  TextCheck texts;
  return check_metadata(metadata, texts);
}

std::optional<std::size_t> Schema::find(std::string_view field) const {
  for (std::size_t i = 0; i < fields.size(); ++i)
    if (fields[i].name == field) return i;
  return {};
}

Status Schema::validate() const {
  TextCheck texts;
  PENSTOCK_TRY(texts.check(name, kMaxNameBytes, [] { return "the name of the table"; }));
  PENSTOCK_TRY(texts.check(description, kMaxDescriptionBytes,
                           [] { return "the description of the table"; }));
  if (fields.size() > kMaxFields)
    return invalid(fmt::format("the table has {} columns; at most {} are allowed",
                               format_count(fields.size()), format_count(kMaxFields)));
  std::unordered_set<std::string_view> names;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const auto& field = fields[i];
    PENSTOCK_TRY(check_field(field, i, texts));
    if (!names.insert(field.name).second)
      return invalid(fmt::format("two columns are called {}; names of columns are unique",
                                 quote(field.name)));
  }
  std::unordered_set<std::string_view> key;
  for (const auto& part : primary_key) {
    if (!names.contains(part))
      return invalid(
          fmt::format("the primary key names {}, which is not a column", quote(part)));
    if (!key.insert(part).second)
      return invalid(fmt::format("the primary key names column {} twice", quote(part)));
  }
  return check_metadata(metadata, texts);
}

}  // namespace penstock
