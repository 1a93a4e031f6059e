// A library that is loaded before all others (LD_PRELOAD) and lets the file system fail, at a known
// call. It counts the calls that change what lies below the folders of PENSTOCK_FAULT_FOLDERS
// (separated by colons), over all threads, from 1. PENSTOCK_FAULT is what happens at call
// PENSTOCK_FAULT_CALL:
//
//   before   the process is killed, before the call
//   after    the process is killed, after the call
//   torn     half of the bytes are written, then the process is killed; as `before` when the call
//            writes none
//   power    as `before`, and what was not synced is lost, as when the power fails
//   enospc   the call fails with ENOSPC
//   eio      the call fails with EIO
//   full     the call and all later ones that need room fail with ENOSPC
//
// PENSTOCK_FAULT_TRACE names a file to which each call is added as a line `NUMBER NAME PATH`.
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace {

enum class Fault { None, Before, After, Torn, Power, NoSpace, Io, Full };
// How a full disk takes a call: not at all, by refusing it always, or when it was written to
// before.
enum class Need { Nothing, Room, Sync };

struct Plan {
  Fault fault = Fault::None;
  long call = 0;
  std::vector<std::string> folders;
  int trace = -1;
};

std::string variable(const char* name) {
  const char* text = std::getenv(name);
  return text == nullptr ? "" : text;
}

Plan read_plan() {
  constexpr std::string_view kNames[] = {"",      "before", "after", "torn",
                                         "power", "enospc", "eio",   "full"};
  Plan plan;
  const auto fault = variable("PENSTOCK_FAULT");
  for (std::size_t i = 0; i < std::size(kNames); ++i)
    if (kNames[i] == fault) plan.fault = Fault(i);
  plan.call = std::atol(variable("PENSTOCK_FAULT_CALL").c_str());
  auto folders = variable("PENSTOCK_FAULT_FOLDERS");
  for (std::size_t from = 0; from < folders.size();) {
    const auto to = std::min(folders.find(':', from), folders.size());
    if (to > from) plan.folders.push_back(folders.substr(from, to - from));
    from = to + 1;
  }
  const auto trace = variable("PENSTOCK_FAULT_TRACE");
  if (!trace.empty())
    plan.trace = int(::syscall(SYS_openat, AT_FDCWD, trace.c_str(),
                               O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  return plan;
}

// Never destroyed: other libraries write while the program ends.
const Plan& plan() {
  static const Plan& the_plan = *new Plan(read_plan());
  return the_plan;
}

template <class Function>
Function next(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

std::string path_of(int fd) {
  char link[32], path[PATH_MAX];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const auto size = ::readlink(link, path, sizeof path);
  return size < 0 ? "" : std::string(path, std::size_t(size));
}

std::string path_at(int folder, const char* path) {
  if (path[0] == '/') return path;
  if (folder != AT_FDCWD) return path_of(folder) + "/" + path;
  char current[PATH_MAX];
  return std::string(::getcwd(current, sizeof current) == nullptr ? "" : current) + "/" + path;
}

bool is_watched(const std::string& path) {
  for (const auto& folder : plan().folders)
    if (path == folder || path.starts_with(folder + "/")) return true;
  return false;
}

[[noreturn]] void die() {
  ::kill(::getpid(), SIGKILL);
  for (;;) ::pause();
}

// What must be done to lose what was not synced, newest last. Only for Fault::Power.
struct Undo {
  enum class What { Bytes, Size, Created, Removed, Renamed } what;
  dev_t device = 0;
  ino_t inode = 0;
  std::string path = {}, other = {};  // Renamed: from path to other
  off_t at = 0;
  std::string bytes = {};
};
std::mutex undo_mutex;
std::vector<Undo>& undos() {
  static auto& list = *new std::vector<Undo>();
  return list;
}

std::string folder_of(const std::string& path) { return path.substr(0, path.rfind('/')); }

std::string bytes_at(int fd, std::size_t size, off_t at) {
  std::string bytes(size, '\0');
  const int again = ::open(path_of(fd).c_str(), O_RDONLY | O_CLOEXEC);
  const auto got = again < 0 ? 0 : ::pread(again, bytes.data(), size, at);
  if (again >= 0) ::close(again);
  bytes.resize(got < 0 ? 0 : std::size_t(got));
  return bytes;
}

void remember_write(int fd, std::size_t size, off_t at) {
  if (plan().fault != Fault::Power) return;
  struct stat info{};
  if (::fstat(fd, &info) != 0) return;
  const std::lock_guard lock(undo_mutex);
  undos().push_back({.what = Undo::What::Size,
                     .device = info.st_dev,
                     .inode = info.st_ino,
                     .path = path_of(fd),
                     .at = info.st_size});
  undos().push_back({.what = Undo::What::Bytes,
                     .device = info.st_dev,
                     .inode = info.st_ino,
                     .path = path_of(fd),
                     .at = at,
                     .bytes = bytes_at(fd, size, at)});
}

void remember_name(Undo undo) {
  if (plan().fault != Fault::Power) return;
  const std::lock_guard lock(undo_mutex);
  undos().push_back(std::move(undo));
}

// A file's sync keeps its bytes, and its name as most file systems do; a folder's keeps its names.
void remember_sync(int fd) {
  if (plan().fault != Fault::Power) return;
  struct stat info{};
  if (::fstat(fd, &info) != 0) return;
  const auto path = path_of(fd);
  const std::lock_guard lock(undo_mutex);
  std::erase_if(undos(), [&](const Undo& undo) {
    const bool is_name = undo.what != Undo::What::Bytes && undo.what != Undo::What::Size;
    if (!is_name) return undo.device == info.st_dev && undo.inode == info.st_ino;
    if (S_ISDIR(info.st_mode)) return folder_of(undo.path) == path;
    return undo.what == Undo::What::Created && undo.path == path;
  });
}

// Where the file is now: its new name may have been synced before its bytes.
std::string current_path(const Undo& undo) {
  std::string found;
  DIR* folder = ::opendir(folder_of(undo.path).c_str());
  if (folder == nullptr) return found;
  while (const auto* entry = ::readdir(folder))
    if (entry->d_ino == undo.inode) found = folder_of(undo.path) + "/" + entry->d_name;
  ::closedir(folder);
  return found;
}

void lose(const Undo& undo) {
  switch (undo.what) {
    case Undo::What::Bytes: {
      const int fd = int(::syscall(SYS_openat, AT_FDCWD, current_path(undo).c_str(), O_WRONLY));
      if (fd >= 0) ::syscall(SYS_pwrite64, fd, undo.bytes.data(), undo.bytes.size(), undo.at);
      return;
    }
    case Undo::What::Size:
      ::syscall(SYS_truncate, current_path(undo).c_str(), undo.at);
      return;
    case Undo::What::Created:
      ::syscall(SYS_unlink, undo.path.c_str());
      return;
    case Undo::What::Renamed:
      ::syscall(SYS_rename, undo.other.c_str(), undo.path.c_str());
      [[fallthrough]];
    case Undo::What::Removed: {
      const auto& name = undo.what == Undo::What::Renamed ? undo.other : undo.path;
      if (undo.at == 0) return;  // there was no such file
      const int fd =
          int(::syscall(SYS_openat, AT_FDCWD, name.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644));
      if (fd >= 0) ::syscall(SYS_pwrite64, fd, undo.bytes.data(), undo.bytes.size(), 0);
      return;
    }
  }
}

[[noreturn]] void lose_power() {
  undo_mutex.lock();  // and never let go: nobody changes anything any more
  for (auto undo = undos().rbegin(); undo != undos().rend(); ++undo) lose(*undo);
  die();
}

std::string whole_file(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return "";
  struct stat info{};
  std::string bytes(::fstat(fd, &info) == 0 ? std::size_t(info.st_size) : 0, '\0');
  const auto got = ::pread(fd, bytes.data(), bytes.size(), 0);
  ::close(fd);
  bytes.resize(got < 0 ? 0 : std::size_t(got));
  return bytes;
}

bool exists(const std::string& path) {
  struct stat info{};
  return ::lstat(path.c_str(), &info) == 0;
}

std::atomic<long> calls = 0;

// One call that changes what is watched: decides its fate before it is made, and after.
class Call {
 public:
  Call(const char* name, const std::string& path, Need need = Need::Nothing) {
    if (!is_watched(path)) return;
    const long number = ++calls;
    trace(number, name, path);
    const auto& the = plan();
    is_here_ = number == the.call;
    if (is_here_ && the.fault == Fault::Before) die();
    if (is_here_ && the.fault == Fault::Power) lose_power();
    if (is_here_ && the.fault == Fault::NoSpace && need != Need::Nothing) error_ = ENOSPC;
    if (is_here_ && the.fault == Fault::Io) error_ = EIO;
    if (the.fault == Fault::Full && number >= the.call && need == Need::Room) error_ = ENOSPC;
  }
  ~Call() {
    if (is_here_ && (plan().fault == Fault::After || plan().fault == Fault::Torn)) die();
  }
  /// True, with errno set, when the call is to fail.
  bool fails() const {
    if (error_ != 0) errno = error_;
    return error_ != 0;
  }
  /// How many of so many bytes are written.
  std::size_t part_of(std::size_t size) const {
    return is_here_ && plan().fault == Fault::Torn ? size / 2 : size;
  }
  /// Of a call that writes no bytes: it is not made any more.
  void tear() const {
    if (is_here_ && plan().fault == Fault::Torn) die();
  }

 private:
  static void trace(long number, const char* name, const std::string& path) {
    if (plan().trace < 0) return;
    const auto line = std::to_string(number) + " " + name + " " + path + "\n";
    ::syscall(SYS_write, plan().trace, line.data(), line.size());
  }
  bool is_here_ = false;
  int error_ = 0;
};

template <class Open>
int open_watched(const char* name, const std::string& path, int flags, Open open) {
  if ((flags & (O_CREAT | O_TRUNC)) == 0) return open();
  const bool is_new = !exists(path);
  const Call call(name, path, is_new ? Need::Room : Need::Nothing);
  call.tear();
  if (call.fails()) return -1;
  if (!is_new && (flags & O_TRUNC) != 0 && is_watched(path)) {
    auto bytes = plan().fault == Fault::Power ? whole_file(path) : "";
    const auto size = off_t(bytes.size());
    remember_name(
        {.what = Undo::What::Removed, .path = path, .at = size, .bytes = std::move(bytes)});
  }
  const int fd = open();
  if (fd >= 0 && is_new && is_watched(path))
    remember_name({.what = Undo::What::Created, .path = path});
  return fd;
}

mode_t mode_of(int flags, va_list arguments) {
  return (flags & O_CREAT) == 0 ? 0 : mode_t(va_arg(arguments, int));
}

template <class Remove>
int remove_watched(const char* name, const std::string& path, Remove remove) {
  const Call call(name, path);
  call.tear();
  if (call.fails()) return -1;
  if (is_watched(path) && plan().fault == Fault::Power && exists(path)) {
    auto bytes = whole_file(path);
    const auto size = off_t(bytes.size());
    remember_name(
        {.what = Undo::What::Removed, .path = path, .at = size, .bytes = std::move(bytes)});
  }
  return remove();
}

template <class Rename>
int rename_watched(const char* name, const std::string& from, const std::string& to,
                   Rename rename) {
  const Call call(name, to, Need::Room);
  call.tear();
  if (call.fails()) return -1;
  Undo undo{.what = Undo::What::Renamed, .path = from, .other = to};
  if (plan().fault == Fault::Power && exists(to)) {
    undo.bytes = whole_file(to);
    undo.at = off_t(undo.bytes.size());
  }
  const int done = rename();
  if (done == 0 && is_watched(to)) remember_name(std::move(undo));
  return done;
}

template <class Sync>
int sync_watched(const char* name, int fd, Sync sync) {
  const Call call(name, path_of(fd), Need::Sync);
  call.tear();
  if (call.fails()) return -1;
  const int done = sync();
  if (done == 0) remember_sync(fd);
  return done;
}

// Half of a call with several pieces is its first piece.
template <class Write>
ssize_t write_watched(const char* name, int fd, std::size_t size, off_t at, Write write) {
  const Call call(name, path_of(fd), Need::Room);
  if (call.fails()) return -1;
  if (is_watched(path_of(fd))) remember_write(fd, size, at < 0 ? ::lseek(fd, 0, SEEK_CUR) : at);
  return write(call.part_of(size));
}

template <class Truncate>
int truncate_watched(const char* name, int fd, off_t length, Truncate truncate) {
  struct stat info{};
  const bool grows = ::fstat(fd, &info) == 0 && length > info.st_size;
  const Call call(name, path_of(fd), grows ? Need::Room : Need::Nothing);
  call.tear();
  if (call.fails()) return -1;
  if (is_watched(path_of(fd)) && !grows)
    remember_write(fd, std::size_t(info.st_size - length), length);
  return truncate();
}

template <class Make>
int make_watched(const char* name, const std::string& path, Make make) {
  const Call call(name, path, Need::Room);
  call.tear();
  return call.fails() ? -1 : make();
}

}  // namespace

extern "C" {

int open(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  static const auto real = next<int (*)(const char*, int, ...)>("open");
  return open_watched("open", path_at(AT_FDCWD, path), flags,
                      [&] { return real(path, flags, mode); });
}

int open64(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  static const auto real = next<int (*)(const char*, int, ...)>("open64");
  return open_watched("open", path_at(AT_FDCWD, path), flags,
                      [&] { return real(path, flags, mode); });
}

int openat(int folder, const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  static const auto real = next<int (*)(int, const char*, int, ...)>("openat");
  return open_watched("openat", path_at(folder, path), flags,
                      [&] { return real(folder, path, flags, mode); });
}

ssize_t write(int fd, const void* bytes, size_t size) {
  static const auto real = next<ssize_t (*)(int, const void*, size_t)>("write");
  return write_watched("write", fd, size, -1,
                       [&](std::size_t part) { return real(fd, bytes, part); });
}

ssize_t pwrite(int fd, const void* bytes, size_t size, off_t at) {
  static const auto real = next<ssize_t (*)(int, const void*, size_t, off_t)>("pwrite");
  return write_watched("pwrite", fd, size, at,
                       [&](std::size_t part) { return real(fd, bytes, part, at); });
}

ssize_t pwrite64(int fd, const void* bytes, size_t size, off64_t at) {
  static const auto real = next<ssize_t (*)(int, const void*, size_t, off64_t)>("pwrite64");
  return write_watched("pwrite", fd, size, at,
                       [&](std::size_t part) { return real(fd, bytes, part, at); });
}

ssize_t writev(int fd, const struct iovec* pieces, int count) {
  static const auto real = next<ssize_t (*)(int, const struct iovec*, int)>("writev");
  std::size_t size = 0;
  for (int i = 0; i < count; ++i) size += pieces[i].iov_len;
  return write_watched("writev", fd, size, -1,
                       [&](std::size_t part) { return real(fd, pieces, part < size ? 1 : count); });
}

int fsync(int fd) {
  static const auto real = next<int (*)(int)>("fsync");
  return sync_watched("fsync", fd, [&] { return real(fd); });
}

int fdatasync(int fd) {
  static const auto real = next<int (*)(int)>("fdatasync");
  return sync_watched("fdatasync", fd, [&] { return real(fd); });
}

int ftruncate(int fd, off_t length) {
  static const auto real = next<int (*)(int, off_t)>("ftruncate");
  return truncate_watched("ftruncate", fd, length, [&] { return real(fd, length); });
}

int ftruncate64(int fd, off64_t length) {
  static const auto real = next<int (*)(int, off64_t)>("ftruncate64");
  return truncate_watched("ftruncate", fd, length, [&] { return real(fd, length); });
}

int fallocate(int fd, int mode, off_t at, off_t length) {
  static const auto real = next<int (*)(int, int, off_t, off_t)>("fallocate");
  return make_watched("fallocate", path_of(fd), [&] { return real(fd, mode, at, length); });
}

int posix_fallocate(int fd, off_t at, off_t length) {
  static const auto real = next<int (*)(int, off_t, off_t)>("posix_fallocate");
  const int failed =
      make_watched("posix_fallocate", path_of(fd), [&] { return real(fd, at, length); });
  return failed < 0 ? errno : failed;
}

int rename(const char* from, const char* to) {
  static const auto real = next<int (*)(const char*, const char*)>("rename");
  return rename_watched("rename", path_at(AT_FDCWD, from), path_at(AT_FDCWD, to),
                        [&] { return real(from, to); });
}

int renameat(int from_folder, const char* from, int to_folder, const char* to) {
  static const auto real = next<int (*)(int, const char*, int, const char*)>("renameat");
  return rename_watched("renameat", path_at(from_folder, from), path_at(to_folder, to),
                        [&] { return real(from_folder, from, to_folder, to); });
}

int link(const char* from, const char* to) {
  static const auto real = next<int (*)(const char*, const char*)>("link");
  return make_watched("link", path_at(AT_FDCWD, to), [&] { return real(from, to); });
}

int symlink(const char* text, const char* path) {
  static const auto real = next<int (*)(const char*, const char*)>("symlink");
  return make_watched("symlink", path_at(AT_FDCWD, path), [&] { return real(text, path); });
}

int unlink(const char* path) {
  static const auto real = next<int (*)(const char*)>("unlink");
  return remove_watched("unlink", path_at(AT_FDCWD, path), [&] { return real(path); });
}

int unlinkat(int folder, const char* path, int flags) {
  static const auto real = next<int (*)(int, const char*, int)>("unlinkat");
  return remove_watched("unlinkat", path_at(folder, path),
                        [&] { return real(folder, path, flags); });
}

int remove(const char* path) {
  static const auto real = next<int (*)(const char*)>("remove");
  return remove_watched("remove", path_at(AT_FDCWD, path), [&] { return real(path); });
}

int mkdir(const char* path, mode_t mode) {
  static const auto real = next<int (*)(const char*, mode_t)>("mkdir");
  return make_watched("mkdir", path_at(AT_FDCWD, path), [&] { return real(path, mode); });
}

}  // extern "C"
