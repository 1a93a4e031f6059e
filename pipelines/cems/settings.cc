#include "pipelines/cems/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include <penstock/base/text.h>

#include "pipelines/cems/errors.h"

namespace cems {
namespace {

constexpr std::int64_t kMostRowGroupRows = 100'000;

using Problems = std::vector<SettingProblem>;

void add(Problems& problems, std::string setting, std::string message) {
  problems.push_back({std::move(setting), std::move(message)});
}

std::string show(int value) { return std::to_string(value); }
std::string show(const std::string& value) { return penstock::quote(value); }

template <class T>
std::string show_list(const std::vector<T>& values) {
  std::vector<std::string> parts;
  for (const auto& value : values) parts.push_back(show(value));
  return "[" + penstock::join(parts, ", ") + "]";
}

/// The values that `allowed` holds, sorted and distinct; the others become one problem.
template <class T>
std::set<T> subset(const std::string& name, const std::vector<T>& values,
                   const std::vector<T>& allowed, const std::string& expected, Problems& problems) {
  std::vector<T> unknown;
  std::set<T> known;
  for (const auto& value : values) {
    if (std::ranges::binary_search(allowed, value)) {
      known.insert(value);
    } else {
      unknown.push_back(value);
    }
  }
  if (!unknown.empty())
    add(problems, name,
        fmt::format("{} {} are not available; expected {}", name, show_list(unknown), expected));
  if (values.empty()) add(problems, name, fmt::format("{} are empty; expected {}", name, expected));
  return known;
}

std::string expected_years(Layout layout) {
  const auto& years = years_of(layout);
  return fmt::format("years from {} to {}", years.front(), years.back());
}

std::set<std::string> check_states(const Settings& settings, Layout layout, Problems& problems) {
  const auto& allowed = states_of(layout);
  const auto expected =
      fmt::format("two-letter codes from {} to {}, or all", allowed.front(), allowed.back());
  std::vector<std::string> states;
  for (const auto& state : settings.states) states.push_back(penstock::to_upper(state));
  const auto all = std::ranges::count(states, "ALL");
  if (all == 0) return subset<std::string>("states", states, allowed, expected, problems);
  if (std::size_t(all) != states.size())
    add(problems, "states",
        fmt::format("states {} name all and others; expected {}", show_list(settings.states),
                    expected));
  return {allowed.begin(), allowed.end()};
}

std::vector<Partition> check_quarters(const Settings& settings, Layout layout, Problems& problems) {
  std::set<Partition> known;
  std::vector<std::string> unknown;
  for (const auto& text : settings.quarters) {
    const auto quarter = parse_quarter(text, layout);
    if (quarter) {
      known.insert(*quarter);
    } else {
      unknown.push_back(text);
    }
  }
  const auto& years = years_of(layout);
  if (!unknown.empty())
    add(problems, "quarters",
        fmt::format("quarters {} are not available; expected {}q1 to {}q4", show_list(unknown),
                    years.front(), years.back()));
  const Settings defaults;
  if (settings.years != defaults.years || settings.states != defaults.states)
    add(problems, "quarters",
        "quarters are set together with years or states; expected one or the other");
  if (settings.files == Files::Hive)
    add(problems, "files", "files \"hive\" needs years and states; expected \"flat\" for quarters");
  return {known.begin(), known.end()};
}

std::vector<Partition> check_partitions(const Settings& settings, Layout layout,
                                        Problems& problems) {
  if (!settings.quarters.empty()) return check_quarters(settings, layout, problems);
  const auto years =
      subset<int>("years", settings.years, years_of(layout), expected_years(layout), problems);
  const auto states = check_states(settings, layout, problems);
  std::vector<Partition> partitions;
  for (const int year : years)
    for (const auto& state : states) partitions.push_back({year, state});
  return partitions;
}

void check_supplements(const Settings& settings, Scope& scope, Problems& problems) {
  for (std::size_t i = 0; i < settings.supplements.size(); ++i) {
    const auto& supplement = settings.supplements[i];
    const Partition partition{supplement.year, penstock::to_upper(supplement.state)};
    const auto name = fmt::format("supplement {}", penstock::quote(supplement.file));
    const auto refuse = [&](const std::string& why) {
      add(problems, fmt::format("supplements[{}]", i), name + ": " + why);
    };
    if (supplement.file.empty()) {
      refuse("has no file");
    } else if (supplement.month < 1 || supplement.month > 12) {
      refuse(fmt::format("month {} does not exist; expected 1 to 12", supplement.month));
    } else if (!std::ranges::binary_search(scope.partitions, partition)) {
      refuse(partition.describe() + " is not among the years and states of this run");
    } else if (!scope.supplements[partition].emplace(supplement.month, supplement.file).second) {
      refuse(fmt::format("month {:02} of {} has another supplement already", supplement.month,
                         partition.describe()));
    }
  }
}

/// The settings in order, and what is wrong with them.
Scope make_scope(const Settings& settings, Problems& problems) {
  Scope scope;
  scope.layout = settings.layout;
  scope.partitions = check_partitions(settings, scope.layout, problems);
  scope.files = settings.files;
  scope.consolidate = settings.consolidate;
  scope.compression = settings.compression;
  scope.row_group_rows = settings.row_group_rows;
  scope.missing_partitions = settings.missing_partitions;
  scope.missing_months = settings.missing_months;
  scope.bad_values = settings.bad_values;
  if (settings.row_group_rows < 1 || settings.row_group_rows > kMostRowGroupRows)
    add(problems, "row_group_rows",
        fmt::format("row_group_rows {} is out of range; expected 1 to {}", settings.row_group_rows,
                    kMostRowGroupRows));
  if (scope.consolidate && scope.files == Files::Hive)
    add(problems, "consolidate",
        "consolidate needs files \"flat\": the form \"hive\" does not store year and state");
  check_supplements(settings, scope, problems);
  return scope;
}

}  // namespace

std::optional<Partition> parse_quarter(const std::string& text, Layout layout) {
  const auto digit = [&](std::size_t at) { return text[at] >= '0' && text[at] <= '9'; };
  if (text.size() != 6 || !digit(0) || !digit(1) || !digit(2) || !digit(3) || text[4] != 'q')
    return {};
  if (text[5] < '1' || text[5] > '4') return {};
  const int year = std::stoi(text.substr(0, 4));
  if (!std::ranges::binary_search(years_of(layout), year)) return {};
  return Partition{year, "", text[5] - '0'};
}

std::vector<SettingProblem> find_problems(const Settings& settings) {
  Problems problems;
  make_scope(settings, problems);
  return problems;
}

penstock::Result<Scope> check_settings(const Settings& settings) {
  Problems problems;
  auto scope = make_scope(settings, problems);
  if (problems.empty()) return scope;
  std::vector<penstock::Error> errors;
  for (auto& one : problems) errors.push_back(problem("settings_invalid", std::move(one.message)));
  return combine(std::move(errors));
}

}  // namespace cems
