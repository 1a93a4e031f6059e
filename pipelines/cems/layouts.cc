#include "pipelines/cems/layouts.h"

namespace cems {
namespace {

using penstock::DataType;
using penstock::Field;
using penstock::Schema;
using penstock::TimeUnit;

Field number(std::string name, std::string unit, std::string description, bool nullable = true) {
  return {.name = std::move(name),
          .type = DataType::Float32,
          .nullable = nullable,
          .unit = std::move(unit),
          .description = std::move(description)};
}

Field integer(std::string name, bool nullable, std::string description) {
  return {.name = std::move(name),
          .type = DataType::Int32,
          .nullable = nullable,
          .description = std::move(description)};
}

Field text(std::string name, bool nullable, std::string description) {
  return {.name = std::move(name),
          .type = DataType::Text,
          .nullable = nullable,
          .description = std::move(description)};
}

Field category(std::string name, std::vector<std::string> values, std::string description) {
  return {.name = std::move(name),
          .type = DataType::Category,
          .nullable = true,
          .description = std::move(description),
          .categories = std::move(values)};
}

Field code(const std::string& name, const std::string& quantity) {
  return category(name, {kMeasurementCodes.begin(), kMeasurementCodes.end()},
                  "how " + quantity + " was determined");
}

Field start_of_hour(TimeUnit unit, bool utc_adjusted) {
  return {.name = "operating_datetime_utc",
          .type = DataType::Timestamp,
          .nullable = false,
          .description = "start of the hour, in UTC",
          .time_unit = unit,
          .utc_adjusted = utc_adjusted};
}

Field year() { return integer("year", false, "year of the partition, by local time"); }

Schema current() {
  Schema schema;
  schema.name = "core_epacems__hourly_emissions";
  schema.description =
      "Hourly load, steam, fuel heat and emissions of every monitored unit of fossil-fuel power "
      "plants in the United States, as measured under 40 CFR Part 75";
  schema.primary_key = {"plant_id_epa", "emissions_unit_id_epa", "operating_datetime_utc"};
  schema.fields = {
      integer("plant_id_eia", true, "plant number at EIA, from the crosswalk, else EPA's"),
      integer("plant_id_epa", false, "ORISPL code as reported to EPA"),
      text("emissions_unit_id_epa", false, "unit that is monitored; unique within the plant"),
      start_of_hour(TimeUnit::Milli, false),
      year(),
      category("state", states_of(Layout::Current), "two-letter code of the state"),
      number("operating_time_hours", "hr", "part of the hour that the unit ran"),
      number("gross_load_mw", "MW", "average gross power while running"),
      number("heat_content_mmbtu", "MMBtu", "heat of the fuel burned"),
      number("steam_load_lbs", "lb", "steam load"),
      number("so2_mass_lbs", "lb", "SO2 emitted"),
      code("so2_mass_measurement_code", "SO2"),
      number("nox_mass_lbs", "lb", "NOx emitted"),
      code("nox_mass_measurement_code", "NOx"),
      number("co2_mass_tons", "short_ton", "CO2 emitted"),
      code("co2_mass_measurement_code", "CO2"),
  };
  return schema;
}

Schema prototype() {
  Schema schema;
  schema.name = "hourly_emissions_epacems";
  schema.description =
      "Hourly load, steam, fuel heat and emissions of every monitored unit of fossil-fuel power "
      "plants in the United States, in the form of 2022";
  schema.primary_key = {"plant_id_eia", "unitid", "operating_datetime_utc"};
  schema.fields = {
      category("state", states_of(Layout::Prototype), "two-letter code of the state"),
      integer("plant_id_eia", false, "ORISPL code, taken as EIA's plant number unchanged"),
      text("unitid", false, "unit id as reported"),
      start_of_hour(TimeUnit::Second, true),
      number("operating_time_hours", "hr", "part of the hour that the unit ran"),
      number("gross_load_mw", "MW", "average gross power; 0 where nothing was reported", false),
      number("steam_load_1000_lbs", "1000 lb", "steam load"),
      number("so2_mass_lbs", "lb", "SO2 emitted"),
      code("so2_mass_measurement_code", "SO2"),
      number("nox_rate_lbs_mmbtu", "lb_per_MMBtu", "average NOx rate"),
      code("nox_rate_measurement_code", "the NOx rate"),
      number("nox_mass_lbs", "lb", "NOx emitted"),
      code("nox_mass_measurement_code", "NOx"),
      number("co2_mass_tons", "short_ton", "CO2 emitted"),
      code("co2_mass_measurement_code", "CO2"),
      number("heat_content_mmbtu", "MMBtu", "heat of the fuel burned; 0 where nothing was reported",
             false),
      integer("facility_id", true, "EPA's internal plant number"),
      text("unit_id_epa", true, "EPA's internal unit number, as text"),
      year(),
  };
  return schema;
}

std::shared_ptr<const Schema> without_path_columns(const Schema& schema) {
  auto stored = std::make_shared<Schema>(schema);
  std::erase_if(stored->fields,
                [](const Field& field) { return field.name == "year" || field.name == "state"; });
  return stored;
}

}  // namespace

const std::shared_ptr<const Schema>& schema_of(Layout layout) {
  static const auto now = std::make_shared<const Schema>(current());
  static const auto then = std::make_shared<const Schema>(prototype());
  return layout == Layout::Current ? now : then;
}

const std::shared_ptr<const Schema>& stored_schema(Layout layout, Files files) {
  static const auto now = without_path_columns(*schema_of(Layout::Current));
  static const auto then = without_path_columns(*schema_of(Layout::Prototype));
  if (files == Files::Flat) return schema_of(layout);
  return layout == Layout::Current ? now : then;
}

std::string_view table_name(Layout layout) { return schema_of(layout)->name; }

}  // namespace cems
