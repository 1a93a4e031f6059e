// Schemas in Arrow's terms, for files that carry them. Needs Arrow's headers.
#pragma once

#include <arrow/type_fwd.h>

#include <memory>
#include <string>

#include "penstock/base/result.h"
#include "penstock/frame/schema.h"

namespace penstock::detail {

/// The Arrow field: its type as readers get it back, its description and unit as metadata.
std::shared_ptr<arrow::Field> to_arrow_field(const Field& field);
/// A schema as Parquet files embed it: Arrow's own serialization in base64.
Result<std::string> embedded_arrow_schema(const Schema& schema);
/// The field that an Arrow field stands for; InvalidData where frames have no such type.
Result<Field> from_arrow_field(const arrow::Field& field);

}  // namespace penstock::detail
