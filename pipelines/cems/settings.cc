#include "pipelines/cems/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include <penstock/base/text.h>

#include "pipelines/cems/errors.h"

namespace cems {
namespace {

using Problems = std::vector<penstock::Error>;

void add(Problems& problems, std::string message) {
  problems.push_back(problem("settings_invalid", std::move(message)));
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
std::set<T> subset(std::string_view name, const std::vector<T>& values,
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
    add(problems, fmt::format("{} {} are not available; expected {}", name, show_list(unknown), expected));
  if (values.empty()) add(problems, fmt::format("{} are empty; expected {}", name, expected));
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
    add(problems, fmt::format("states {} name all and others; expected {}",
                              show_list(settings.states), expected));
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
    add(problems, fmt::format("quarters {} are not available; expected {}q1 to {}q4",
                              show_list(unknown), years.front(), years.back()));
  const Settings defaults;
  if (settings.years != defaults.years || settings.states != defaults.states)
    add(problems, "quarters are set together with years or states; expected one or the other");
  if (settings.files == "hive")
    add(problems, "files \"hive\" needs years and states; expected \"flat\" for quarters");
  return {known.begin(), known.end()};
}

std::vector<Partition> check_partitions(const Settings& settings, Layout layout,
                                        Problems& problems) {
  if (!settings.quarters.empty()) return check_quarters(settings, layout, problems);
  const auto years = subset<int>("years", settings.years, years_of(layout), expected_years(layout), problems);
  const auto states = check_states(settings, layout, problems);
  std::vector<Partition> partitions;
  for (const int year : years)
    for (const auto& state : states) partitions.push_back({year, state});
  return partitions;
}

void check_supplements(const Settings& settings, Scope& scope, Problems& problems) {
  for (const auto& supplement : settings.supplements) {
    const Partition partition{supplement.year, penstock::to_upper(supplement.state)};
    const auto name = fmt::format("supplement {}", penstock::quote(supplement.file));
    const bool asked = std::ranges::binary_search(scope.partitions, partition);
    if (supplement.file.empty()) add(problems, "a supplement has no file");
    if (supplement.month < 1 || supplement.month > 12) {
      add(problems, fmt::format("{}: month {} does not exist; expected 1 to 12", name, supplement.month));
    } else if (!asked) {
      add(problems, fmt::format("{}: {} is not among the years and states of this run", name,
                                partition.describe()));
    } else if (!scope.supplements[partition].emplace(supplement.month, supplement.file).second) {
      add(problems, fmt::format("{}: month {:02} of {} has another supplement already", name,
                                supplement.month, partition.describe()));
    }
  }
}

/// The position of a word among those allowed, which stand in the order of the enumeration.
template <class E>
E choice(std::string_view key, const std::string& value, const std::vector<std::string>& allowed,
         Problems& problems) {
  const auto at = std::ranges::find(allowed, value);
  if (at != allowed.end()) return E(at - allowed.begin());
  add(problems, fmt::format("{} {} is not known; expected {}", key, show(value),
                            penstock::join(allowed, " or ")));
  return E{};
}

}  // namespace

std::optional<Partition> parse_quarter(const std::string& text, Layout layout) {
  const auto digit = [&](std::size_t at) { return text[at] >= '0' && text[at] <= '9'; };
  if (text.size() != 6 || !digit(0) || !digit(1) || !digit(2) || !digit(3) || text[4] != 'q') return {};
  if (text[5] < '1' || text[5] > '4') return {};
  const int year = std::stoi(text.substr(0, 4));
  if (!std::ranges::binary_search(years_of(layout), year)) return {};
  return Partition{year, "", text[5] - '0'};
}

penstock::Result<Scope> check_settings(const Settings& settings) {
  Problems problems;
  Scope scope;
  scope.layout = choice<Layout>("layout", settings.layout, {"current", "prototype"}, problems);
  scope.partitions = check_partitions(settings, scope.layout, problems);
  scope.files = choice<Files>("files", settings.files, {"flat", "hive"}, problems);
  scope.consolidate = settings.consolidate;
  scope.compression = settings.compression;
  choice<int>("compression", settings.compression, {"snappy", "zstd", "none"}, problems);
  scope.row_group_rows = settings.row_group_rows;
  if (settings.row_group_rows < 1 || settings.row_group_rows > 100'000)
    add(problems, fmt::format("row_group_rows {} is out of range; expected 1 to 100000",
                              settings.row_group_rows));
  scope.missing_partitions = choice<Missing>("missing_partitions", settings.missing_partitions,
                                             {"error", "skip"}, problems);
  scope.missing_months =
      choice<Missing>("missing_months", settings.missing_months, {"error", "skip"}, problems);
  scope.bad_values =
      choice<BadValues>("bad_values", settings.bad_values, {"error", "null"}, problems);
  if (scope.consolidate && scope.files == Files::Hive)
    add(problems, "consolidate needs files \"flat\": the form \"hive\" does not store year and state");
  check_supplements(settings, scope, problems);
  if (!problems.empty()) return combine(std::move(problems));
  return scope;
}

}  // namespace cems
