// What documents refer to instead of saying it: environment variables and files.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "penstock/base/file_descriptor.h"
#include "penstock/base/text.h"
#include "penstock/base/utf8.h"
#include "penstock/model/config_internal.h"

namespace penstock {
namespace {

constexpr std::size_t kMost = 64 * 1024;

Error no_value(const std::string& path, std::string_view why) {
  return make_error(ErrorCode::Config, fmt::format("the file {} {}", quote(path), why));
}

Result<std::string> read_some(const FileDescriptor& file, const std::string& path) {
  std::string text(kMost + 1, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const auto got = ::read(file.get(), text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0)
      return no_value(path, fmt::format("cannot be read: {}", std::strerror(errno)));
    if (got == 0) break;
    size += std::size_t(got);
  }
  text.resize(size);
  return text;
}

}  // namespace

Result<std::string> read_referenced_file(const std::string& path) {
  // Opened without waiting: a pipe that nobody writes to would hold the run up for ever.
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file && errno == ENOENT) return no_value(path, "is not there");
  if (!file) return no_value(path, fmt::format("cannot be read: {}", std::strerror(errno)));
  struct stat status{};
  if (::fstat(file.get(), &status) != 0)
    return no_value(path, fmt::format("cannot be looked at: {}", std::strerror(errno)));
  if (!S_ISREG(status.st_mode))
    return no_value(path, S_ISDIR(status.st_mode) ? "is a folder" : "is no regular file");
  auto text = PENSTOCK_TRY(read_some(file, path));
  if (text.size() > kMost) return no_value(path, "is too large: a value has at most 64 KiB");
  if (text.find('\0') != text.npos || !is_utf8(text)) return no_value(path, "is no UTF-8 text");
  if (text.ends_with('\n')) {
    text.pop_back();
    if (text.ends_with('\r')) text.pop_back();
  }
  return text;
}

ConfigEnvironment process_environment() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) return {};
    return std::string(value);
  };
}

namespace detail {

std::string_view kind_key(ConfigReference::Kind kind) {
  return kind == ConfigReference::Kind::Env ? "env" : "file";
}

std::string named(const ConfigReference& reference) {
  return reference.kind == ConfigReference::Kind::Env
             ? "the environment variable " + reference.name
             : "the file " + quote(reference.name);
}

Result<std::string> look_up(const ConfigReference& reference,
                            const ConfigEnvironment& environment) {
  if (reference.kind == ConfigReference::Kind::File) return environment.file(reference.name);
  auto value = environment.variable(reference.name);
  if (!value) return make_error(ErrorCode::Config, named(reference) + " is not set");
  return std::move(*value);
}

}  // namespace detail
}  // namespace penstock
