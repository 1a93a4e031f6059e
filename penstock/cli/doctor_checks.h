// What can be wrong with a program and its home: each check as a function from what was found to
// findings, so that a test can say what was found.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "penstock/base/machine.h"
#include "penstock/cli/settings.h"
#include "penstock/event/log_storage.h"
#include "penstock/event/run_record.h"
#include "penstock/model/definitions.h"

namespace penstock {

/// Something that is wrong.
struct Finding {
  std::string subject;  ///< file, folder, run or setting
  std::string message;  ///< what was found, and why that is wrong
  std::string mend;     ///< the command that mends it, or what to do
};
using Findings = std::vector<Finding>;

/// One finding for each line of an error that lists problems.
Findings findings_of(const Error& error, const std::string& subject, const std::string& mend);
/// Settings that agree with neither machine nor definitions, which are null when they are broken.
Findings check_settings(const LoadedSettings& settings, const MachineLimits& machine,
                        const Definitions* definitions);
/// The home folder, which need not be there yet.
Findings check_home(const std::filesystem::path& home);
/// The room on its disk, and that a home with a log has its reserve.
Findings check_disk(const std::filesystem::path& home, const DiskRoom& room,
                    const std::string& program);
Findings check_versions(const std::filesystem::path& file, const StorageVersions& versions,
                        const std::string& program);
/// Runs that have not ended and whose process is gone.
Findings check_lost_runs(std::span<const RunRecord> lost, const std::string& build_id,
                         const std::string& program);
/// Open files, processes and threads that runs may need.
Findings check_limits(const Settings& settings, const MachineLimits& machine);

}  // namespace penstock
