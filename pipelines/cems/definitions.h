// Everything that the program `cems` has: resources, ops, the job.
#pragma once

#include <penstock/penstock.h>

namespace cems {

/// The resources datastore, time_zones, crosswalk, annual_totals and output, and the job
/// `epacems_etl`, configured by one JobConfig.
penstock::Result<penstock::Definitions> definitions();

}  // namespace cems
