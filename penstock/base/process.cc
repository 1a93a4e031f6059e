#include "penstock/base/process.h"

#include <signal.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
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

// As `4026531836`; empty when the system does not tell.
std::string pid_namespace() {
  std::error_code error;
  const auto link = std::filesystem::read_symlink("/proc/self/ns/pid", error).string();
  const auto open = link.find('['), close = link.find(']');
  if (error || open == link.npos || close == link.npos) return {};
  return link.substr(open + 1, close - open - 1);
}

// `<boot>/<start>/<namespace>`; the last was not always recorded.
struct Birth {
  explicit Birth(const std::string& text) {
    const auto parts = split(text, '/');
    if (!parts.empty()) boot = parts[0];
    if (parts.size() > 1) start = parts[1];
    if (parts.size() > 2) space = parts[2];
  }
  std::string boot, start, space;
};

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
  const auto space = pid_namespace();
  return boot_id() + "/" + fields[kStartTicks] + (space.empty() ? "" : "/" + space);
}

std::optional<bool> is_process_alive(std::int32_t pid, const std::string& birth) {
  const Birth born(birth);
  if (!born.space.empty() && born.boot == boot_id() && born.space != pid_namespace())
    return std::nullopt;
  const auto living = process_birth(pid);
  if (!living) return false;
  if (birth.empty() || living->empty()) return true;
  const Birth now(*living);
  return now.boot == born.boot && now.start == born.start;
}

}  // namespace penstock
