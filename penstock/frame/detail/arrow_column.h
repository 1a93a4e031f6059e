// Columns out of Arrow arrays, as readers hand them over.
#pragma once

#include <arrow/type_fwd.h>

#include "penstock/base/result.h"
#include "penstock/frame/column.h"

namespace penstock::detail {

/// Copy an array in pieces into one column of a field's type. Dictionaries of the pieces are
/// united, the first one's texts first. Corrupt when the array is not what it claims to be.
Result<Column> from_arrow_array(const Field& field, const arrow::ChunkedArray& array);

}  // namespace penstock::detail
