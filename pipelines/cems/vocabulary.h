// The words of the data set: layouts, years, states and measurement codes, in their fixed order.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cems {

/// Which published table is made: PUDL's of today, or that of its 2022 prototype.
enum class Layout : std::uint8_t { Current, Prototype };

/// `current` or `prototype`.
std::string_view to_string(Layout layout);

/// Years that a layout can hold, ascending.
const std::vector<int>& years_of(Layout layout);

/// Upper-case state codes that a layout can hold, ascending.
const std::vector<std::string>& states_of(Layout layout);

/// How a measurement was determined, in the order of the published enumeration.
inline constexpr std::array<std::string_view, 8> kMeasurementCodes = {
    "Calculated", "LME",        "Measured",     "Measured and Substitute",
    "Other",      "Substitute", "Undetermined", "Unknown Code"};

/// The months of a year, as two digits.
inline constexpr std::array<std::string_view, 12> kMonths = {"01", "02", "03", "04", "05", "06",
                                                             "07", "08", "09", "10", "11", "12"};

/// Months as people read them: `01 to 10`, `11, 12`, `none`. `months` are numbers 1..12, ascending.
std::string format_months(std::span<const int> months);

}  // namespace cems
