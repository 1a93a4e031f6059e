// What a run is asked to do: the settings as people write them, and the same, checked and in order.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <penstock/base/result.h>

#include "pipelines/cems/partition.h"
#include "pipelines/cems/vocabulary.h"

namespace cems {

/// A file that stands in for a month that an archive lacks.
struct Supplement {
  int year = 0;
  std::string state = {};
  int month = 0;
  std::string file = {};  ///< a CSV file in either dialect
};

/// The settings as they are written, with their defaults.
struct Settings {
  std::vector<int> years = {2017};
  std::vector<std::string> states = {"ID", "ME"};  ///< codes in any case, or `all` alone
  std::vector<std::string> quarters = {};          ///< `2020q4`; instead of years and states
  std::string layout = "current";                  ///< current, prototype
  std::string files = "flat";                      ///< flat, hive
  bool consolidate = false;
  std::string compression = "snappy";              ///< snappy, zstd, none
  int row_group_rows = 100'000;
  std::string missing_partitions = "error";        ///< error, skip
  std::string missing_months = "error";            ///< error, skip
  std::vector<Supplement> supplements = {};
  std::string bad_values = "error";                ///< error, null
};

/// How output files are named.
enum class Files : std::uint8_t { Flat, Hive };

/// What to do about input that is not there.
enum class Missing : std::uint8_t { Error, Skip };

/// What to do about a measure that is no number.
enum class BadValues : std::uint8_t { Error, Null };

/// Settings that can be carried out: every value is known and lists are sorted without duplicates.
struct Scope {
  Layout layout = Layout::Current;
  std::vector<Partition> partitions = {};  ///< what is asked for: year outer, state inner, ascending
  Files files = Files::Flat;
  bool consolidate = false;
  std::string compression = "snappy";
  std::int64_t row_group_rows = 100'000;
  Missing missing_partitions = Missing::Error;
  Missing missing_months = Missing::Error;
  BadValues bad_values = BadValues::Error;
  std::map<Partition, std::map<int, std::string>> supplements = {};  ///< month -> file
};

/// Check the settings and put them in order.
///
/// All problems are reported together as one `settings_invalid`, one a line.
penstock::Result<Scope> check_settings(const Settings& settings);

/// Read a quarter such as `2020q4`; nothing when it is written otherwise or outside the layout.
std::optional<Partition> parse_quarter(const std::string& text, Layout layout);

}  // namespace cems
