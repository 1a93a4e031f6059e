#include "penstock/base/process.h"

#include <signal.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <vector>

#include "penstock/base/files.h"
#include "penstock/base/text.h"

namespace penstock {
namespace {

// Numbers of fields in /proc/<pid>/stat, counted from the one after the name in parentheses.
constexpr std::size_t kState = 0, kStartTicks = 19;

std::string boot_id() {
  const auto id = read_file("/proc/sys/kernel/random/boot_id");
  return id.ok() ? std::string(trim(*id)) : std::string();
}

}  // namespace

std::string host_name() {
  std::array<char, 256> name{};
  ::gethostname(name.data(), name.size() - 1);
  return name.data();
}

std::optional<std::string> process_birth(std::int32_t pid) {
  if (pid <= 0 || (::kill(pid, 0) != 0 && errno == ESRCH)) return std::nullopt;
  const auto stat = read_file("/proc/" + std::to_string(pid) + "/stat");
  // The name of a program may contain anything, parentheses too.
  const auto name_end = stat.ok() ? stat->rfind(") ") : std::string::npos;
  if (name_end == std::string::npos) return std::string();
  const auto fields = split(std::string_view(*stat).substr(name_end + 2), ' ');
  if (fields.size() <= kStartTicks) return std::string();
  if (fields[kState] == "Z" || fields[kState] == "X") return std::nullopt;
  return boot_id() + "/" + fields[kStartTicks];
}

}  // namespace penstock
