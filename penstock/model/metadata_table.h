// What structured facts are made of: tables and their schemas, lineage of columns, places in code,
// stored files. Included by who makes such facts.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "penstock/model/metadata.h"

namespace penstock {

/// A column of a TableSchema.
struct SchemaColumn {
  std::string name;
  std::string type = "string";
  std::string description = {};
  bool nullable = true;
  bool unique = false;
  std::vector<std::string> constraints = {};  ///< others, in words
  std::map<std::string, std::string> tags = {};
};

/// The columns of a table, and what holds for its rows.
struct TableSchema {
  std::vector<SchemaColumn> columns;
  std::vector<std::string> constraints = {};
};

/// A column of an asset that another was made from.
struct ColumnSource {
  std::string asset;
  std::string column;
};

/// A place in source code: a file and line of the program, or an address.
struct CodeReference {
  std::string file = {};
  std::int64_t line = 0;  ///< 0: the file as a whole
  std::string url = {};
  std::string label = {};
};

/// A stored file by its id.
struct ArtifactReference {
  std::string id;
  std::string media_type = "application/octet-stream";
  std::string name = {};
  std::int64_t bytes = 0;
};

}  // namespace penstock
