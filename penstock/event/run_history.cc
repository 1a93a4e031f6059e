#include "penstock/event/run_history.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <unordered_set>

#include "penstock/base/json.h"

namespace penstock {
namespace {

std::string output_name(const std::string& stored) { return stored.empty() ? "result" : stored; }

KnownOutput& output_of(KnownStep& step, const std::string& stored_name) {
  const auto name = output_name(stored_name);
  for (auto& output : step.outputs)
    if (output.name == name) return output;
  return step.outputs.emplace_back(KnownOutput{.name = name});
}

/// Values of an earlier attempt count no more; its items stay, and are kept when they come again.
void forget_values(KnownStep& step) {
  for (auto& output : step.outputs)
    if (output.items.empty()) output = {.name = output.name};
}

KnownValue& value_of(KnownOutput& output, const std::string& key) {
  output.given = true;
  if (key.empty()) return output.value;
  const auto [place, is_new] = output.places.try_emplace(key, output.items.size());
  if (is_new) output.items.push_back({key});
  return output.items[place->second].value;
}

}  // namespace

const KnownOutput* KnownStep::find(std::string_view output) const {
  for (const auto& each : outputs)
    if (each.name == output) return &each;
  return nullptr;
}

struct RunHistory::Applier {
  RunHistory& history;
  const Event& event;

  KnownStep& step() { return history.steps_[event.step]; }

  void end(KnownState state, const std::string& reason = {}) {
    auto& known = step();
    known.told = event.run;
    if (known.run != event.run || state == KnownState::NotRun) known = {.told = event.run};
    if (state == KnownState::UpstreamFailed) forget_values(known);
    known.state = state;
    known.superseded = false;
    known.run = event.run;
    known.reason = reason;
  }

  /// A path of a file is absolute from here on: readers may work in another folder.
  StoredValue stored(const HandledOutput& body) const {
    StoredValue value{body.manager, body.object, std::uint64_t(body.bytes), body.hash, body.layout};
    if (body.staged.empty()) return value;
    value.object = (history.folder_ / body.object).lexically_normal().string();
    value.file_of = event.run;
    return value;
  }

  void operator()(const RunStarting& body) { history.begin_run(event, body); }
  void operator()(const RunResumed& body) { history.folder_ = body.folder; }
  void operator()(const StepStart&) {
    auto& known = step();
    if (known.superseded) known = {};
    known.state = KnownState::Running;
    known.superseded = false;
    known.run = event.run;
    known.attempt = event.attempt;
    forget_values(known);
  }
  void operator()(const StepOutput& body) {
    value_of(output_of(step(), body.output), body.mapping_key).bytes = body.bytes;
  }
  void operator()(const HandledOutput& body) {
    if (step().run != event.run || event.attempt < step().attempt) return;  // of a late attempt
    value_of(output_of(step(), body.output), body.mapping_key).stored = stored(body);
  }
  void operator()(const DynamicComplete& body) {
    if (step().run == event.run) output_of(step(), body.output).given = true;
  }
  void operator()(const DynamicChanged& body) {
    auto& output = output_of(step(), body.output);
    for (const auto& key : body.discarded) output.places.erase(key);
    std::erase_if(output.items,
                  [&](const auto& item) { return !output.places.contains(item.key); });
    for (std::size_t i = 0; i < output.items.size(); ++i) output.places[output.items[i].key] = i;
  }
  void operator()(const StepSuccess&) {
    step().state = KnownState::Succeeded;
    step().told = event.run;
  }
  // Of a step that no run before it tells of, nothing is known but that: it will run anew.
  void operator()(const StepReused&) {
    step().superseded = false;
    step().told = event.run;
  }
  void operator()(const StepFailure& body) {
    step().state = KnownState::Failed;
    step().told = event.run;
    step().reason = body.error.to_string();
  }
  void operator()(const StepUpForRetry& body) {
    step().state = KnownState::Retrying;
    step().attempt = body.next_attempt;
  }
  void operator()(const StepSkipped& body) {
    end(body.started ? KnownState::Skipped : KnownState::NotRun, body.reason);
  }
  void operator()(const StepUpstreamFailed& body) {
    end(KnownState::UpstreamFailed, body.step + " failed");
  }
  // One that had not started is as it was before: it had failed, or nothing is known of it.
  void operator()(const StepCanceled& body) {
    if (body.started) end(KnownState::Canceled);
  }
  template <class Body>
  void operator()(const Body&) {}
};

void RunHistory::apply(const Event& event) { event.body.visit(Applier{*this, event}); }

void RunHistory::begin_run(const Event& event, const RunStarting& body) {
  run_ = event.run;
  starting_ = body;
  folder_ = body.folder;
  planned_.clear();
  read_plan(body.plan);
}

void RunHistory::read_plan(const std::string& json) {
  const auto plan = Json::parse(json, nullptr, false);
  if (!plan.is_object() || !plan.contains("steps")) return;
  std::unordered_set<std::string> anew;
  for (const auto& step : plan["steps"]) {
    const auto path = step.value("path", "");
    planned_[path] = true;
    if (step.contains("signature"))
      templates_[path] = {step.value("signature", ""), step.value("config", "")};
    if (step.value("anew", false)) anew.insert(path);
  }
  if (anew.empty()) return;
  for (auto& [key, step] : steps_)
    if (anew.contains(op_of_step(key))) step.superseded = true;
}

const KnownStep* RunHistory::find(const std::string& key) const {
  const auto found = steps_.find(key);
  return found == steps_.end() ? nullptr : &found->second;
}

const KnownTemplate* RunHistory::find_template(const std::string& path) const {
  const auto found = templates_.find(path);
  return found == templates_.end() ? nullptr : &found->second;
}

Result<RunHistory> RunHistory::read(EventLog& log, const RunRecord& run) {
  std::vector<RunRecord> chain{run};
  while (!chain.back().parent_run.empty()) {
    auto parent = log.find_run(chain.back().parent_run);
    if (!parent.ok()) break;
    chain.push_back(std::move(*parent));
  }
  RunHistory history;
  for (auto each = chain.rbegin(); each != chain.rend(); ++each)
    PENSTOCK_TRY(log.read({.run = each->id}, [&](const Event& event) {
      history.apply(event);
      return true;
    }));
  return history;
}

}  // namespace penstock
