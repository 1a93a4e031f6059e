// The two tables that this pipeline can make: columns, types, units, keys.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <penstock/frame/schema.h>

#include "pipelines/cems/settings.h"
#include "pipelines/cems/vocabulary.h"

namespace cems {

/// The table of a layout, complete with descriptions and the primary key. Made once, shared.
const std::shared_ptr<const penstock::Schema>& schema_of(Layout layout);

/// The columns that files hold: all of the table, or all but `year` and `state`, which are in the
/// paths of the form `hive`.
const std::shared_ptr<const penstock::Schema>& stored_schema(Layout layout, Files files);

/// `core_epacems__hourly_emissions` or `hourly_emissions_epacems`.
std::string_view table_name(Layout layout);

}  // namespace cems
