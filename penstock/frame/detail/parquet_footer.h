// Reads what a Parquet file says about itself: schema, facts, and where its column chunks lie.
#pragma once

#include <exception>
#include <filesystem>
#include <string>
#include <vector>

#include "penstock/base/result.h"
#include "penstock/frame/detail/parquet_format.h"
#include "penstock/frame/parquet.h"

namespace parquet {
class FileMetaData;
}

namespace arrow {
class Schema;
}

namespace penstock::detail {

/// A footer in our own terms. Categories of the schema are not known to a footer.
struct ParquetFooter {
  Schema schema;
  FileMetadata metadata;  ///< without the embedded Arrow schema
  std::vector<RowGroupMeta> row_groups;
};

/// Read the footer of a file.
Result<ParquetFooter> read_parquet_footer(const std::filesystem::path& path);

/// The facts of a file but its embedded Arrow schema.
FileMetadata file_metadata(const ::parquet::FileMetaData& footer);
/// The table's schema from the fields that Arrow sees and the facts of the file.
Result<Schema> table_schema(const ::arrow::Schema& fields, const FileMetadata& metadata);
/// An error about a file that cannot be read, naming it.
Error damaged(const std::filesystem::path& path, const std::string& reason);

/// Call code that reads a file with Arrow, which throws for some damage (its own exceptions, and
/// those of containers and memory for sizes that are not true) and returns a status for other.
template <class Call>
auto guarded(const std::filesystem::path& path, Call call) -> decltype(call()) {
  try {
    auto result = call();
    if (!result.ok()) return std::move(result).error().within(path.string());
    return result;
  } catch (const std::exception& error) {
    return damaged(path, error.what());
  }
}

}  // namespace penstock::detail
