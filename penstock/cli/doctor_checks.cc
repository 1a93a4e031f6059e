#include "penstock/cli/doctor_checks.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "penstock/base/narrow.h"
#include "penstock/base/reserve_file.h"
#include "penstock/base/text.h"
#include "penstock/cli/command.h"
#include "penstock/run/run_needs.h"

namespace penstock {
namespace {

// A run that writes anything of size will hardly end well. A small disk that is empty is no fault.
bool is_little(const DiskRoom& room) {
  constexpr std::uint64_t kMiB = std::uint64_t(1) << 20;
  return room.free < 64 * kMiB || (room.free < 1024 * kMiB && room.free < room.capacity / 10);
}

bool others_may(const std::filesystem::path& path, mode_t what) {
  struct stat status{};
  return ::stat(path.c_str(), &status) == 0 && (status.st_mode & what) != 0;
}

bool others_write(const std::filesystem::path& path) { return others_may(path, S_IWOTH); }

Finding open_to_all(const std::filesystem::path& path) {
  return {path.string(), "every user of this machine can write to it",
          "chmod o-w " + shell_word(path.string())};
}

void check_memory(const std::string& name, const std::optional<Source<Bytes>>& setting,
                  const LoadedSettings& settings, const MachineLimits& machine,
                  Findings& findings) {
  const auto bytes = value_of(setting);
  if (!bytes || machine.memory == 0 || std::uint64_t(bytes->count) <= machine.memory) return;
  findings.push_back(
      {name,
       fmt::format("it is {} and the machine has {}", format_bytes(std::uint64_t(bytes->count)),
                   format_bytes(machine.memory)),
       fmt::format("set {} to less in {}", name, settings.file.string())});
}

void check_pool_names(const LoadedSettings& settings, const Definitions& definitions,
                      Findings& findings) {
  std::vector<std::string> known;
  for (const auto& job : definitions.jobs())
    for (auto& name : pools_of(definitions, *job)) known.push_back(std::move(name));
  for (const auto& [name, limit] : settings.values.pools) {
    if (std::ranges::count(known, name) > 0) continue;
    const auto near = closest_name(name, known);
    findings.push_back(
        {"pools." + name, fmt::format("no step of any job takes from a pool {}", quote(name)),
         near ? fmt::format("write pools.{} in {}", *near, settings.file.string())
              : fmt::format("take pools.{} out of {}", name, settings.file.string())});
  }
}

}  // namespace

Findings findings_of(const Error& error, const std::string& subject, const std::string& mend) {
  Findings findings;
  auto lines = split(error.to_string(), '\n');
  if (lines.size() > 1 && lines[1].starts_with("  ")) lines.erase(lines.begin());  // a heading
  for (const auto& line : lines) findings.push_back({subject, std::string(trim(line)), mend});
  return findings;
}

Findings check_settings(const LoadedSettings& settings, const MachineLimits& machine,
                        const Definitions* definitions) {
  Findings findings;
  if (settings.exists && others_write(settings.file))
    findings.push_back(open_to_all(settings.file));
  for (const auto& warning : settings.warnings)
    findings.push_back({settings.file.string(), warning, "edit " + settings.file.string()});
  const auto& executor = settings.values.executor;
  check_memory("executor.memory", executor.memory, settings, machine, findings);
  check_memory("executor.step_memory", executor.step_memory, settings, machine, findings);
  if (definitions != nullptr) check_pool_names(settings, *definitions, findings);
  return findings;
}

Findings check_home(const std::filesystem::path& home) {
  std::error_code error;
  const auto there = existing_folder(home);
  const bool is_there = std::filesystem::equivalent(there, home, error);
  if (!std::filesystem::is_directory(there, error))
    return {{there.string(), "it is no folder, and a home is one or lies in one",
             "name another folder with --home or PENSTOCK_HOME"}};
  if (::access(there.c_str(), W_OK | X_OK) != 0)
    return {{home.string(),
             is_there ? "this user cannot write to it"
                      : fmt::format("it is not there, and this user cannot make it: {} does not "
                                    "let them write",
                                    there.string()),
             "chmod u+rwx " + shell_word(there.string()) +
                 " as its owner, or name another folder with --home or PENSTOCK_HOME"}};
  if (is_there && others_write(home)) return {open_to_all(home)};
  if (is_there && others_may(home, S_IROTH | S_IXOTH))
    return {{home.string(),
             "every user of this machine can read what runs were given, made and said",
             "chmod o-rx " + shell_word(home.string())}};
  return {};
}

Findings check_disk(const std::filesystem::path& home, const DiskRoom& room,
                    const std::string& program) {
  Findings findings;
  if (is_little(room))
    findings.push_back({home.string(),
                        fmt::format("its disk has {} left of {}; a run that fills it fails",
                                    format_bytes(room.free), format_bytes(room.capacity)),
                        program + " gc --older-than 30d, or remove other files"});
  std::error_code ignored;
  if (std::filesystem::exists(home / "penstock.db", ignored) && !has_reserve(home))
    findings.push_back(
        {reserve_file(home).string(),
         fmt::format("the {} that gc and run delete need on a full disk are not "
                     "kept back",
                     format_bytes(kReserveBytes)),
         fmt::format("free some space: the next run keeps them back once {} are free",
                     format_bytes(4 * kReserveBytes))});
  return findings;
}

Findings check_versions(const std::filesystem::path& file, const StorageVersions& versions,
                        const std::string& program) {
  if (versions.found == versions.now) return {};
  const auto message = fmt::format("the log has version {} and this program version {}",
                                   versions.found, versions.now);
  if (versions.found < versions.now)
    return {{file.string(), message, program + " storage migrate"}};
  return {{file.string(), message,
           "use the newer build of the program that wrote it, or another home with --home"}};
}

Findings check_lost_runs(std::span<const RunRecord> lost, const std::string& build_id,
                         const std::string& program) {
  Findings findings;
  for (const auto& run : lost) {
    const bool resumes =
        run.resumes && run.status != RunStatus::Canceling && run.build_id == build_id;
    const auto id = run.id.to_string();
    findings.push_back(
        {"run " + id,
         fmt::format("it is {} and its process {} lives no more; the next start of a run {}",
                     to_string(run.status), run.pid,
                     resumes ? "goes on with it" : "records it as failed"),
         resumes ? fmt::format("{} run resume {}", program, id)
                 : fmt::format("{} run cancel {} --force", program, id)});
  }
  return findings;
}

Findings check_limits(const Settings& settings, const MachineLimits& machine) {
  const auto cores = saturate<std::int32_t>(std::max(machine.cores, 1u));
  const auto jobs = std::uint64_t(value_of(settings.executor.jobs).value_or(cores));
  const bool in_processes = *settings.executor.kind == ExecutorKind::Processes;
  const auto where = in_processes ? " in processes" : "";
  Findings findings;
  if (const auto needed = files_of_run(jobs, in_processes);
      machine.open_files != 0 && machine.open_files < needed)
    findings.push_back(
        {"open files",
         fmt::format("this user may have {} files open, and a run of {} steps at a time{} may need "
                     "{}: fewer will run at a time",
                     machine.open_files, jobs, where, needed),
         fmt::format("ulimit -n {}, or fewer executor.jobs", needed)});
  if (const auto needed = processes_of_run(jobs, in_processes);
      machine.processes != 0 && machine.processes < needed)
    findings.push_back(
        {"processes",
         fmt::format("this user may have {} processes and threads, and a run of {} steps at a "
                     "time{} may need {}: steps will wait for each other",
                     machine.processes, jobs, where, needed),
         fmt::format("ulimit -u {}, or fewer executor.jobs", needed)});
  return findings;
}

}  // namespace penstock
