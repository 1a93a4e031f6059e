// Counts what breaks a check and keeps the first few examples.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <penstock/model/metadata.h>

#include "pipelines/cems/partition.h"

namespace cems {

/// Collects failures of one check.
class Finding {
 public:
  static constexpr std::size_t kMostExamples = 10;

  /// Whether another example would be kept.
  bool wants_example() const { return examples_.size() < kMostExamples; }
  void add(std::int64_t count, std::string example) {
    count_ += count;
    if (wants_example()) examples_.push_back(std::move(example));
  }
  void count(std::int64_t more) { count_ += more; }
  std::int64_t failures() const { return count_; }

  /// The result: passed when nothing was counted. `what` names what was counted, in plural;
  /// `checked` is how much was looked at.
  penstock::CheckResult result(std::string_view check, penstock::CheckSeverity severity,
                               const std::string& partition, std::int64_t checked,
                               std::string_view what) const;

 private:
  std::int64_t count_ = 0;
  std::vector<std::string> examples_;
};

}  // namespace cems
