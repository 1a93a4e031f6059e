#include "penstock/view/explain.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "penstock/base/text.h"
#include "penstock/event/event_log.h"
#include "penstock/event/stored_plan.h"

namespace penstock {
namespace {

constexpr std::string_view kWaiting = "WAITING";
constexpr std::size_t kMostWaits = 10;

bool has_ended(std::string_view status) {
  return status != kWaiting && status != to_string(StepStatus::Running) &&
         status != to_string(StepStatus::Retrying);
}

/// `a,b` of `load[a,b]`; empty for a step that is not mapped.
std::string item_of(std::string_view key) {
  const auto open = key.find('[');
  if (open == std::string_view::npos) return {};
  return std::string(key.substr(open + 1, key.rfind(']') - open - 1));
}

/// What a step lacked, in few words.
std::string lacked(const std::optional<ExplainedBlock>& blocked) {
  if (!blocked || blocked->told.reason == "slots") return "a slot";
  return blocked->told.reason == "pool" ? "pool " + quote(blocked->told.pool)
                                        : blocked->told.reason;
}

/// `, as the 2nd of 3 that do`
std::string place_text(const ExplainedBlock& blocked) {
  if (blocked.of < 2) return {};
  const auto place = blocked.place;
  const bool is_teen = place / 10 % 10 == 1;
  const auto ending = is_teen           ? "th"
                      : place % 10 == 1 ? "st"
                      : place % 10 == 2 ? "nd"
                      : place % 10 == 3 ? "rd"
                                        : "th";
  return fmt::format(", as the {}{} of {} that do", place, ending, blocked.of);
}

/// One more attempt's wait; what it lacked is told if it is the longest.
void add_wait(CriticalStep& step, const ExplainedAttempt& attempt) {
  if (attempt.waited > Micros(0) && attempt.waited * 2 >= step.waited)
    step.waited_for = attempt.waited_for;
  step.waited += attempt.waited;
}

/// Whether one of two items is the other or contains it.
bool share_items(const std::string& a, const std::string& b) {
  const auto& shorter = a.size() < b.size() ? a : b;
  const auto& longer = a.size() < b.size() ? b : a;
  return shorter.empty() || shorter == longer || longer.starts_with(shorter + ",");
}

}  // namespace

struct RunExplainer::Teller {
  Known& known;
  const Event& event;
  const std::uint64_t order;

  void operator()(const StepStart& body) {
    known.status = to_string(StepStatus::Running);
    ExplainedAttempt attempt;
    if (body.waited_us > 0) attempt.waited_for = lacked(known.blocked);
    known.blocked.reset();
    attempt.attempt = event.attempt;
    attempt.started = event.time;
    attempt.waited = Micros(body.waited_us);
    attempt.memory = body.memory;
    known.attempts.push_back(std::move(attempt));
  }
  void operator()(const StepBlocked& body) {
    const auto since = known.blocked && known.blocked->told.reason == body.reason &&
                               known.blocked->told.pool == body.pool
                           ? known.blocked->since
                           : event.time;
    known.blocked = {body, since};
  }
  void operator()(const StepOutput& body) {
    if (!body.mapping_key.empty())
      known.items.emplace(body.mapping_key, Known::Point{event.time, order});
  }
  void operator()(const StepSuccess& body) { end(StepStatus::Success, body.duration_us); }
  void operator()(const StepFailure& body) {
    end(StepStatus::Failure, body.duration_us);
    known.error = body.error;
    if (!known.attempts.empty()) known.attempts.back().error = body.error;
  }
  void operator()(const StepUpForRetry& body) {
    known.status = to_string(StepStatus::Retrying);
    known.ended = {};
    if (known.attempts.empty()) return;
    known.attempts.back().retry_delay = Micros(body.delay_us);
    known.attempts.back().retry_reason = body.reason;
  }
  void operator()(const StepReused& body) {
    end(StepStatus::Reused, 0);
    known.reason = "it did not run: what it gave in run " + body.run + " is reused";
    if (!body.reason.empty()) known.reason += ", " + body.reason;
  }
  void operator()(const StepSkipped& body) {
    end(StepStatus::Skipped, 0);
    known.reason = body.started ? "its op asked to be skipped: " + body.reason : body.reason;
  }
  void operator()(const StepUpstreamFailed& body) {
    end(StepStatus::UpstreamFailed, 0);
    known.failed_step = body.step;
    known.reason = body.reason;
  }
  void operator()(const StepCanceled& body) {
    end(StepStatus::Canceled, 0);
    known.reason = fmt::format("canceled by {} {}", body.by,
                               body.started ? "while it ran" : "before it started");
  }
  template <class Body>
  void operator()(const Body&) {}

  void end(StepStatus status, std::int64_t duration_us) {
    known.status = to_string(status);
    known.ended = {event.time, order};
    if (!known.attempts.empty() && duration_us > 0)
      known.attempts.back().took = Micros(duration_us);
  }
};

void RunExplainer::read_plan(const std::string& text) {
  auto plan = parse_stored_plan(text);
  pools_ = std::move(plan.pools);
  for (auto& step : plan.steps)
    plan_[step.path] = {step.path, std::move(step.reads), std::move(step.pools),
                        std::move(step.reason)};
}

void RunExplainer::apply(const Event& event) {
  if (const auto* starting = event.body.get_if<RunStarting>()) return read_plan(starting->plan);
  if (event.body.is<RunSuccess, RunFailure, RunCanceled>()) has_ended_ = true;
  if (event.body.is<RunSuccess>()) has_succeeded_ = true;
  if (event.step.empty() || event.body.is<LogMessage>()) return;
  if (event.body.is<StepBlocked>()) {
    std::erase(told_blocked_, event.step);
    told_blocked_.push_back(event.step);
  }
  const auto [known, is_new] = steps_.try_emplace(event.step);
  if (is_new) keys_[op_of_step(event.step)].push_back(event.step);
  event.body.visit(Teller{known->second, event, ++events_});
}

const RunExplainer::Planned* RunExplainer::planned(const std::string& key) const {
  const auto found = plan_.find(op_of_step(key));
  return found == plan_.end() ? nullptr : &found->second;
}

/// The step keys that a step reads from; of templates that were never heard of, their path.
std::vector<std::string> RunExplainer::sources_of(const std::string& key) const {
  std::vector<std::string> sources;
  const auto* step = planned(key);
  if (!step) return sources;
  const auto item = item_of(key);
  for (const auto& path : step->reads) {
    const auto seen = keys_.find(path);
    if (seen == keys_.end()) {
      sources.push_back(path);
      continue;
    }
    for (const auto& source : seen->second)
      if (share_items(item, item_of(source))) sources.push_back(source);
  }
  return sources;
}

ExplainedInput RunExplainer::input(const std::string& source, const std::string& reader) const {
  ExplainedInput input{source, std::string(kWaiting), {}};
  const auto found = steps_.find(source);
  if (found == steps_.end()) return input;
  input.status = found->second.status;
  const auto ready_at = [&](const Known::Point& point) {
    input.ready = point.time;
    input.order = point.order;
  };
  ready_at(found->second.ended);
  // An item is there when it was handed on, which may be long before its producer ends.
  const auto items = item_of(reader);
  const auto outer = item_of(source);
  if (items.size() > outer.size()) {
    const auto rest = outer.empty() ? items : items.substr(outer.size() + 1);
    const auto item = found->second.items.find(rest.substr(0, rest.find(',')));
    if (item != found->second.items.end()) ready_at(item->second);
  }
  return input;
}

/// Whether a step that has not begun is a copy for an item that was handed on.
bool RunExplainer::is_waiting_item(const std::string& key) const {
  const auto items = item_of(key);
  if (items.empty() || planned(key) == nullptr) return false;
  return std::ranges::any_of(steps_, [&](const auto& step) {
    const auto outer = item_of(step.first);
    if (!outer.empty() && !items.starts_with(outer + ",")) return false;
    return step.second.items.contains(outer.empty() ? items : items.substr(outer.size() + 1));
  });
}

std::vector<std::string> RunExplainer::names() const {
  std::vector<std::string> names;
  for (const auto& [name, known] : steps_) names.push_back(name);
  for (const auto& [path, planned] : plan_)
    if (!steps_.contains(path)) names.push_back(path);
  return names;
}

std::vector<std::string> RunExplainer::items_of(const std::string& path) const {
  const auto at = keys_.find(path);
  if (at == keys_.end() || steps_.contains(path)) return {};
  return at->second;
}

Result<StepExplanation> RunExplainer::step(const std::string& key) const {
  const auto found = steps_.find(key);
  if (found == steps_.end() && !plan_.contains(key) && !is_waiting_item(key)) {
    const auto near = closest_name(key, names());
    const auto hint = near ? "; did you mean " + quote(*near) + "?" : "";
    return make_error(ErrorCode::NotFound, "the run has no step " + quote(key) + hint);
  }
  const Known known = found == steps_.end() ? Known() : found->second;
  StepExplanation explained;
  explained.step = key;
  explained.status = status_of(key);
  explained.attempts = known.attempts;
  for (const auto& source : sources_of(key)) {
    explained.inputs.push_back(input(source, key));
    const auto& read = explained.inputs.back();
    if (read.ready == Time{} && !has_ended(read.status)) explained.missing.push_back(source);
  }
  if (explained.status == kWaiting && explained.missing.empty()) {
    explained.blocked = placed(key);
    for (const auto& [other, state] : steps_)
      if (state.status == to_string(StepStatus::Running)) explained.running.push_back(other);
  }
  follow_failure(key, explained);
  explained.reason = why(key, known, explained);
  return explained;
}

/// Of a step that has copies for items: what they came to.
std::string RunExplainer::status_of(const std::string& key) const {
  const auto known = steps_.find(key);
  if (known != steps_.end() && known->second.status != kWaiting) return known->second.status;
  const auto copies = keys_.find(key);
  if (known != steps_.end() || copies == keys_.end())
    return has_ended_ ? "NOT_RUN" : std::string(kWaiting);
  std::set<std::string> found;
  for (const auto& copy : copies->second) found.insert(steps_.at(copy).status);
  for (const auto status : {StepStatus::Running, StepStatus::Retrying, StepStatus::Failure,
                            StepStatus::UpstreamFailed, StepStatus::Canceled})
    if (found.contains(std::string(to_string(status)))) return std::string(to_string(status));
  return found.size() == 1 ? *found.begin() : std::string(to_string(StepStatus::Success));
}

/// What a step waits for now, and how many wait for the same before it.
std::optional<ExplainedBlock> RunExplainer::placed(const std::string& key) const {
  const auto known = steps_.find(key);
  if (known == steps_.end() || !known->second.blocked || known->second.status != kWaiting)
    return {};
  auto blocked = *known->second.blocked;
  blocked.of = 0;
  for (const auto& other : told_blocked_) {
    const auto& state = steps_.at(other);
    if (!state.blocked || state.status != kWaiting ||
        state.blocked->told.reason != blocked.told.reason ||
        state.blocked->told.pool != blocked.told.pool)
      continue;
    ++blocked.of;
    if (other == key) blocked.place = blocked.of;
  }
  return blocked;
}

/// `, behind load[a]`: steps that are known to wait for a pool are served before others.
std::string RunExplainer::behind_text(const std::string& pool) const {
  std::vector<std::string> ahead;
  for (const auto& other : told_blocked_) {
    const auto& state = steps_.at(other);
    if (state.blocked && state.status == kWaiting && state.blocked->told.pool == pool)
      ahead.push_back(other);
  }
  return ahead.empty() ? "" : ", behind " + join(ahead, ", ");
}

/// `since 12:30:00 UTC`
std::string RunExplainer::since_text(Time since) const {
  return "since " + (time_ ? time_(since) : to_rfc3339(since).substr(11, 8) + " UTC");
}

void RunExplainer::follow_failure(const std::string& key, StepExplanation& explained) const {
  std::set<std::string> seen;
  for (auto at = key; seen.insert(at).second;) {
    const auto known = steps_.find(at);
    if (known == steps_.end()) return;
    const bool failed = known->second.status == to_string(StepStatus::Failure);
    if (failed || !known->second.failed_step.empty()) explained.chain.push_back(at);
    if (failed) explained.root_error = known->second.error;
    if (known->second.failed_step.empty()) return;
    at = known->second.failed_step;
  }
}

/// The pool that a step waits for, since when, and who holds it; empty when each has enough.
std::string RunExplainer::blocking_pool(const std::string& key, const Known& known) const {
  const auto* step = planned(key);
  if (step == nullptr) return {};
  for (const auto& [pool, amount] : step->pools) {
    const auto limit = pools_.find(pool);
    if (limit == pools_.end()) continue;
    std::int64_t used = 0;
    std::vector<std::string> holders;
    for (const auto& [other, state] : steps_) {
      const auto* holder = planned(other);
      if (holder == nullptr || state.status != to_string(StepStatus::Running)) continue;
      const auto held = holder->pools.find(pool);
      if (held == holder->pools.end()) continue;
      used += held->second;
      holders.push_back(fmt::format("{} ({})", other, held->second));
    }
    const bool is_told = known.blocked && known.blocked->told.pool == pool;
    if (used + amount > limit->second)
      return fmt::format("it waits for {} of pool {}{}{}, of which {} of {} are taken by {}",
                         amount, quote(pool), is_told ? " " + since_text(known.blocked->since) : "",
                         is_told ? place_text(*placed(key)) : behind_text(pool), used,
                         limit->second, join(holders, ", "));
  }
  return {};
}

std::string RunExplainer::why(const std::string& key, const Known& known,
                              const StepExplanation& explained) const {
  if (!known.failed_step.empty() && !known.reason.empty()) return "it did not run: " + known.reason;
  if (!known.failed_step.empty())
    return fmt::format("it did not run because {} failed", explained.chain.back());
  if (!known.reason.empty()) return known.reason;
  if (known.status == to_string(StepStatus::Failure))
    return fmt::format("it failed at attempt {}", known.attempts.size());
  if (known.status == to_string(StepStatus::Retrying))
    return fmt::format("it waits to be tried again, after {}",
                       known.attempts.empty() ? std::string("a while")
                                              : format_duration(known.attempts.back().retry_delay));
  if (known.status == kWaiting) return why_not_begun(key, known, explained);
  const ExplainedInput* last = nullptr;
  for (const auto& read : explained.inputs)
    if (read.ready != Time{} && (!last || read.order > last->order)) last = &read;
  const auto* plan = planned(key);
  const auto asked = plan == nullptr || plan->reason.empty()
                         ? std::string("it ran because it was asked for; ")
                         : "it ran again: " + plan->reason + "; ";
  return asked + (last ? "the last of its inputs came from " + last->step
                       : std::string("it needs no other step"));
}

std::string RunExplainer::why_not_begun(const std::string& key, const Known& known,
                                        const StepExplanation& explained) const {
  const auto copies = keys_.find(key);
  if (!steps_.contains(key) && copies != keys_.end()) {
    const auto items = copies->second.size();
    return fmt::format("it has {} item{}", items, items == 1 ? "" : "s");
  }
  if (has_ended_)
    return has_succeeded_ ? "the run ended without it: there was nothing for it to do"
                          : "the run ended before it was begun";
  if (!explained.missing.empty()) return "it waits for " + join(explained.missing, ", ");
  const auto pool = blocking_pool(key, known);
  return pool.empty() ? lack(explained) : pool;
}

/// What a step waits for that has its inputs.
std::string RunExplainer::lack(const StepExplanation& explained) const {
  if (!explained.blocked) {
    if (explained.running.empty()) return "its inputs have ended, but it was not begun";
    return "it waits for a slot; these steps have them: " + join(explained.running, ", ");
  }
  const auto& told = explained.blocked->told;
  const auto when = since_text(explained.blocked->since) + place_text(*explained.blocked);
  if (told.reason != "memory")
    return fmt::format("it waits for {} {} {}: {} were free; held by {}", told.wanted,
                       told.reason == "pool" ? "of pool " + quote(told.pool) : "slots", when,
                       told.free, join(told.holders, ", "));
  const auto bytes = [](std::int64_t n) { return format_bytes(std::uint64_t(n)); };
  return fmt::format(
      "it waits for {} of memory {}: {} were free, {} in values that wait; the rest is reserved by "
      "{}",
      bytes(told.wanted), when, bytes(told.free), bytes(told.held),
      told.holders.empty() ? "nobody" : join(told.holders, ", "));
}

/// From the step that ended last, back along the inputs that came last.
std::vector<CriticalStep> RunExplainer::path_to(std::string last) const {
  std::vector<CriticalStep> path;
  std::set<std::string> seen;
  while (!last.empty() && seen.insert(last).second) {
    const auto& known = steps_.at(last);
    CriticalStep step{last};
    for (const auto& attempt : known.attempts) {
      add_wait(step, attempt);
      step.took += attempt.took + attempt.retry_delay;
    }
    path.push_back(std::move(step));
    std::string before;
    std::uint64_t order = 0;
    for (const auto& source : sources_of(last)) {
      const auto read = input(source, last);
      const auto found = steps_.find(source);
      if (found == steps_.end() || found->second.attempts.empty() || read.order < order) continue;
      before = source;
      order = read.order;
    }
    last = before;
  }
  std::ranges::reverse(path);
  return path;
}

RunExplanation RunExplainer::run() const {
  RunExplanation explained;
  std::map<std::string, std::int64_t> lost;
  std::string last;
  std::uint64_t last_end = 0;
  for (const auto& [key, known] : steps_) {
    if (known.ended.order >= last_end && !known.attempts.empty()) {
      last = key;
      last_end = known.ended.order;
    }
    CriticalStep waits{key};
    for (const auto& attempt : known.attempts) add_wait(waits, attempt);
    if (waits.waited > Micros(0)) {
      waits.took = known.attempts.back().took;
      explained.longest_waits.push_back(std::move(waits));
    }
    if (known.failed_step.empty()) continue;
    StepExplanation chain;
    follow_failure(key, chain);
    ++lost[chain.chain.back()];
  }
  for (const auto& [key, known] : steps_)
    if (known.status == to_string(StepStatus::Failure) && known.error)
      explained.failures.push_back({key, *known.error, lost[key]});
  std::ranges::stable_sort(explained.longest_waits, std::greater{}, &CriticalStep::waited);
  if (explained.longest_waits.size() > kMostWaits)
    explained.longest_waits.erase(explained.longest_waits.begin() + kMostWaits,
                                  explained.longest_waits.end());
  explained.critical_path = path_to(std::move(last));
  for (const auto& key : told_blocked_)
    if (auto blocked = has_ended_ ? std::nullopt : placed(key)) {
      auto reason = step(key);
      explained.waiting.push_back({key, reason.ok() ? reason->reason : "", std::move(*blocked)});
    }
  return explained;
}

}  // namespace penstock
