#include "penstock/model/value_codec.h"

#include "penstock/base/text.h"

namespace penstock::detail {

std::string number_layout(bool is_float, bool is_signed, std::size_t size) {
  return (is_float ? "f" : is_signed ? "i" : "u") + std::to_string(size);
}

std::string joined_layout(std::string_view kind, std::vector<std::string> parts) {
  return std::string(kind) + "{" + join(parts, ",") + "}";
}

}  // namespace penstock::detail
