// The views as JSON documents: docs/formats/cli-json.md describes them.
#pragma once

#include <vector>

#include "penstock/base/json.h"
#include "penstock/view/run_view.h"

namespace penstock {

/// RFC 3339, or null for a time that did not come yet.
Json time_json(Time time);
Json error_json(const Error& error);
/// `{name: {type, value}}`.
Json metadata_json(const Metadata& metadata);
/// A run as in lists.
Json run_json(const RunRow& row);
/// `run_list.v1`; the cursor is given when there are older runs.
Json run_list_json(const std::vector<RunRow>& rows, bool has_more);
/// `run_report.v1`: what `job run` ends with.
Json run_report_json(const ProgressView& view);
/// `run.v1`.
Json run_view_json(const RunView& view);
/// An event as stored, its payload included.
Json event_json(const Event& event);

}  // namespace penstock
