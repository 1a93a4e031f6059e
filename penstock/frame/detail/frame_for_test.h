// Small frames with known values, and scratch folders, for the tests of this folder.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "penstock/frame/column.h"
#include "penstock/frame/column_builder.h"

namespace penstock::detail {

/// A folder of its own that goes away with this object.
class ScratchFolder {
 public:
  ScratchFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "penstock-XXXXXX").string();
    PENSTOCK_CHECK(::mkdtemp(name.data()) != nullptr, "cannot make a scratch folder");
    path_ = name;
  }
  ~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
  /// Names of all files, hidden ones too.
  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(path_))
      names.push_back(entry.path().filename().string());
    return names;
  }

 private:
  std::filesystem::path path_;
};

/// A column of plain values, null where there is none.
template <class T>
Column make_column(DataType type, const std::vector<std::optional<T>>& values) {
  ColumnBuilder<T> column(type);
  for (const auto& value : values) column.push(value);
  return std::move(column).finish();
}

using Texts = std::vector<std::optional<std::string>>;

inline Column make_text_column(const Texts& values) {
  ColumnBuilder<std::string> column;
  for (const auto& value : values) column.push(value);
  return std::move(column).finish();
}

/// Nulls hold an index outside of the dictionary: nobody may look at it.
inline Column make_category_column(const Dictionary& dictionary, const Texts& values) {
  CategoryBuilder builder(dictionary);
  for (const auto& value : values) builder.push(value);
  auto column = std::move(builder).finish();
  for (std::size_t i = 0; i < values.size(); ++i)
    if (!values[i]) column.get<std::int32_t>()[i] = -7;
  return column;
}

inline Frame make_frame(std::vector<Field> fields, std::vector<Column> columns) {
  Schema schema;
  schema.name = "sample";
  schema.fields = std::move(fields);
  Frame frame;
  frame.schema = std::make_shared<const Schema>(std::move(schema));
  frame.rows = columns.empty() ? 0 : columns.front().size();
  frame.columns = std::move(columns);
  return frame;
}

/// A value as text, so that columns of any type can be compared and shown.
inline std::string cell(const Column& column, std::int64_t row) {
  if (column.is_null(row)) return "null";
  if (column.type == DataType::Text || column.type == DataType::Category)
    return '"' + std::string(column.text(row)) + '"';
  return std::visit(
      [&](const auto& buffer) -> std::string {
        if constexpr (requires { buffer.offsets; })
          return "";
        else
          return std::to_string(buffer[std::size_t(row)]);
      },
      column.values);
}

inline std::vector<std::string> cells(const Column& column) {
  std::vector<std::string> all;
  for (std::int64_t i = 0; i < column.size(); ++i) all.push_back(cell(column, i));
  return all;
}

/// Expect equal values, nulls at the same places, and lengths that agree.
inline void expect_same_rows(const Frame& got, const Frame& want) {
  EXPECT_EQ(got.rows, want.rows);
  ASSERT_EQ(got.columns.size(), want.columns.size());
  for (std::size_t i = 0; i < want.columns.size(); ++i) {
    EXPECT_EQ(got.columns[i].null_count, want.columns[i].null_count);
    EXPECT_EQ(cells(got.columns[i]), cells(want.columns[i])) << want.schema->fields[i].name;
  }
}

}  // namespace penstock::detail
