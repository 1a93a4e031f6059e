#include "penstock/frame/schema.h"

namespace penstock {

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

std::optional<std::size_t> Schema::find(std::string_view field) const {
  for (std::size_t i = 0; i < fields.size(); ++i)
    if (fields[i].name == field) return i;
  return {};
}

}  // namespace penstock
