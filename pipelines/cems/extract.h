// Reads the files of one partition into raw hours.
#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include <penstock/base/byte_source.h>
#include <penstock/base/result.h>

#include "pipelines/cems/datastore.h"
#include "pipelines/cems/hour_appender.h"
#include "pipelines/cems/raw_hours.h"
#include "pipelines/cems/settings.h"

namespace cems {

/// Read a partition: verify its archive, read its months in order, then what stands in for months
/// that the archive lacks.
///
/// Streams the text; memory is that of the raw hours and one batch. The scope gives the layout and
/// what to do about missing months and bad values. Asked to stop, it does so before the next month.
penstock::Result<RawHours> extract_hours(const Datastore& archives, const Partition& partition,
                                         const Scope& scope, std::stop_token stop = {});

/// Read one CSV file in either dialect and append its rows.
penstock::Status read_hours(std::unique_ptr<penstock::ByteSource> source, std::string shown_name,
                            int month, BadValues bad_values, RawHours& raw, HourAppender& appender);

/// That every supplement of a partition stands for a month that its archive lacks; otherwise
/// `settings_invalid`. Opens the archive.
penstock::Status check_supplements(const Datastore& archives, const Partition& partition,
                                   const Scope& scope);

}  // namespace cems
