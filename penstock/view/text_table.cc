#include "penstock/view/text_table.h"

#include <algorithm>
#include <numeric>

namespace penstock {
namespace {

constexpr std::size_t kGap = 2;
constexpr std::size_t kSmallestFlexible = 12;

}  // namespace

void TextTable::add(std::vector<TableCell> cells) {
  for (auto& cell : cells) cell.text = one_line(cell.text);
  cells.resize(columns_.size(), TableCell(""));
  rows_.push_back(std::move(cells));
}

std::vector<std::size_t> TextTable::widths(const TextStyle& style, std::size_t indent) const {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    std::size_t width = display_width(columns_[i].title);
    for (const auto& row : rows_) width = std::max(width, display_width(row[i].text));
    widths.push_back(width);
  }
  if (style.width == 0) return widths;
  std::size_t total = indent + kGap * (widths.size() - 1);
  total = std::accumulate(widths.begin(), widths.end(), total);
  while (total > style.width) {
    std::size_t widest = widths.size();
    for (std::size_t i = 0; i < widths.size(); ++i)
      if (columns_[i].flexible && widths[i] > kSmallestFlexible &&
          (widest == widths.size() || widths[i] > widths[widest]))
        widest = i;
    if (widest == widths.size()) break;
    --widths[widest];
    --total;
  }
  return widths;
}

std::string TextTable::line(const std::vector<TableCell>& cells,
                            const std::vector<std::size_t>& widths, const TextStyle& style) const {
  std::string out, pending;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::string text = truncate_to_width(cells[i].text, widths[i]);
    const std::string fill(widths[i] - display_width(text), ' ');
    if (columns_[i].align == Align::Right) pending += fill;
    // Blanks are held back until there is something behind them: no line ends in blanks.
    if (!text.empty()) {
      out += pending + paint(text, cells[i].tone, style);
      pending.clear();
    }
    if (columns_[i].align == Align::Left) pending += fill;
    pending += std::string(kGap, ' ');
  }
  return out;
}

std::string TextTable::to_text(const TextStyle& style, std::string_view indent) const {
  if (rows_.empty()) return {};
  const auto widths = this->widths(style, display_width(indent));
  std::vector<TableCell> titles;
  for (const auto& column : columns_) titles.emplace_back(column.title, Tone::Dim);
  std::string out = std::string(indent) + line(titles, widths, style) + "\n";
  for (const auto& row : rows_) out += std::string(indent) + line(row, widths, style) + "\n";
  return out;
}

}  // namespace penstock
