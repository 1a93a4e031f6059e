// Folders and files that only their user may read: what runs were given, made and said.
#pragma once

#include <filesystem>

#include "penstock/base/files.h"

namespace penstock {

/// Make a folder and its missing parents with mode 0700. What is there stays as it is.
Status make_private_folders(const std::filesystem::path& path);
/// Make an empty file with mode 0600, unless there is one.
Status make_private_file(const std::filesystem::path& path);
/// Open a file as AtomicFile does, with mode 0600; its folder is made with 0700.
Result<AtomicFile> open_private_file(std::filesystem::path final_path);

}  // namespace penstock
