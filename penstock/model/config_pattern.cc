// Patterns are POSIX extended regular expressions, run by the C library.
#include <regex.h>

#include "penstock/model/config_internal.h"

namespace penstock::detail {

struct PatternMatcher::Compiled {
  explicit Compiled(const std::string& source) : pattern(source) {
    good = regcomp(&regex, ("^(" + source + ")$").c_str(), REG_EXTENDED | REG_NOSUB) == 0;
  }
  Compiled(const Compiled&) = delete;
  Compiled& operator=(const Compiled&) = delete;
  ~Compiled() {
    if (good) regfree(&regex);
  }
  std::string pattern;
  regex_t regex{};
  bool good = false;
};

PatternMatcher::PatternMatcher() = default;
PatternMatcher::~PatternMatcher() = default;

std::optional<bool> PatternMatcher::matches(const std::string& pattern, const std::string& text) {
  const Compiled* compiled = nullptr;
  for (const auto& known : compiled_)
    if (known->pattern == pattern) compiled = known.get();
  if (compiled == nullptr)
    compiled = compiled_.emplace_back(std::make_unique<Compiled>(pattern)).get();
  if (!compiled->good) return {};
  if (text.find('\0') != text.npos) return false;
  return regexec(&compiled->regex, text.c_str(), 0, nullptr, 0) == 0;
}

}  // namespace penstock::detail
