#include "penstock/model/asset_key.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "penstock/base/utf8.h"

namespace penstock {
namespace {

constexpr std::size_t kLongestKey = 1024;

/// The parts of a key; nothing when a backslash stands before something else.
std::optional<std::vector<std::string>> parts_of(std::string_view key) {
  std::vector<std::string> parts(1);
  for (std::size_t i = 0; i < key.size(); ++i) {
    if (key[i] == '/') {
      parts.emplace_back();
      continue;
    }
    if (key[i] == '\\' && (++i == key.size() || (key[i] != '/' && key[i] != '\\'))) return {};
    parts.back() += key[i];
  }
  return parts;
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

}  // namespace

std::string mistake_in_asset_key(std::string_view key) {
  if (key.empty()) return "it is empty";
  if (key.size() > kLongestKey)
    return "it has " + std::to_string(key.size()) + " bytes, at most " +
           std::to_string(kLongestKey);
  if (!is_utf8(key)) return "it is not UTF-8";
  if (std::ranges::any_of(key, is_control)) return "it has a control character";
  const auto parts = parts_of(key);
  if (!parts) return "a backslash in it is before neither / nor another one";
  for (const auto& part : *parts) {
    if (part.empty()) return "it has an empty part";
    if (part == "." || part == "..") return "it has the part \"" + part + "\"";
  }
  return {};
}

}  // namespace penstock
