// What a struct's own rules see: `static void check(C& config, ps::ConfigCheck& check)`.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "penstock/model/config_value.h"

namespace penstock {

/// Collects what a struct's own rules find wrong, at the position of the field in question.
///
/// The rules run even when single fields are wrong, so that everything is reported at once; such a
/// field then holds its default, and valid() says so. They may also normalise the struct (sort a
/// list, change case): the resolved document shows the result. They run when a document is checked
/// (sources from the environment unresolved) and again when it is decoded, so must be idempotent.
class ConfigCheck {
 public:
  /// `path` leads to `value`; `invalid` are the fields that have problems already.
  ConfigCheck(std::string path, const ConfigValue& value, std::span<const std::string> invalid)
      : path_(std::move(path)), value_(value), invalid_(invalid) {}

  /// Report a problem of a field, given as `states`, `supplements[2].year`, or "" for the struct.
  /// A problem of a field that has problems already is dropped.
  void problem(std::string_view field, std::string message, std::string suggestion = {},
               ConfigCode code = ConfigCode::PostProcessing);
  /// False when the field has a problem and therefore holds its default.
  bool valid(std::string_view field) const;

  const std::vector<ConfigProblem>& problems() const { return problems_; }

 private:
  std::string path_;
  const ConfigValue& value_;
  std::span<const std::string> invalid_;
  std::vector<ConfigProblem> problems_;
};

}  // namespace penstock
