// Tables for terminals: columns as wide as their content, numbers right-aligned, cut to the width
// of the terminal where a column allows it.
#pragma once

#include <string>
#include <vector>

#include "penstock/view/text_style.h"

namespace penstock {

enum class Align : std::uint8_t { Left, Right };

/// A column of a table.
struct TableColumn {
  std::string title;
  Align align = Align::Left;
  bool flexible = false;  ///< may be cut when the table is wider than the terminal
};

/// One field of a row. The text may be untrusted: it is shown as one line without control
/// characters.
struct TableCell {
  TableCell(std::string shown, Tone how = Tone::Plain) : text(std::move(shown)), tone(how) {}
  TableCell(const char* shown, Tone how = Tone::Plain) : text(shown), tone(how) {}
  std::string text;
  Tone tone;
};

/// Rows under titles.
class TextTable {
 public:
  explicit TextTable(std::vector<TableColumn> columns) : columns_(std::move(columns)) {}

  /// Append a row; missing cells are empty.
  void add(std::vector<TableCell> cells);
  bool empty() const { return rows_.empty(); }
  /// The table as lines, each indented and ended by a line feed; without rows: nothing.
  std::string to_text(const TextStyle& style, std::string_view indent = "") const;

 private:
  std::vector<std::size_t> widths(const TextStyle& style, std::size_t indent) const;
  std::string line(const std::vector<TableCell>& cells, const std::vector<std::size_t>& widths,
                   const TextStyle& style) const;

  std::vector<TableColumn> columns_;
  std::vector<std::vector<TableCell>> rows_;
};

}  // namespace penstock
