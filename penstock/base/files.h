// Files as Penstock writes them: whole or not at all, and synced before anybody is told.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "penstock/base/result.h"

namespace penstock {

/// Read a whole file as bytes.
Result<std::string> read_file(const std::filesystem::path& path);

/// Make a folder and its parents; no error when it exists.
Status make_folders(const std::filesystem::path& path);

/// Make the entries of a folder durable.
Status sync_folder(const std::filesystem::path& folder);

/// Write a file aside (`.<name>.<pid>.tmp` in the same folder), sync it, rename it into place and
/// sync the folder. On failure nothing is left behind.
Status write_file_atomically(const std::filesystem::path& path, std::string_view bytes);

/// A file that is being written aside and appears under its name only on commit().
///
/// Destroyed without commit, it leaves nothing. One thread at a time.
class AtomicFile {
 public:
  /// Open `.<name>.<pid>-<serial>.tmp` beside the final path; its folder is made if it is missing.
  static Result<AtomicFile> open(std::filesystem::path final_path);
  AtomicFile(AtomicFile&& other) noexcept;
  AtomicFile& operator=(AtomicFile&& other) noexcept;
  ~AtomicFile();

  /// Append bytes. A full disk is ErrorCode::Exhausted and names the path.
  Status write(std::string_view bytes);
  /// Sync, close, rename into place, sync the folder.
  Status commit();
  /// Bytes written so far.
  std::uint64_t size() const { return size_; }
  const std::filesystem::path& path() const { return final_path_; }

 private:
  AtomicFile(std::filesystem::path final_path, std::filesystem::path temporary, int fd);
  void discard();
  std::filesystem::path final_path_, temporary_;
  int fd_ = -1;
  std::uint64_t size_ = 0;
};

/// A temporary of an AtomicFile whose process did not come to commit or discard it.
struct TemporaryFile {
  std::filesystem::path path;
  std::int32_t pid = 0;  ///< of the process that wrote it
};
/// The temporaries of AtomicFile in a folder, in order of their names; folders in it are not looked
/// into. None when there is no such folder.
std::vector<TemporaryFile> find_temporaries(const std::filesystem::path& folder);
/// The process that wrote a temporary of that name; nothing when the name is not of one.
std::optional<std::int32_t> pid_of_temporary(std::string_view name);

/// A read-only memory map of a whole file. Thread-safe once open.
class MappedFile {
 public:
  static Result<MappedFile> open(const std::filesystem::path& path);
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  ~MappedFile();

  /// The bytes; valid while this object lives.
  std::string_view bytes() const { return {data_, size_}; }

 private:
  MappedFile(const char* data, std::size_t size) : data_(data), size_(size) {}
  void unmap();
  const char* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace penstock
