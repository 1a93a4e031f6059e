// Joins Parquet files of one schema into one file without decoding them.
#pragma once

#include <filesystem>
#include <vector>

#include "penstock/base/result.h"
#include "penstock/frame/parquet.h"

namespace penstock {

/// Write all rows of the inputs, in their order, into one new file.
///
/// Row groups are copied as they are, so each part starts a new one and memory is one column of a
/// row group. Columns must agree in name, type, nullability, unit and description; InvalidData says
/// which file and column differ. Dictionaries may differ. The file's metadata are the table's own
/// (`description`, `primary_key`, `table`) of the first input, then `metadata`. Appears whole or
/// not at all, as with ParquetWriter; no inputs are InvalidData.
Result<ParquetFileInfo> concat_parquet(const std::vector<std::filesystem::path>& inputs,
                                       const std::filesystem::path& output,
                                       FileMetadata metadata = {});

}  // namespace penstock
