// Finds runs by a part of their id, as people type them.
#pragma once

#include <string>
#include <string_view>

#include "penstock/base/ids.h"

namespace penstock::detail {

/// A part of a run id: whole, or 6 and more hexadecimal digits of its front or end.
class RunIdPart {
 public:
  /// Dashes are ignored. NotFound for what cannot be part of any id.
  static Result<RunIdPart> parse(std::string_view text);

  /// The digits in lower case, without dashes.
  const std::string& digits() const { return digits_; }
  /// True when the id begins or ends with the digits.
  bool matches(const RunId& run) const;
  /// The error when no run matches.
  Error not_found() const;
  /// The error when two runs match.
  Error ambiguous(const RunId& one, const RunId& other) const;

 private:
  std::string text_, digits_;
};

}  // namespace penstock::detail
