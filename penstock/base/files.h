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

/// Write a file as AtomicFile does. On failure nothing is left behind.
Status write_file_atomically(const std::filesystem::path& path, std::string_view bytes);

/// A file that is being written aside and appears under its name only on commit().
///
/// Destroyed without commit, it leaves nothing. What a killed process leaves is not locked any
/// more, and is removed by the next process that writes in the folder; what has the label of an
/// attempt, by whoever knows whether a log names it. One thread at a time.
class AtomicFile {
 public:
  /// Open and lock `.<name>.<pid>-<serial>.tmp` beside the final path; its folder is made if it is
  /// missing. A label, `<run>-<attempt>`, stands behind the name.
  static Result<AtomicFile> open(std::filesystem::path final_path, std::string_view label = {});
  AtomicFile(AtomicFile&& other) noexcept;
  AtomicFile& operator=(AtomicFile&& other) noexcept;
  ~AtomicFile();

  /// Append bytes. A full disk is ErrorCode::Exhausted and names the path.
  Status write(std::string_view bytes);
  /// Make the file durable under its temporary name: what commit() does before it renames, so that
  /// something may be told of it in between. Another file that was put there by that name is taken
  /// for it.
  Status seal();
  /// Seal it unless that was done; close, rename into place, sync the folder.
  Status commit();
  /// Let go of it where it is, under its temporary name: somebody else settles what becomes of it.
  void leave();
  /// Bytes written so far.
  std::uint64_t size() const { return size_; }
  const std::filesystem::path& path() const { return final_path_; }
  /// Where it is until then.
  const std::filesystem::path& temporary() const { return temporary_; }

 private:
  AtomicFile(std::filesystem::path final_path, std::filesystem::path temporary, int fd);
  void discard();
  std::filesystem::path final_path_, temporary_;
  int fd_ = -1;
  bool is_sealed_ = false;
  std::uint64_t size_ = 0;
};

/// Rename a temporary that a process left into its place, and sync the folder. False when it is
/// gone, or, unless `by_force`, when its writer lives.
Result<bool> commit_abandoned_file(const std::filesystem::path& temporary,
                                   const std::filesystem::path& final_path, bool by_force = false);

/// The temporaries in a folder whose writers live no more, in order of their names; folders in it
/// are not looked into. None when there is no such folder.
std::vector<std::filesystem::path> find_abandoned_files(const std::filesystem::path& folder);
/// Remove them; returns how many.
std::size_t remove_abandoned_files(const std::filesystem::path& folder);
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
