// Checks one document against one type; used by config_validate*.cc only.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "penstock/model/config_internal.h"

namespace penstock::detail {

/// A way from the root, on the stack; turned into text only where there is a problem.
struct PathLink {
  const PathLink* up = nullptr;
  std::string_view key = {};
  std::size_t index = 0;
  bool is_index = false;

  std::string text() const;
};

/// Collects the problems of a document while it builds the resolved one.
class ConfigValidator {
 public:
  explicit ConfigValidator(const ConfigPolicy& policy) : policy_(policy) {}

  /// The resolved value; of no use when a problem was found below.
  ConfigValue check(const ConfigType& type, const ConfigValue& value, const PathLink* path);

  ConfigOutcome take(ConfigValue value) &&;

 private:
  struct Given;  // which field each entry of a map means

  ConfigValue check_literal(const ConfigType& type, const ConfigValue& value, const PathLink* path);
  ConfigValue check_any(const ConfigType& type, const ConfigValue& value, const PathLink* path,
                        std::size_t depth);
  /// Documents are text.
  bool check_text(const ConfigType& type, std::string_view text, const ConfigMark& mark,
                  const PathLink* path);
  ConfigValue check_float(const ConfigType& type, const ConfigValue& value, const PathLink* path);
  ConfigValue check_scalar(const ConfigType& type, const ConfigValue& value, const PathLink* path);
  ConfigValue check_int(const ConfigType& type, const ConfigValue& value, const PathLink* path);
  ConfigValue check_enum(const ConfigType& type, const ConfigValue& value, const PathLink* path);
  ConfigValue check_duration(const ConfigType& type, const ConfigValue& value,
                             const PathLink* path);
  ConfigValue check_quantity(const ConfigType& type, const ConfigValue& value,
                             const PathLink* path);
  ConfigValue check_source(const ConfigType& type, const ConfigValue& value, const PathLink* path);
  /// `number` is what is compared: the value, or its bytes or microseconds.
  void check_bounds(const ConfigType& type, const ConfigValue& value, const ConfigValue& number,
                    const PathLink* path);
  void check_choices(const ConfigType& type, const ConfigValue& value, const PathLink* path);
  void check_pattern(const ConfigType& type, const ConfigValue& value, const PathLink* path);

  ConfigValue check_array(const ConfigType& type, const ConfigValue& value, const PathLink* path);
  ConfigValue check_map(const ConfigType& type, const ConfigValue& value, const PathLink* path);
  ConfigValue check_shape(const ConfigType& type, const ConfigValue& value, const PathLink* path);
  ConfigValue check_selector(const ConfigType& type, const ConfigValue& value,
                             const PathLink* path);
  void check_count(const ConfigType& type, const ConfigValue& value, std::size_t count,
                   const PathLink* path);
  /// Match the entries of a map with the fields of a shape, and report those that match none.
  std::vector<const ConfigEntry*> match_fields(const ConfigType& type, const ConfigValue& value,
                                               const PathLink* path, ConfigValue& extras);
  void match_alias(const ConfigType& type, const ConfigEntry& entry, std::size_t field,
                   std::vector<const ConfigEntry*>& given, const PathLink* path);
  ConfigValue check_field(const ConfigField& field, const ConfigEntry* given,
                          const ConfigValue& shape, const PathLink* path);
  void unknown_field(const ConfigType& type, const ConfigEntry& entry, const PathLink* path);
  void run_rules(const ConfigType& type, ConfigValue& value, std::vector<std::string>& invalid,
                 const PathLink* path);

  void problem(ConfigCode code, const ConfigType& type, const ConfigMark& mark,
               const PathLink* path, std::string message, std::string suggestion = {});
  void mismatch(const ConfigType& type, const ConfigValue& value, const PathLink* path,
                std::string_view expected, std::string suggestion = {});
  /// The value in a message; never that of a secret.
  static std::string shown(const ConfigType& type, const ConfigValue& value);

  const ConfigPolicy& policy_;
  PatternMatcher patterns_;
  std::vector<ConfigProblem> problems_;
  std::vector<std::string> warnings_;
};

}  // namespace penstock::detail
