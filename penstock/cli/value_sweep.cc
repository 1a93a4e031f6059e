#include "penstock/cli/value_sweep.h"

#include <algorithm>

#include "penstock/cli/lost_runs.h"
#include "penstock/run/step_folder.h"

namespace penstock {
namespace {

/// The run, or nothing when the log has none of that id.
Result<std::optional<RunRecord>> find_run(EventLog& log, const std::string& id) {
  auto run = log.find_run(id);
  if (run.ok()) return std::optional(*std::move(run));
  if (run.error().code == ErrorCode::NotFound) return std::optional<RunRecord>();
  return std::move(run).error();
}

SweptValue swept(const ValueFile& file, const KeptValues& kept, std::string cause) {
  const auto known = kept.find({file.run, file.object});
  if (known == kept.end()) return {file, {}, std::move(cause)};
  return {file, known->second, std::move(cause)};
}

/// Looks at the files of all runs, one run after the other.
class Sweep {
 public:
  Sweep(EventLog& log, const SweepRules& rules, Time now) : log_(log), rules_(rules), now_(now) {}

  Status look_at(std::span<const ValueFile> files) {
    const auto run = files.front().run;
    if (run.empty()) return {};  // not ours
    if (rules_.deleted.contains(run)) return take_all(files, "run");
    const auto record = PENSTOCK_TRY(find_run(log_, run.to_string()));
    if (!record) return take_all(files, "orphan");
    if (!is_final(record->status)) return {};
    const auto kept = PENSTOCK_TRY(kept_values(log_, run));
    const bool expired = now_ - record->ended >= rules_.failed_ttl && !PENSTOCK_TRY(is_needed(run));
    for (const auto& file : files) {
      const auto known = kept.find({run, file.object});
      if (file.pid != 0 || known == kept.end())
        found_.push_back({file, {}, "orphan"});
      else if (expired && known->second.keep == "failed")
        found_.push_back({file, known->second, "ttl"});
      else
        left_.push_back({file, known->second, "gc"});
    }
    return {};
  }

  std::vector<SweptValue> finish() {
    if (rules_.max_bytes) take_oldest();
    std::ranges::sort(found_, {}, [](const SweptValue& each) { return each.file.object; });
    return std::move(found_);
  }

 private:
  Status take_all(std::span<const ValueFile> files, const std::string& cause) {
    for (const auto& file : files) found_.push_back({file, {}, cause});
    return {};
  }

  void take_oldest() {
    std::ranges::stable_sort(left_, {}, [](const SweptValue& each) { return each.file.written; });
    auto bytes = bytes_of(left_);
    for (auto& each : left_) {
      if (bytes <= *rules_.max_bytes) break;
      bytes -= each.file.bytes;
      found_.push_back(std::move(each));
    }
  }

  Result<bool> is_needed(const RunId& run) {
    if (rules_.needed == nullptr && !found_needed_)
      found_needed_.emplace(
          PENSTOCK_TRY(find_needed_runs(log_, rules_.failed_ttl, now_, rules_.deleted)));
    const auto& needed = rules_.needed != nullptr ? *rules_.needed : *found_needed_;
    return needed.needed_by(run) != nullptr;
  }

  EventLog& log_;
  const SweepRules& rules_;
  const Time now_;
  std::optional<NeededRuns> found_needed_;
  std::vector<SweptValue> found_, left_;
};

}  // namespace

Result<std::map<RunId, RunId>> users_of_runs(EventLog& log) {
  std::map<RunId, RunId> users;
  for (const auto& user : PENSTOCK_TRY(unfinished_runs(log))) {
    auto parent = user.parent_run;
    while (!parent.empty()) {
      const auto run = PENSTOCK_TRY(find_run(log, parent));
      if (!run || !users.emplace(run->id, user.id).second) break;
      parent = run->parent_run;
    }
  }
  return users;
}

Result<std::set<RunId>> runs_in_use(EventLog& log) {
  std::set<RunId> in_use;
  for (const auto& unfinished : PENSTOCK_TRY(unfinished_runs(log))) in_use.insert(unfinished.id);
  for (const auto& [run, user] : PENSTOCK_TRY(users_of_runs(log))) in_use.insert(run);
  return in_use;
}

std::uint64_t bytes_of(std::span<const SweptValue> swept) {
  std::uint64_t bytes = 0;
  for (const auto& each : swept) bytes += each.file.bytes;
  return bytes;
}

Result<std::vector<SweptValue>> find_swept_values(EventLog& log, ValueStore& values,
                                                  const SweepRules& rules, Time now) {
  auto files = PENSTOCK_TRY(values.files());
  const auto in_use = PENSTOCK_TRY(runs_in_use(log));
  std::erase_if(files, [&](const ValueFile& file) { return in_use.contains(file.run); });
  std::ranges::stable_sort(files, {}, &ValueFile::run);
  Sweep sweep(log, rules, now);
  for (std::span<const ValueFile> left = files; !left.empty();) {
    const auto end = std::ranges::find_if(
        left, [&](const ValueFile& file) { return file.run != left.front().run; });
    const auto count = std::size_t(end - left.begin());
    PENSTOCK_TRY(sweep.look_at(left.first(count)));
    left = left.subspan(count);
  }
  return sweep.finish();
}

Result<std::vector<SweptValue>> find_orphans(EventLog& log, ValueStore& values, const RunId& run) {
  std::vector<SweptValue> found;
  const auto files = PENSTOCK_TRY(values.files(run));
  if (files.empty()) return found;
  const auto kept = PENSTOCK_TRY(kept_values(log, run));
  for (const auto& file : files)
    if (file.pid != 0 || !kept.contains({run, file.object})) found.push_back({file, {}, "orphan"});
  return found;
}

Result<std::vector<SweptValue>> find_superseded(EventLog& log, ValueStore& values,
                                                const std::string& parent_run) {
  std::vector<SweptValue> found;
  std::set<RunId> seen;
  auto run = PENSTOCK_TRY(find_run(log, parent_run));
  while (run && seen.insert(run->id).second) {
    const auto kept = PENSTOCK_TRY(kept_values(log, run->id));
    for (const auto& file : PENSTOCK_TRY(values.files(run->id)))
      if (auto each = swept(file, kept, "superseded"); each.known && each.known->keep == "failed")
        found.push_back(std::move(each));
    if (run->parent_run.empty()) break;
    run = PENSTOCK_TRY(find_run(log, run->parent_run));
  }
  return found;
}

Result<std::vector<RunId>> find_leftovers(EventLog& log, const std::filesystem::path& home,
                                          const SweepRules& rules, Time now) {
  std::vector<RunId> found;
  const auto in_use = PENSTOCK_TRY(runs_in_use(log));
  for (const auto& run : StepFolder::runs(home)) {
    if (in_use.contains(run)) continue;
    const auto record = PENSTOCK_TRY(find_run(log, run.to_string()));
    if (!record || rules.deleted.contains(run) ||
        (is_final(record->status) && now - record->ended >= rules.failed_ttl))
      found.push_back(run);
  }
  return found;
}

Status delete_swept(EventLog& log, ValueStore& values, std::span<const SweptValue> swept,
                    Time now) {
  std::vector<Event> events;
  for (const auto& each : swept)
    if (each.known) events.push_back(deletion_of(*each.known, now, each.cause));
  if (!events.empty()) {
    log.append(std::move(events));
    PENSTOCK_TRY(log.sync());  // a file that is gone is not to be looked for
  }
  for (const auto& each : swept) PENSTOCK_TRY(values.remove({{}, each.file.object}));
  return {};
}

}  // namespace penstock
