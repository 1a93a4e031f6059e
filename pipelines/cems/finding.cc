#include "pipelines/cems/finding.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include <penstock/base/json.h>
#include <penstock/base/text.h>

#include "pipelines/cems/checks.h"

namespace cems {

penstock::CheckResult Finding::result(std::string_view check, penstock::CheckSeverity severity,
                                      const std::string& partition, std::int64_t checked,
                                      std::string_view what) const {
  penstock::CheckResult made;
  made.asset = kAsset;
  made.check = check;
  made.partition = partition;
  made.severity = severity;
  made.passed = count_ == 0;
  made.metadata = {{"checked", checked}, {"failures", count_}};
  if (made.passed) return made;
  made.description = fmt::format("{} {}", count_, what);
  if (!examples_.empty()) {
    made.description += ", e.g. " + examples_.front();
    made.metadata.emplace_back("examples",
                               penstock::MetadataValue::json(penstock::Json(examples_)));
  }
  return made;
}

}  // namespace cems
