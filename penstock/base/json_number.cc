#include "penstock/base/json_number.h"

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>

namespace penstock {

std::string_view special_number(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  return {};
}

Json json_number(double value) {
  const auto special = special_number(value);
  return special.empty() ? Json(value) : Json(std::string(special));
}

std::optional<double> read_json_number(const Json& json) {
  using Limits = std::numeric_limits<double>;
  if (json.is_number()) return json.get<double>();
  if (!json.is_string()) return {};
  const auto& text = json.get_ref<const std::string&>();
  for (const double special : {Limits::infinity(), -Limits::infinity(), Limits::quiet_NaN()})
    if (text == special_number(special)) return special;
  return {};
}

}  // namespace penstock
