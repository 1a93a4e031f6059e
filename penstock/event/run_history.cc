#include "penstock/event/run_history.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "penstock/event/keys_digest.h"
#include "penstock/event/stored_plan.h"

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

/// Leave items out, and bring the others into an order: those at the given places.
void arrange_items(KnownOutput& output, const std::vector<std::size_t>& places) {
  std::vector<KnownItem> items;
  items.reserve(places.size());
  for (const auto place : places) items.push_back(std::move(output.items[place]));
  output.items = std::move(items);
  output.places.clear();
  for (std::size_t i = 0; i < output.items.size(); ++i) output.places[output.items[i].key] = i;
}

/// Leave items out that a later attempt did not give.
void discard_items(KnownOutput& output, const std::vector<std::string>& keys) {
  for (const auto& key : keys) output.places.erase(key);
  std::vector<std::size_t> kept, new_places(output.items.size());
  for (std::size_t i = 0; i < output.items.size(); ++i) {
    if (!output.places.contains(output.items[i].key)) continue;
    new_places[i] = kept.size();
    kept.push_back(i);
  }
  std::erase_if(output.latest,
                [&](auto place) { return !output.places.contains(output.items[place].key); });
  for (auto& place : output.latest) place = new_places[place];
  arrange_items(output, kept);
}

/// The items are those of the last attempt in its order, if they are what its manifest counts. Logs
/// of earlier versions do not tell every change of the order.
void complete_items(KnownOutput& output, const DynamicComplete& manifest) {
  KeysDigest keys;
  for (const auto place : output.latest) keys.add(output.items[place].key);
  output.disordered = !std::cmp_equal(output.latest.size(), manifest.count) ||
                      (!manifest.keys_md5.empty() && keys.hex() != manifest.keys_md5);
  if (!output.disordered) arrange_items(output, output.latest);
  output.latest = {};
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

  /// What came of an output in the process that runs now: another one starts with none.
  std::vector<std::size_t>& latest(KnownOutput& output) {
    if (std::exchange(output.process, history.processes_) != history.processes_)
      output.latest.clear();
    return output.latest;
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
  void operator()(const RunResumed& body) {
    history.folder_ = body.folder;
    ++history.processes_;
  }
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
    auto& output = output_of(step(), body.output);
    value_of(output, body.mapping_key).bytes = body.bytes;
    if (!body.mapping_key.empty()) latest(output).push_back(output.places.at(body.mapping_key));
  }
  void operator()(const HandledOutput& body) {
    if (step().run != event.run || event.attempt < step().attempt) return;  // of a late attempt
    value_of(output_of(step(), body.output), body.mapping_key).stored = stored(body);
  }
  void operator()(const DynamicComplete& body) {
    if (step().run != event.run) return;
    auto& output = output_of(step(), body.output);
    output.given = true;
    latest(output);
    complete_items(output, body);
  }
  void operator()(const DynamicChanged& body) {
    auto& output = output_of(step(), body.output);
    latest(output);
    discard_items(output, body.discarded);
    if (body.order.empty()) return;
    output.latest.clear();
    for (const auto& key : body.order)
      if (const auto at = output.places.find(key); at != output.places.end())
        output.latest.push_back(at->second);
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
  // A step that had not started is as it was before: it had failed, or nothing is known of it. One
  // that was to be retried has ended with this.
  void operator()(const StepCanceled& body) {
    const auto known = history.steps_.find(event.step);
    const bool is_retrying = known != history.steps_.end() && known->second.run == event.run &&
                             known->second.state == KnownState::Retrying;
    if (body.started || is_retrying) end(KnownState::Canceled);
  }
  template <class Body>
  void operator()(const Body&) {}
};

void RunHistory::apply(const Event& event) { event.body.visit(Applier{*this, event}); }

void RunHistory::begin_run(const Event& event, const RunStarting& body) {
  run_ = event.run;
  ++processes_;
  starting_ = body;
  folder_ = body.folder;
  planned_.clear();
  read_plan(body.plan);
}

void RunHistory::read_plan(const std::string& json) {
  std::unordered_set<std::string> anew;
  for (auto& step : parse_stored_plan(json).steps) {
    planned_[step.path] = true;
    if (step.anew) anew.insert(step.path);
    if (!step.signature.empty())
      templates_[step.path] = {std::move(step.signature), std::move(step.config)};
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
