#include "penstock/base/file_name.h"

#include "penstock/base/md5.h"
#include "penstock/base/text.h"

namespace penstock {

std::string bounded_file_name(std::string name) {
  if (name.size() <= kLongestFileName) return name;
  const auto digest = "~" + md5_hex(name);  // no encoded text contains "~"
  return name.substr(0, kLongestFileName - digest.size()) + digest;
}

std::string file_name(std::string_view text) { return bounded_file_name(percent_encode(text)); }

}  // namespace penstock
