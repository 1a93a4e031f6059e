// The columns of EPA's monthly files that the pipeline's layout `current` reads.
#pragma once

#include <string>

#include "penstock/frame/csv.h"

namespace bench {

using T = penstock::DataType;

inline penstock::CsvColumn measure(const std::string& name, const std::string& unit) {
  return {.name = name, .spellings = {name + " (" + unit + ")", name}, .type = T::Float64};
}

inline penstock::CsvColumn code(const std::string& name) {
  return {.name = name,
          .type = T::Category,
          .dictionary = {"Calculated", "LME", "Measured", "Measured and Substitute", "Other",
                         "Substitute", "Undetermined", "Unknown Code"}};
}

/// All of them, in the order of the file.
inline penstock::CsvSpec hourly_columns() {
  return {{{.name = "STATE", .type = T::Category, .nullable = false},
           {.name = "ORISPL_CODE", .type = T::Int32, .nullable = false, .min = 1},
           {.name = "UNITID", .type = T::Category, .nullable = false},
           {.name = "OP_DATE", .type = T::Date, .nullable = false, .date_format = "%m-%d-%Y"},
           {.name = "OP_HOUR", .type = T::Int32, .nullable = false, .min = 0, .max = 23},
           {.name = "OP_TIME", .type = T::Float64},
           measure("GLOAD", "MW"),
           measure("SLOAD", "1000lb/hr"),
           measure("SO2_MASS", "lbs"),
           code("SO2_MASS_MEASURE_FLG"),
           measure("NOX_MASS", "lbs"),
           code("NOX_MASS_MEASURE_FLG"),
           measure("CO2_MASS", "tons"),
           code("CO2_MASS_MEASURE_FLG"),
           measure("HEAT_INPUT", "mmBtu")}};
}

}  // namespace bench
