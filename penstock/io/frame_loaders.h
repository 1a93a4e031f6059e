// Tables for unbound inputs: `inputs: {rain: {csv: {path: rain.csv}}}`.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "penstock/frame/column.h"
#include "penstock/model/definitions_builder.h"

namespace penstock {

/// How a CSV file is read as a whole.
struct CsvSource {
  std::filesystem::path path;
  std::map<std::string, DataType> columns = {};  ///< types by header text; others are inferred
  std::vector<std::string> null_texts = {""};
  bool trim = false;
  static void describe(ConfigSchema<CsvSource>& s);
};
std::vector<std::pair<DataType, std::string_view>> config_names(DataType);

/// A Parquet or Arrow file, and which of its columns.
struct ColumnarSource {
  std::filesystem::path path;
  std::vector<std::string> columns = {};  ///< empty: all
  static void describe(ConfigSchema<ColumnarSource>& s);
};

/// Read a CSV file. A column without a declared type is int64, float64, date or text: the first of
/// them that fits all its cells. Numbers with leading zeros are text, since they are names.
Result<Frame> load_csv(const CsvSource& source);
/// Read a Parquet file.
Result<Frame> load_parquet(const ColumnarSource& source);
/// Read an Arrow IPC file (Feather version 2) or stream.
Result<Frame> load_arrow(const ColumnarSource& source);

/// Let config feed unbound inputs of type Frame by the loaders `csv`, `parquet` and `arrow`.
void add_frame_loaders(DefinitionsBuilder& defs);

namespace detail {
/// The name of a table that is read from a file: that of the file, and UTF-8 in any case.
std::string table_name(const std::filesystem::path& path);
}  // namespace detail

}  // namespace penstock
