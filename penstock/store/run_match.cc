#include "penstock/store/run_match.h"

#include <algorithm>

#include "penstock/base/text.h"

namespace penstock::detail {
namespace {

constexpr std::size_t kShortest = 6;
constexpr std::size_t kWhole = 32;

std::string without_dashes(std::string_view text) {
  std::string digits = to_lower(text);
  std::erase(digits, '-');
  return digits;
}

}  // namespace

Result<RunIdPart> RunIdPart::parse(std::string_view text) {
  RunIdPart part;
  part.text_ = text;
  part.digits_ = without_dashes(trim(text));
  const bool is_hex = part.digits_.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (!is_hex || part.digits_.size() < kShortest || part.digits_.size() > kWhole)
    return make_error(ErrorCode::NotFound, "no run " + quote(text) +
                                               "; expected a run id, or at least 6 hexadecimal "
                                               "digits of its beginning or end");
  return part;
}

bool RunIdPart::matches(const RunId& run) const {
  const auto digits = without_dashes(run.to_string());
  return digits.starts_with(digits_) || digits.ends_with(digits_);
}

Error RunIdPart::not_found() const {
  return make_error(ErrorCode::NotFound, "no run " + quote(text_) + " in the log");
}

Error RunIdPart::ambiguous(const RunId& one, const RunId& other) const {
  return make_error(ErrorCode::Conflict,
                    quote(text_) + " is part of several run ids, such as " + one.to_string() +
                        " and " + other.to_string() + "; give more digits",
                    "ambiguous_run");
}

}  // namespace penstock::detail
