// Whether columns hold what they claim to, and rows stand in the order of a key.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "penstock/base/result.h"
#include "penstock/frame/column.h"

namespace penstock::detail {

/// Check rows `[first, first + count)` of a column of a frame of `rows` rows: see
/// Frame::validate(). What can be seen of the whole column only is checked when the rows are all of
/// it.
Status check_column(const Field& field, const Column& column, std::int64_t rows, std::int64_t first,
                    std::int64_t count);

/// Checks that rows come in ascending order of the primary key, nulls last, however many frames
/// they come in. Texts are compared by their bytes; NaN is greater than every number.
class KeyOrder {
 public:
  explicit KeyOrder(const Schema& schema);

  /// Check the next rows; their columns were checked. InvalidData of kind `schema_violation`.
  Status append(const std::vector<Column>& columns, std::int64_t first, std::int64_t count);

 private:
  struct Part {
    std::size_t column = 0;
    Column last;  ///< the value of the last row so far
    std::shared_ptr<const Dictionary> dictionary;
    std::vector<std::uint32_t> ranks;  ///< of the texts of `dictionary`, equal for equal texts
  };

  Status check_block(const std::vector<Column>& columns, std::size_t first, std::size_t count);
  void keep(const std::vector<Column>& columns, std::size_t row);
  Error unsorted() const;

  const Schema& schema_;
  std::vector<Part> parts_;
  std::int64_t rows_ = 0;
};

}  // namespace penstock::detail
