// Copies of the log's file, and migrations that leave one.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>

#include "penstock/event/log_storage.h"
#include "penstock/store/sqlite/database.h"

namespace penstock {

/// Told when a file was migrated: from which version to which, and where the copy is.
using OnMigrated = std::function<void(const std::filesystem::path& file, const StorageVersions&)>;

namespace detail {

/// Copy what a connection reads at one moment to a new file, which has its name once it is whole
/// and was found sound: Corrupt otherwise, and nothing is left.
Status copy_file(Database& from, const std::filesystem::path& copy,
                 std::chrono::milliseconds lock_timeout);

/// Bring a file to this program's version. A file with tables of an older one is first copied to
/// `<file>.version-<n>` beside it.
Result<StorageVersions> migrate_file(const std::filesystem::path& file,
                                     std::chrono::milliseconds lock_timeout,
                                     const OnMigrated& on_migrated);

}  // namespace detail
}  // namespace penstock
