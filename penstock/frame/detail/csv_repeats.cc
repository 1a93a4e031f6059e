#include <algorithm>
#include <cstring>

#include "penstock/frame/detail/csv_blocks.h"

namespace penstock::detail {
namespace {

constexpr std::size_t kSamples = 32;

/// The rows of a block, to compare each with the row before it.
struct Rows {
  const char* text;
  const std::uint32_t* ends;
  std::size_t cells;

  std::uint32_t start(std::size_t row, std::size_t cell) const {
    return ends[std::ptrdiff_t(row * cells + cell) - 1] + 1;
  }
  std::uint32_t end(std::size_t row, std::size_t cell) const { return ends[row * cells + cell]; }

  /// Whether the cells [from, to) of a row are those of the row before.
  bool same(std::size_t row, std::size_t from, std::size_t to) const {
    const std::uint32_t a = start(row, from), b = start(row - 1, from);
    const std::uint32_t size = end(row, to - 1) - a;
    return size == end(row - 1, to - 1) - b && std::memcmp(text + a, text + b, size) == 0;
  }
};

/// How many cells at the front and at the back of some rows are those of the row before.
struct Sample {
  std::vector<std::size_t> front, back;

  Sample(const Rows& rows, std::size_t count) {
    const std::size_t step = std::max<std::size_t>(1, (count - 1) / kSamples);
    for (std::size_t row = 1; row < count; row += step) {
      std::size_t same_front = 0, same_back = 0;
      while (same_front < rows.cells && rows.same(row, same_front, same_front + 1)) ++same_front;
      while (same_back < rows.cells - same_front &&
             rows.same(row, rows.cells - same_back - 1, rows.cells - same_back))
        ++same_back;
      front.push_back(same_front);
      back.push_back(same_back);
    }
  }
};

/// The number of cells that saves most when it is compared as one, or 0 when less than a quarter of
/// the rows would repeat it.
std::size_t best_count(std::vector<std::size_t>& counts) {
  std::ranges::sort(counts, std::greater<>());
  std::size_t best = 0, best_saving = 0;
  for (std::size_t i = counts.size() / 4; i < counts.size(); ++i) {
    const std::size_t saving = counts[i] * (i + 1);
    if (saving > best_saving) {
      best_saving = saving;
      best = counts[i];
    }
  }
  return best;
}

/// For each row, the length of the run of equal rows that starts with it.
template <class Same>
void find_runs(std::size_t rows, Buffer<std::uint32_t>& runs, Same same_as_before) {
  runs.resize(std::max(runs.size(), rows));
  std::uint32_t run = 1;
  for (std::size_t row = rows; row-- > 0;) {
    runs[row] = run;
    run = row > 0 && same_as_before(row) ? run + 1 : 1;
  }
}

}  // namespace

void RowRepeats::find(const char* text, const std::uint32_t* ends, std::size_t cells,
                      std::size_t count) {
  const Rows rows{text, ends, cells};
  Sample sample(rows, count);
  front = best_count(sample.front);
  back = cells - best_count(sample.back);
  if (front > 0)
    find_runs(count, front_runs, [&](std::size_t row) { return rows.same(row, 0, front); });
  if (back < cells)
    find_runs(count, back_runs, [&](std::size_t row) { return rows.same(row, back, cells); });
}

}  // namespace penstock::detail
