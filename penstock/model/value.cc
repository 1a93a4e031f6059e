#include "penstock/model/value.h"

namespace penstock::detail {

std::string shown_type_name(std::string_view raw) {
  constexpr std::string_view kMarks[] = {"{anonymous}::", "(anonymous namespace)::"};
  std::string name(raw);
  for (const auto mark : kMarks)
    for (std::size_t at; (at = name.find(mark)) != name.npos;) name.erase(at, mark.size());
  return name;
}

}  // namespace penstock::detail
