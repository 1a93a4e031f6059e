// Paths into documents: `ops.load.config.years[3]`, and `a["b.c"]` for keys that are no names.
#include <charconv>

#include "penstock/base/text.h"
#include "penstock/model/config_internal.h"

namespace penstock {
namespace detail {
namespace {

bool is_plain_key(std::string_view key) {
  if (key.empty()) return false;
  for (char c : key) {
    const bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!word && c != '_' && c != '-' && c != '/') return false;
  }
  return true;
}

// Takes the `["key"]` or `[3]` at the front of `rest`.
std::optional<PathStep> take_bracket(std::string_view& rest) {
  if (!rest.starts_with("[\"")) {
    const auto close = rest.find(']');
    std::size_t index = 0;
    if (close == rest.npos) return {};
    const auto [end, status] = std::from_chars(rest.data() + 1, rest.data() + close, index);
    if (status != std::errc() || end != rest.data() + close) return {};
    rest.remove_prefix(close + 1);
    return index;
  }
  std::string key;
  for (std::size_t i = 2; i < rest.size(); ++i) {
    if (rest[i] == '\\' && i + 1 < rest.size()) {
      key += rest[++i];
    } else if (rest[i] != '"') {
      key += rest[i];
    } else if (rest.substr(i).starts_with("\"]")) {
      rest.remove_prefix(i + 2);
      return key;
    } else {
      return {};
    }
  }
  return {};
}

}  // namespace

std::string path_key(const std::string& path, std::string_view key) {
  if (!is_plain_key(key)) return path + "[" + quote(key) + "]";
  std::string out = path;
  if (!out.empty()) out += '.';
  out += key;
  return out;
}

std::string path_index(const std::string& path, std::size_t index) {
  return path + "[" + std::to_string(index) + "]";
}

std::optional<std::vector<PathStep>> parse_path(std::string_view path) {
  std::vector<PathStep> steps;
  while (!path.empty()) {
    if (path[0] == '[') {
      auto step = take_bracket(path);
      if (!step) return {};
      steps.push_back(std::move(*step));
      continue;
    }
    if (!steps.empty()) {
      if (path[0] != '.') return {};
      path.remove_prefix(1);
    }
    const auto end = std::min(path.find_first_of(".["), path.size());
    if (end == 0) return {};
    steps.emplace_back(std::string(path.substr(0, end)));
    path.remove_prefix(end);
  }
  return steps;
}

}  // namespace detail

const ConfigValue* find_path(const ConfigValue& root, std::string_view path) {
  const auto steps = detail::parse_path(path);
  if (!steps) return nullptr;
  const ConfigValue* at = &root;
  for (const auto& step : *steps) {
    if (const auto* key = std::get_if<std::string>(&step)) {
      at = at->find(*key);
    } else {
      const auto index = std::get<std::size_t>(step);
      at = index < at->items().size() ? &at->items()[index] : nullptr;
    }
    if (at == nullptr) return nullptr;
  }
  return at;
}

}  // namespace penstock
