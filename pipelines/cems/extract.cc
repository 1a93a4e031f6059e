#include "pipelines/cems/extract.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include <penstock/base/files.h>
#include <penstock/base/text.h>

#include "pipelines/cems/errors.h"

namespace cems {
namespace {

using penstock::ByteSource;
using penstock::Result;
using penstock::Status;

/// Bytes of CSV per row that no file stays below, to reserve room for the rows of a partition.
constexpr std::uint64_t kLeastRowBytes = 110;

using Months = std::map<int, std::string>;

const Months& supplements_of(const Scope& scope, const Partition& partition) {
  static const Months kNone;
  const auto found = scope.supplements.find(partition);
  return found == scope.supplements.end() ? kNone : found->second;
}

Status refuse_needless(const Archive& archive, const Months& supplements) {
  for (const auto& [month, file] : supplements)
    if (std::ranges::count(archive.missing_months(), month) == 0)
      return problem(
          "settings_invalid",
          fmt::format("supplement {}: {} has month {:02} already; expected a month that it lacks",
                      penstock::quote(file), archive.name(), month));
  return {};
}

void warn_ignored(const penstock::CsvReader& reader, const std::string& shown_name, RawHours& raw) {
  for (const auto& column : reader.ignored_columns())
    if (!is_known_column(column))
      raw.warnings.push_back(
          fmt::format("{}: column {} is not known; ignored", shown_name, penstock::quote(column)));
}

Status read_supplement(const std::string& path, int month, const Scope& scope, RawHours& raw,
                       HourAppender& appender) {
  auto text = PENSTOCK_TRY(penstock::read_file(path));
  const auto name = std::filesystem::path(path).filename().string();
  raw.csv_bytes += text.size();
  raw.supplements.push_back({.name = name, .months = {month}});
  return read_hours(std::make_unique<penstock::MemorySource>(std::move(text)), name, month,
                    scope.bad_values, raw, appender);
}

Status read_archive_file(const Archive& archive, const MonthFile& file, const Scope& scope,
                         RawHours& raw, HourAppender& appender) {
  auto source = PENSTOCK_TRY(archive.open_file(file));
  PENSTOCK_TRY(
      read_hours(std::move(source), file.csv_name, file.month, scope.bad_values, raw, appender));
  raw.csv_bytes += file.csv_bytes;
  if (file.month != 0) raw.sources.back().months.push_back(file.month);
  return {};
}

/// Decide what to do about months that neither the archive nor a supplement has.
Status check_months(const Archive& archive, const Months& supplements, const Scope& scope,
                    RawHours& raw) {
  const bool lacks = std::ranges::any_of(archive.missing_months(),
                                         [&](int month) { return !supplements.contains(month); });
  if (!lacks) return {};
  if (scope.missing_months == Missing::Error) return archive.month_missing();
  raw.warnings.push_back(archive.month_missing().message);
  return {};
}

}  // namespace

Status read_hours(std::unique_ptr<ByteSource> source, std::string shown_name, int month,
                  BadValues bad_values, RawHours& raw, HourAppender& appender) {
  const auto choose = [&](const std::vector<std::string>& header) -> Result<penstock::CsvSpec> {
    return csv_spec(PENSTOCK_TRY(dialect_of(header, shown_name)), raw.layout, bad_values);
  };
  auto reader = PENSTOCK_TRY(
      penstock::CsvReader::open_by_header(std::move(source), choose, {.shown_name = shown_name}));
  warn_ignored(reader, shown_name, raw);
  appender.start_file(month);
  penstock::CsvBatch batch;
  while (PENSTOCK_TRY(reader.next(batch))) PENSTOCK_TRY(appender.append(batch));
  for (std::size_t i = 0; i < measures_of(raw.layout); ++i)
    raw.bad_values[i] += reader.bad_values(SourceColumns::kMeasure + i);
  return {};
}

Status check_supplements(const Datastore& archives, const Partition& partition,
                         const Scope& scope) {
  const auto& supplements = supplements_of(scope, partition);
  if (supplements.empty()) return {};
  return refuse_needless(PENSTOCK_TRY(archives.open_archive(partition)), supplements);
}

Result<RawHours> extract_hours(const Datastore& archives, const Partition& partition,
                               const Scope& scope, std::stop_token stop) {
  const auto archive = PENSTOCK_TRY(archives.open_archive(partition));
  const auto& supplements = supplements_of(scope, partition);
  PENSTOCK_TRY(refuse_needless(archive, supplements));
  RawHours raw;
  raw.partition = partition;
  raw.layout = scope.layout;
  PENSTOCK_TRY(check_months(archive, supplements, scope, raw));
  for (const auto& member : archive.other_members())
    raw.warnings.push_back(fmt::format("{}: member {} is no month of {}; ignored", archive.name(),
                                       penstock::quote(member), partition.describe()));
  raw.sources.push_back({.name = archive.name(), .md5 = archive.md5()});
  std::uint64_t csv_bytes = 0;
  for (const auto& file : archive.files()) csv_bytes += file.csv_bytes;
  HourAppender appender(raw);
  appender.reserve(csv_bytes / kLeastRowBytes);
  auto supplement = supplements.begin();
  for (const auto& file : archive.files()) {
    if (stop.stop_requested())
      return penstock::make_error(penstock::ErrorCode::Canceled,
                                  "stopped before " + file.csv_name);
    for (; supplement != supplements.end() && supplement->first < file.month; ++supplement)
      PENSTOCK_TRY(read_supplement(supplement->second, supplement->first, scope, raw, appender));
    PENSTOCK_TRY(read_archive_file(archive, file, scope, raw, appender));
  }
  for (; supplement != supplements.end(); ++supplement)
    PENSTOCK_TRY(read_supplement(supplement->second, supplement->first, scope, raw, appender));
  return raw;
}

}  // namespace cems
