// The columns of EPA's files: both dialects and all spellings, and what a layout reads of them.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <penstock/base/result.h>
#include <penstock/frame/csv.h>

#include "pipelines/cems/settings.h"
#include "pipelines/cems/vocabulary.h"

namespace cems {

/// Which of EPA's two forms a file has; known from its header.
enum class Dialect : std::uint8_t { Monthly, Bulk };

/// The measures that rows carry, in the order in which raw hours hold them.
enum class Measure : std::uint8_t {
  OperatingTime,
  GrossLoad,
  HeatInput,
  SteamLoad,
  So2Mass,
  NoxMass,
  Co2Mass,
  NoxRate  ///< prototype only
};
inline constexpr std::size_t kMeasures = 8;

/// The measurement codes that rows carry.
enum class Code : std::uint8_t {
  So2Mass,
  NoxMass,
  Co2Mass,
  NoxRate  ///< prototype only
};
inline constexpr std::size_t kCodes = 4;

/// The canonical name of a measure in EPA's files, such as `GLOAD`.
std::string_view source_name(Measure measure);

/// How many measures and codes a layout reads; they are the first ones of the enumerations.
constexpr std::size_t measures_of(Layout layout) { return layout == Layout::Current ? 7 : 8; }
constexpr std::size_t codes_of(Layout layout) { return layout == Layout::Current ? 3 : 4; }

/// Positions of the columns in the CSV spec of either dialect.
struct SourceColumns {
  static constexpr std::size_t kState = 0;
  static constexpr std::size_t kPlant = 1;
  static constexpr std::size_t kUnit = 2;
  static constexpr std::size_t kDate = 3;
  static constexpr std::size_t kHour = 4;
  static constexpr std::size_t kMeasure = 5;  ///< the first measure

  /// The first code.
  static constexpr std::size_t code(Layout layout) { return kMeasure + measures_of(layout); }
  /// FAC_ID and UNIT_ID; prototype only.
  static constexpr std::size_t facility() { return code(Layout::Prototype) + kCodes; }
  static constexpr std::size_t unit_id_epa() { return facility() + 1; }
};

/// Tell the dialect from a header: by `ORISPL_CODE` or `Facility ID`; neither, both, or two
/// spellings of one quantity are `header_invalid`. `shown_name` is the file's.
penstock::Result<Dialect> dialect_of(const std::vector<std::string>& header,
                                     std::string_view shown_name);

/// What is to be read of a file of a dialect for a layout.
penstock::CsvSpec csv_spec(Dialect dialect, Layout layout, BadValues bad_values);

/// Whether a header text is one of EPA's, read or not.
bool is_known_column(std::string_view header);

}  // namespace cems
