#include "pipelines/cems/transform.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>
#include <unordered_map>

#include "pipelines/cems/checks.h"
#include "pipelines/cems/errors.h"
#include "pipelines/cems/frame_columns.h"
#include "pipelines/cems/layouts.h"

namespace cems {
namespace {

using penstock::Column;
using penstock::Frame;
using penstock::Result;

constexpr std::int64_t kMillisPerSecond = 1000;
constexpr double kPoundsPerThousand = 1000;

using MakeColumn = std::function<Column(const FrameColumns&)>;

MakeColumn measure(Measure which, Layout layout) {
  const auto rule = rule_of(which, layout);
  return [=](const FrameColumns& columns) { return columns.measure(which, rule); };
}

MakeColumn code(Code which) {
  return [=](const FrameColumns& columns) { return columns.code(which); };
}

/// How the columns of a layout are made, in the order of its schema.
std::vector<MakeColumn> column_makers(Layout layout) {
  const auto state = [=](const FrameColumns& columns) { return columns.state(states_of(layout)); };
  const auto ticks = layout == Layout::Current ? kMillisPerSecond : 1;
  const auto start = [=](const FrameColumns& columns) { return columns.start_of_hour(ticks); };
  const auto of = [=](Measure which) { return measure(which, layout); };
  if (layout == Layout::Current)
    return {&FrameColumns::plant_eia,   &FrameColumns::plant_epa,
            &FrameColumns::unit,        start,
            &FrameColumns::year,        state,
            of(Measure::OperatingTime), of(Measure::GrossLoad),
            of(Measure::HeatInput),     of(Measure::SteamLoad),
            of(Measure::So2Mass),       code(Code::So2Mass),
            of(Measure::NoxMass),       code(Code::NoxMass),
            of(Measure::Co2Mass),       code(Code::Co2Mass)};
  return {state,
          &FrameColumns::plant_eia,
          &FrameColumns::unit,
          start,
          of(Measure::OperatingTime),
          of(Measure::GrossLoad),
          of(Measure::SteamLoad),
          of(Measure::So2Mass),
          code(Code::So2Mass),
          of(Measure::NoxRate),
          code(Code::NoxRate),
          of(Measure::NoxMass),
          code(Code::NoxMass),
          of(Measure::Co2Mass),
          code(Code::Co2Mass),
          of(Measure::HeatInput),
          &FrameColumns::facility_id,
          &FrameColumns::unit_id_epa,
          &FrameColumns::year};
}

Frame make_frame(const RawHours& raw, const OrderedHours& ordered, Files files) {
  Frame frame;
  frame.schema = stored_schema(raw.layout, files);
  frame.rows = raw.rows;
  const FrameColumns columns(raw, ordered);
  const auto& fields = schema_of(raw.layout)->fields;
  const auto makers = column_makers(raw.layout);
  PENSTOCK_CHECK(makers.size() == fields.size(), "every field has a maker");
  for (std::size_t i = 0; i < fields.size(); ++i)
    if (frame.schema->find(fields[i].name)) frame.columns.push_back(makers[i](columns));
  return frame;
}

void describe(const RawHours& raw, const OrderedHours& ordered, HourlyTable& table) {
  table.partition = raw.partition;
  table.layout = raw.layout;
  table.units = ordered.counts;
  table.unit_count = std::int64_t(ordered.units.size());
  std::set<std::int32_t> plants;
  for (const auto& unit : ordered.units) plants.insert(unit.plant_epa);
  table.plant_count = std::int64_t(plants.size());
  table.load_rule_hits = std::ranges::count_if(raw.values(Measure::GrossLoad),
                                               [](double load) { return load > kLargestLoad; });
  table.csv_bytes = raw.csv_bytes;
  table.sources = raw.sources;
  table.supplements = raw.supplements;
  table.warnings = raw.warnings;
  for (const auto bad : raw.bad_values) table.bad_values += bad;
  if (ordered.counts.empty_ids != 0)
    table.warnings.push_back(
        fmt::format("{} unit ids are zeros alone and became empty", ordered.counts.empty_ids));
}

}  // namespace

MeasureRule rule_of(Measure measure, Layout layout) {
  const bool prototype = layout == Layout::Prototype;
  MeasureRule rule;
  rule.kilowatts = measure == Measure::GrossLoad;
  rule.nulls_to_zero =
      prototype && (measure == Measure::GrossLoad || measure == Measure::HeatInput);
  if (measure == Measure::SteamLoad && !prototype) rule.factor = kPoundsPerThousand;
  return rule;
}

Result<HourlyTable> transform_hours(const RawHours& raw, const Lookups& lookups, Files files) {
  const auto ordered = PENSTOCK_TRY(order_hours(raw, lookups.crosswalk, *lookups.zones));
  HourlyTable table;
  describe(raw, ordered, table);
  table.frame = make_frame(raw, ordered, files);
  table.checks = check_partition({raw, ordered, table.frame}, lookups.annual);
  return table;
}

penstock::Status first_problem(const HourlyTable& table) {
  for (const auto& check : table.checks) {
    if (check.passed || check.severity != penstock::CheckSeverity::Error) continue;
    if (check.check == "primary_key_unique") return problem("key_duplicate", check.description);
    if (check.check == "required_not_null") {
      const auto at = check.description.find("column ");
      return problem("schema_violation", check.description.substr(at));
    }
    return problem("check_failed", fmt::format("check {}: {}", check.check, check.description));
  }
  return {};
}

}  // namespace cems
