#include "penstock/model/value_codec.h"

namespace penstock::detail {

void LayoutText::add_number(bool is_float, bool is_signed, std::size_t size) {
  add((is_float ? "f" : is_signed ? "i" : "u") + std::to_string(size));
}

void LayoutText::open(std::string_view kind) {
  add(kind);
  text_ += '{';
  first_ = true;
}

void LayoutText::close() {
  text_ += '}';
  first_ = false;
}

void LayoutText::add(std::string_view part) {
  if (!first_) text_ += ',';
  first_ = false;
  text_ += part;
}

}  // namespace penstock::detail
