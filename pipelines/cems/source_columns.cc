#include "pipelines/cems/source_columns.h"

#include <fmt/format.h>

#include <algorithm>

#include <penstock/base/text.h>

#include "pipelines/cems/errors.h"

namespace cems {
namespace {

using penstock::CsvColumn;
using penstock::CsvSpec;
using penstock::DataType;

struct Spelling {
  std::string_view canonical;
  std::vector<std::string> monthly;
  std::string bulk;
};

const std::vector<Spelling>& spellings() {
  static const std::vector<Spelling> all = {
      {"STATE", {"STATE"}, "State"},
      {"FACILITY_NAME", {"FACILITY_NAME"}, "Facility Name"},
      {"ORISPL_CODE", {"ORISPL_CODE"}, "Facility ID"},
      {"UNITID", {"UNITID"}, "Unit ID"},
      {"OP_DATE", {"OP_DATE"}, "Date"},
      {"OP_HOUR", {"OP_HOUR"}, "Hour"},
      {"OP_TIME", {"OP_TIME"}, "Operating Time"},
      {"GLOAD", {"GLOAD (MW)", "GLOAD"}, "Gross Load (MW)"},
      {"SLOAD", {"SLOAD (1000lb/hr)", "SLOAD (1000 lbs)", "SLOAD"}, "Steam Load (1000 lb/hr)"},
      {"SO2_MASS", {"SO2_MASS (lbs)", "SO2_MASS"}, "SO2 Mass (lbs)"},
      {"SO2_MASS_MEASURE_FLG", {"SO2_MASS_MEASURE_FLG"}, "SO2 Mass Measure Indicator"},
      {"SO2_RATE", {"SO2_RATE (lbs/mmBtu)", "SO2_RATE"}, "SO2 Rate (lbs/mmBtu)"},
      {"SO2_RATE_MEASURE_FLG", {"SO2_RATE_MEASURE_FLG"}, "SO2 Rate Measure Indicator"},
      {"NOX_RATE", {"NOX_RATE (lbs/mmBtu)", "NOX_RATE"}, "NOx Rate (lbs/mmBtu)"},
      {"NOX_RATE_MEASURE_FLG", {"NOX_RATE_MEASURE_FLG"}, "NOx Rate Measure Indicator"},
      {"NOX_MASS", {"NOX_MASS (lbs)", "NOX_MASS"}, "NOx Mass (lbs)"},
      {"NOX_MASS_MEASURE_FLG", {"NOX_MASS_MEASURE_FLG"}, "NOx Mass Measure Indicator"},
      {"CO2_MASS", {"CO2_MASS (tons)", "CO2_MASS"}, "CO2 Mass (short tons)"},
      {"CO2_MASS_MEASURE_FLG", {"CO2_MASS_MEASURE_FLG"}, "CO2 Mass Measure Indicator"},
      {"CO2_RATE", {"CO2_RATE (tons/mmBtu)", "CO2_RATE"}, "CO2 Rate (short tons/mmBtu)"},
      {"CO2_RATE_MEASURE_FLG", {"CO2_RATE_MEASURE_FLG"}, "CO2 Rate Measure Indicator"},
      {"HEAT_INPUT", {"HEAT_INPUT (mmBtu)", "HEAT_INPUT"}, "Heat Input (mmBtu)"},
      {"FAC_ID", {"FAC_ID"}, ""},
      {"UNIT_ID", {"UNIT_ID"}, ""},
  };
  return all;
}

bool accepts(const Spelling& spelling, std::string_view header) {
  const bool bulk = !spelling.bulk.empty() && spelling.bulk == header;
  return bulk || std::ranges::count(spelling.monthly, header) != 0;
}

constexpr std::array<std::string_view, 10> kDroppedBulkColumns = {
    "Associated Stacks", "Heat Input Measure Indicator",
    "Primary Fuel Type", "Secondary Fuel Type",
    "Unit Type",         "SO2 Controls",
    "NOx Controls",      "PM Controls",
    "Hg Controls",       "Program Code"};

constexpr std::array<std::string_view, kMeasures> kMeasureNames = {
    "OP_TIME", "GLOAD", "HEAT_INPUT", "SLOAD", "SO2_MASS", "NOX_MASS", "CO2_MASS", "NOX_RATE"};
constexpr std::array<std::string_view, kCodes> kCodeNames = {
    "SO2_MASS_MEASURE_FLG", "NOX_MASS_MEASURE_FLG", "CO2_MASS_MEASURE_FLG", "NOX_RATE_MEASURE_FLG"};

const Spelling& spelling_of(std::string_view canonical) {
  const auto& all = spellings();
  const auto at = std::ranges::find(all, canonical, &Spelling::canonical);
  PENSTOCK_CHECK(at != all.end(), "no such source column");
  return *at;
}

CsvColumn column(Dialect dialect, std::string_view canonical, DataType type) {
  const auto& spelling = spelling_of(canonical);
  CsvColumn made;
  made.name = std::string(canonical);
  made.spellings = dialect == Dialect::Monthly ? spelling.monthly : std::vector{spelling.bulk};
  made.type = type;
  return made;
}

CsvColumn key(Dialect dialect, std::string_view canonical, DataType type) {
  auto made = column(dialect, canonical, type);
  made.nullable = false;
  return made;
}

void add_keys(CsvSpec& spec, Dialect dialect) {
  spec.columns.push_back(key(dialect, "STATE", DataType::Category));
  auto plant = key(dialect, "ORISPL_CODE", DataType::Int32);
  plant.min = 1;
  plant.expected = "a plant number";
  spec.columns.push_back(std::move(plant));
  spec.columns.push_back(key(dialect, "UNITID", DataType::Category));
  auto date = key(dialect, "OP_DATE", DataType::Date);
  date.date_format = dialect == Dialect::Monthly ? "%m-%d-%Y" : "%Y-%m-%d";
  spec.columns.push_back(std::move(date));
  auto hour = key(dialect, "OP_HOUR", DataType::Int32);
  hour.min = 0;
  hour.max = 23;
  hour.expected = "an hour from 0 to 23";
  spec.columns.push_back(std::move(hour));
}

void add_optional_ids(CsvSpec& spec, Dialect dialect) {
  for (const auto& [name, type] :
       {std::pair{"FAC_ID", DataType::Int32}, {"UNIT_ID", DataType::Category}}) {
    auto made = column(dialect, name, type);
    made.required = false;
    if (dialect == Dialect::Bulk) made.spellings = {name};  // it has no such column
    spec.columns.push_back(std::move(made));
  }
}

}  // namespace

std::string_view source_name(Measure measure) { return kMeasureNames[std::size_t(measure)]; }

penstock::Result<Dialect> dialect_of(const std::vector<std::string>& header,
                                     std::string_view shown_name) {
  const auto has = [&](std::string_view name) { return std::ranges::count(header, name) != 0; };
  const bool monthly = has("ORISPL_CODE");
  const bool bulk = has("Facility ID");
  if (monthly == bulk)
    return problem(
        "header_invalid",
        fmt::format("{}: {} of the columns ORISPL_CODE and \"Facility ID\"; expected one",
                    shown_name, monthly ? "has both" : "has none"));
  for (const auto& spelling : spellings()) {
    std::vector<std::string> found;
    for (const auto& text : header)
      if (accepts(spelling, text)) found.push_back(penstock::quote(text));
    if (found.size() > 1)
      return problem("header_invalid",
                     fmt::format("{}: {} columns for {}: {}; expected one", shown_name,
                                 found.size(), spelling.canonical, penstock::join(found, ", ")));
  }
  return monthly ? Dialect::Monthly : Dialect::Bulk;
}

CsvSpec csv_spec(Dialect dialect, Layout layout, BadValues bad_values) {
  CsvSpec spec;
  add_keys(spec, dialect);
  for (std::size_t i = 0; i < measures_of(layout); ++i) {
    auto made = column(dialect, kMeasureNames[i], DataType::Float64);
    made.bad_is_null = bad_values == BadValues::Null;
    spec.columns.push_back(std::move(made));
  }
  for (std::size_t i = 0; i < codes_of(layout); ++i) {
    auto made = column(dialect, kCodeNames[i], DataType::Category);
    made.dictionary = {kMeasurementCodes.begin(), kMeasurementCodes.end()};
    spec.columns.push_back(std::move(made));
  }
  if (layout == Layout::Prototype) add_optional_ids(spec, dialect);
  return spec;
}

bool is_known_column(std::string_view header) {
  if (std::ranges::count(kDroppedBulkColumns, header) != 0) return true;
  return std::ranges::any_of(spellings(),
                             [&](const Spelling& spelling) { return accepts(spelling, header); });
}

}  // namespace cems
