#include "penstock/base/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <mutex>
#include <set>

#include "penstock/base/private_files.h"

namespace penstock {
namespace {

constexpr std::size_t kLongestName = 180;  // what a temporary adds must fit into 255, too

Error system_error(const char* doing, const std::filesystem::path& path, int number = errno) {
  const bool is_full = number == ENOSPC || number == EDQUOT;
  const auto code = is_full            ? ErrorCode::Exhausted
                    : number == ENOENT ? ErrorCode::NotFound
                                       : ErrorCode::Io;
  return make_error(code,
                    fmt::format("cannot {} {}: {}{}", doing, path.string(), std::strerror(number),
                                is_full ? "; free some space and try again" : ""),
                    is_full ? "disk_full" : "");
}

std::filesystem::path folder_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
}

}  // namespace

Status sync_folder(const std::filesystem::path& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return system_error("open folder", folder);
  const int rc = ::fsync(fd);
  const Error error = rc != 0 ? system_error("sync folder", folder) : Error{};
  ::close(fd);
  if (rc != 0) return error;
  return {};
}

// Must match what AtomicFile::open() makes: `.<name>.<pid>-<serial>.tmp`.
std::optional<std::int32_t> pid_of_temporary(std::string_view name) {
  constexpr std::string_view kEnd = ".tmp";
  if (!name.starts_with('.') || !name.ends_with(kEnd)) return std::nullopt;
  name.remove_suffix(kEnd.size());
  const auto dot = name.rfind('.');
  if (dot == 0) return std::nullopt;
  const char* at = name.data() + dot + 1;
  const char* end = name.data() + name.size();
  std::int32_t pid = 0;
  std::uint32_t serial = 0;
  const auto after_pid = std::from_chars(at, end, pid);
  if (after_pid.ec != std::errc() || pid <= 0 || after_pid.ptr == end || *after_pid.ptr != '-')
    return std::nullopt;
  const auto after_serial = std::from_chars(after_pid.ptr + 1, end, serial);
  if (after_serial.ec != std::errc() || after_serial.ptr != end) return std::nullopt;
  return pid;
}

namespace {

bool is_still_at(int fd, const std::filesystem::path& path) {
  struct stat opened{}, named{};
  return ::fstat(fd, &opened) == 0 && ::stat(path.c_str(), &named) == 0 &&
         opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

// Locks a new temporary. False when it was taken for abandoned before, and is gone.
bool hold(int fd, const std::filesystem::path& temporary) {
  while (::flock(fd, LOCK_EX) != 0 && errno == EINTR) continue;
  return is_still_at(fd, temporary);
}

// Calls `act` with each abandoned temporary of the folder while it cannot be anybody else's.
template <class Act>
void for_abandoned(const std::filesystem::path& folder, Act act) {
  std::error_code error;
  for (auto entry = std::filesystem::directory_iterator(folder, error);
       !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    if (!pid_of_temporary(entry->path().filename().string())) continue;
    const int fd = ::open(entry->path().c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) continue;
    if (::flock(fd, LOCK_EX | LOCK_NB) == 0) act(entry->path());
    ::close(fd);
  }
}

// `<8 hexadecimal digits>-<number>` before the process: of an attempt, and a log may name it.
bool is_of_attempt(std::string_view temporary) {
  temporary = temporary.substr(0, temporary.rfind('.'));  // .tmp
  temporary = temporary.substr(0, temporary.rfind('.'));  // <pid>-<serial>
  const auto label = temporary.substr(temporary.rfind('.') + 1);
  const auto dash = label.find('-');
  return dash == 8 && label.size() > 9 &&
         label.substr(0, 8).find_first_not_of("0123456789abcdef") == std::string_view::npos &&
         label.substr(9).find_first_not_of("0123456789") == std::string_view::npos;
}

// Once for each folder that this process writes in.
void sweep(const std::filesystem::path& folder) {
  static std::mutex mutex;
  static std::set<std::filesystem::path> swept;
  const std::lock_guard lock(mutex);
  std::error_code ignored;
  if (!swept.insert(std::filesystem::absolute(folder, ignored)).second) return;
  for_abandoned(folder, [](const std::filesystem::path& path) {
    if (!is_of_attempt(path.filename().string())) ::unlink(path.c_str());
  });
}

}  // namespace

Result<std::string> read_file(const std::filesystem::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return system_error("open", path);
  std::string bytes;
  char buffer[65536];
  for (;;) {
    const auto got = ::read(fd, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      Error error = system_error("read", path);
      ::close(fd);
      return error;
    }
    if (got == 0) break;
    bytes.append(buffer, std::size_t(got));
  }
  ::close(fd);
  return bytes;
}

Status make_folders(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (!error) return {};
  return system_error("make folder", path, error.value());
}

Status make_private_folders(const std::filesystem::path& path) {
  std::error_code ignored;
  if (path.empty() || std::filesystem::is_directory(path, ignored)) return {};
  PENSTOCK_TRY(make_private_folders(path.parent_path()));
  if (::mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) return make_folders(path);
  return system_error("make folder", path);
}

Status make_private_file(const std::filesystem::path& path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0 && errno != EEXIST) return system_error("create", path);
  if (fd >= 0) ::close(fd);
  return {};
}

Result<AtomicFile> open_private_file(std::filesystem::path final_path) {
  PENSTOCK_TRY(make_private_folders(final_path.parent_path()));
  auto file = PENSTOCK_TRY(AtomicFile::open(std::move(final_path)));
  if (::chmod(file.temporary().c_str(), 0600) != 0)
    return system_error("protect", file.temporary());
  return file;
}

Status write_file_atomically(const std::filesystem::path& path, std::string_view bytes) {
  auto file = PENSTOCK_TRY(AtomicFile::open(path));
  PENSTOCK_TRY(file.write(bytes));
  return file.commit();
}

Result<AtomicFile> AtomicFile::open(std::filesystem::path final_path, std::string_view label) {
  static std::atomic<unsigned> serial = 0;
  const auto folder = folder_of(final_path);
  PENSTOCK_TRY(make_folders(folder));
  sweep(folder);
  auto name = final_path.filename().string().substr(0, kLongestName);
  if (!label.empty()) name.append(1, '.').append(label);
  for (;;) {
    auto temporary = folder / fmt::format(".{}.{}-{}.tmp", name, ::getpid(), serial.fetch_add(1));
    const int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0 && errno == EEXIST) continue;  // of a process that had our number
    if (fd < 0) return system_error("create", temporary);
    if (hold(fd, temporary)) return AtomicFile(std::move(final_path), std::move(temporary), fd);
    ::close(fd);
  }
}

AtomicFile::AtomicFile(std::filesystem::path final_path, std::filesystem::path temporary, int fd)
    : final_path_(std::move(final_path)), temporary_(std::move(temporary)), fd_(fd) {}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : final_path_(std::move(other.final_path_)),
      temporary_(std::move(other.temporary_)),
      fd_(std::exchange(other.fd_, -1)),
      is_sealed_(other.is_sealed_),
      size_(other.size_) {}

AtomicFile& AtomicFile::operator=(AtomicFile&& other) noexcept {
  if (this == &other) return *this;
  discard();
  final_path_ = std::move(other.final_path_);
  temporary_ = std::move(other.temporary_);
  fd_ = std::exchange(other.fd_, -1);
  is_sealed_ = other.is_sealed_;
  size_ = other.size_;
  return *this;
}

AtomicFile::~AtomicFile() { discard(); }

void AtomicFile::leave() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

void AtomicFile::discard() {
  if (fd_ < 0) return;
  ::close(fd_);
  ::unlink(temporary_.c_str());
  fd_ = -1;
}

Status AtomicFile::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto wrote = ::write(fd_, bytes.data(), bytes.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return system_error("write", final_path_);
    bytes.remove_prefix(std::size_t(wrote));
    size_ += std::uint64_t(wrote);
  }
  return {};
}

Status AtomicFile::seal() {
  PENSTOCK_CHECK(fd_ >= 0, "seal of a file that is not open");
  if (!is_still_at(fd_, temporary_)) {
    const int fd = ::open(temporary_.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) return system_error("open", temporary_);
    ::close(std::exchange(fd_, fd));
    if (!hold(fd_, temporary_)) return system_error("lock", temporary_, ENOENT);
  }
  struct stat info{};
  if (::fsync(fd_) != 0 || ::fstat(fd_, &info) != 0) return system_error("sync", final_path_);
  size_ = std::uint64_t(info.st_size);
  is_sealed_ = true;
  return sync_folder(folder_of(final_path_));
}

Status AtomicFile::commit() {
  PENSTOCK_CHECK(fd_ >= 0, "commit of a file that is not open");
  if (!is_sealed_ && ::fsync(fd_) != 0) return system_error("sync", final_path_);
  if (::rename(temporary_.c_str(), final_path_.c_str()) != 0)
    return system_error("rename into", final_path_);
  ::close(std::exchange(fd_, -1));
  return sync_folder(folder_of(final_path_));
}

Result<bool> commit_abandoned_file(const std::filesystem::path& temporary,
                                   const std::filesystem::path& final_path, bool by_force) {
  const int fd = ::open(temporary.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0 && errno == ENOENT) return false;
  if (fd < 0) return system_error("open", temporary);
  Result<bool> done = false;
  if (by_force || ::flock(fd, LOCK_EX | LOCK_NB) == 0) {
    if (::rename(temporary.c_str(), final_path.c_str()) == 0)
      done = true;
    else if (errno != ENOENT)
      done = system_error("rename into", final_path);
  }
  ::close(fd);
  if (done.ok() && *done) PENSTOCK_TRY(sync_folder(folder_of(final_path)));
  return done;
}

std::vector<std::filesystem::path> find_abandoned_files(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> found;
  for_abandoned(folder, [&](const std::filesystem::path& path) { found.push_back(path); });
  std::ranges::sort(found);
  return found;
}

std::size_t remove_abandoned_files(const std::filesystem::path& folder) {
  std::size_t removed = 0;
  for_abandoned(folder,
                [&](const std::filesystem::path& path) { removed += ::unlink(path.c_str()) == 0; });
  return removed;
}

Result<MappedFile> MappedFile::open(const std::filesystem::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return system_error("open", path);
  struct stat info{};
  if (::fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
    ::close(fd);
    return make_error(ErrorCode::Io, "cannot map " + path.string() + ": not a regular file");
  }
  const auto size = std::size_t(info.st_size);
  void* data = size == 0 ? nullptr : ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
  if (data == MAP_FAILED) {
    Error error = system_error("map", path);
    ::close(fd);
    return error;
  }
  ::close(fd);
  return MappedFile(static_cast<const char*>(data), size);
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  if (this == &other) return *this;
  unmap();
  data_ = std::exchange(other.data_, nullptr);
  size_ = std::exchange(other.size_, 0);
  return *this;
}

MappedFile::~MappedFile() { unmap(); }

void MappedFile::unmap() {
  if (data_ != nullptr) ::munmap(const_cast<char*>(data_), size_);
  data_ = nullptr;
}

}  // namespace penstock
