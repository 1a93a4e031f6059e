#include "penstock/base/process.h"

#include <signal.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <vector>

#include "penstock/base/files.h"
#include "penstock/base/text.h"

namespace penstock {
namespace {

// Numbers of fields in /proc/<pid>/stat, counted from the one after the name in parentheses.
constexpr std::size_t kState = 0, kParent = 1, kStartTicks = 19;

/// The fields of /proc/<pid>/stat after the name; empty when there are none. The name of a program
/// may contain anything, parentheses too.
std::vector<std::string> stat_fields(std::string_view pid) {
  const auto stat = read_file("/proc/" + std::string(pid) + "/stat");
  const auto name_end = stat.ok() ? stat->rfind(") ") : std::string::npos;
  if (name_end == std::string::npos) return {};
  return split(std::string_view(*stat).substr(name_end + 2), ' ');
}

/// All processes that can be seen, by their parents.
std::multimap<pid_t, pid_t> processes_by_parent() {
  std::multimap<pid_t, pid_t> found;
  std::error_code error;
  for (std::filesystem::directory_iterator at("/proc", error), end; !error && at != end;
       at.increment(error)) {
    const auto name = at->path().filename().string();
    if (name.find_first_not_of("0123456789") != name.npos) continue;
    const auto fields = stat_fields(name);
    if (fields.size() > kParent)
      found.emplace(std::atoi(fields[kParent].c_str()), std::atoi(name.c_str()));
  }
  return found;
}

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
  const auto fields = stat_fields(std::to_string(pid));
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

std::vector<std::int32_t> child_processes() {
  const auto all = processes_by_parent();
  std::vector<std::int32_t> children;
  const auto [first, last] = all.equal_range(::getpid());
  for (auto at = first; at != last; ++at) children.push_back(at->second);
  return children;
}

void end_descendants() {
  const auto all = processes_by_parent();
  std::vector<pid_t> parents{::getpid()};
  while (!parents.empty()) {
    const auto [first, last] = all.equal_range(parents.back());
    parents.pop_back();
    for (auto at = first; at != last; ++at) {
      ::kill(at->second, SIGTERM);
      parents.push_back(at->second);
    }
  }
}

}  // namespace penstock
