#include "pipelines/cems/vocabulary.h"

#include <algorithm>
#include <numeric>

#include <penstock/base/text.h>

namespace cems {
namespace {

constexpr int kFirstYear = 1995;
constexpr int kLastPrototypeYear = 2020;
constexpr int kLastYear = 2026;

std::vector<int> year_range(int first, int last) {
  std::vector<int> years(std::size_t(last - first + 1));
  std::iota(years.begin(), years.end(), first);
  return years;
}

std::vector<std::string> prototype_states() {
  return penstock::split(
      "AL AR AZ CA CO CT DC DE FL GA IA ID IL IN KS KY LA MA MD ME MI MN MO MS MT NC ND NE "
      "NH NJ NM NV NY OH OK OR PA RI SC SD TN TX UT VA VT WA WI WV WY",
      ' ');
}

std::vector<std::string> current_states() {
  auto states = prototype_states();
  states.insert(states.end(), {"AK", "HI", "PR"});
  std::ranges::sort(states);
  return states;
}

}  // namespace

std::string_view to_string(Layout layout) {
  return layout == Layout::Current ? "current" : "prototype";
}

const std::vector<int>& years_of(Layout layout) {
  static const auto current = year_range(kFirstYear, kLastYear);
  static const auto prototype = year_range(kFirstYear, kLastPrototypeYear);
  return layout == Layout::Current ? current : prototype;
}

const std::vector<std::string>& states_of(Layout layout) {
  static const auto current = current_states();
  static const auto prototype = prototype_states();
  return layout == Layout::Current ? current : prototype;
}

std::string format_months(std::span<const int> months) {
  if (months.empty()) return "none";
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < months.size();) {
    std::size_t end = i + 1;
    while (end < months.size() && months[end] == months[end - 1] + 1) ++end;
    const auto name = [&](std::size_t at) {
      return std::string(kMonths[std::size_t(months[at]) - 1]);
    };
    if (end - i >= 3) {
      parts.push_back(name(i) + " to " + name(end - 1));
    } else {
      for (std::size_t at = i; at < end; ++at) parts.push_back(name(at));
    }
    i = end;
  }
  return penstock::join(parts, ", ");
}

}  // namespace cems
