// Items of dynamic outputs: how they come, how many may be under way, what a retry changes.
#include <fmt/format.h>

#include <algorithm>

#include "penstock/base/text.h"
#include "penstock/base/utf8.h"
#include "penstock/event/keys_digest.h"
#include "penstock/run/reactor.h"

namespace penstock {

namespace {

// Keys of nested items are joined to step keys, which stand in the log and in messages.
constexpr std::size_t kLongestKey = 1000;

bool is_good_key(const std::string& key) {
  return key.size() <= kLongestKey && is_mapping_key(key);
}

Error bad_key(const std::string& key, const OutputDef& output) {
  if (key.size() > kLongestKey)
    return make_error(ErrorCode::UserFailure,
                      fmt::format("a mapping key of output {} has {} bytes; at most {}: {}…",
                                  quote(output.name), key.size(), kLongestKey,
                                  quote(std::string_view(key).substr(0, utf8_border(key, 40)))));
  const bool is_dots = key == "." || key == "..";
  return make_error(ErrorCode::UserFailure,
                    fmt::format("mapping key {} of output {} is {}", quote(key), quote(output.name),
                                is_dots ? "a name of folders; any other of [A-Za-z0-9_.-]+ will do"
                                : key.empty() ? "empty; expected [A-Za-z0-9_.-]+"
                                              : "not [A-Za-z0-9_.-]+"));
}

Error given_twice(const std::string& key, const OutputDef& output) {
  return make_error(ErrorCode::UserFailure,
                    fmt::format("output {} gave the mapping key {} twice; keys are unique",
                                quote(output.name), quote(key)));
}

}  // namespace

Result<bool> Reactor::wants_item(StepRef ref, std::uint32_t port, const std::string& key) {
  const auto& output = plan_.steps[ref.step].op->outputs[port];
  if (!is_good_key(key)) return bad_key(key, output);
  if (slots_.is_discarded(plan_.steps[ref.step].scope, ref.copy)) return false;
  const auto& keys = slots_.group(slots_.scope_of({ref.step, port}), ref.copy).keys;
  const auto known = keys.find(key);
  if (known == keys.end()) return true;
  if (known->second.attempt == slots_.slot(ref).attempt) return given_twice(key, output);
  return false;
}

Status Reactor::on_yield(StepRef ref, std::uint32_t port, std::string key, Value value, Moment now,
                         Actions& actions, Metadata summary) {
  begin(now, actions);
  const auto& output = plan_.steps[ref.step].op->outputs[port];
  if (!is_good_key(key)) return bad_key(key, output);
  if (slots_.is_discarded(plan_.steps[ref.step].scope, ref.copy)) return {};  // nobody wants it
  const auto scope = slots_.scope_of({ref.step, port});
  auto& group = slots_.group(scope, ref.copy);
  const auto attempt = slots_.slot(ref).attempt;
  const auto [known, fresh] = group.keys.try_emplace(key, YieldedKey{0, attempt, attempt});
  if (!fresh && known->second.attempt == attempt) return given_twice(key, output);
  may_exceed_.erase(ref);
  known->second.attempt = attempt;
  if (fresh) {
    emit_output(ref, output, value, std::move(summary), key);
    const auto bytes = value.bytes();
    if (const auto running = std::ranges::find(running_, ref, &Running::ref);
        running != running_.end())
      running->bytes_out += bytes;
    known->second.copy = add_item(scope, ref.copy, std::move(key), {std::move(value), bytes, 0});
  } else {  // given by an earlier attempt: its copies stay
    actions.dropped.push_back(std::move(value));
  }
  if (attempt > 0) group.again.push_back(known->second.copy);
  settle();
  return {};
}

/// Add an item to a group: waiting copies of all that is mapped over it.
std::uint32_t Reactor::add_item(std::uint32_t scope, std::uint32_t parent, std::string key,
                                HeldValue held, const std::vector<std::uint32_t>& sides) {
  held.readers = readers_of_items(scope) - gatherers_ended(scope, parent);
  if (held.readers == 0 && !limits_.keep_values) forget(held);
  held_bytes_ += held.bytes;
  const auto copy = slots_.add_copy(scope, parent, std::move(key), std::move(held));
  sides_[scope].insert(sides_[scope].end(), sides.begin(), sides.end());
  auto& group = slots_.group(scope, parent);
  group.copies.push_back(copy);
  if (!slots_.templates(scope).empty()) ++group.in_flight;
  open_copy(scope, copy);
  const auto& source = plan_.scopes[scope].source;
  if (plan_.steps[source.step].join == JoinKind::None) hear(source, parent, copy, Arrival::Good);
  return copy;
}

/// Those that gather or combine the items, and ended before they came: an earlier run has what they
/// give.
std::uint32_t Reactor::gatherers_ended(std::uint32_t scope, std::uint32_t parent) const {
  std::uint32_t ended = 0;
  if (plan_.reused.empty()) return ended;
  const auto& source = plan_.scopes[scope].source;
  for (const auto& reader : plan_.steps[source.step].readers[source.port])
    if (is_gathering(reader.kind) && reader.kind != PlannedReader::Kind::Reduced)
      ended += gathers_no_more(reader, parent);
  return ended;
}

/// How many times the value of each item of a scope will be released.
std::uint32_t Reactor::readers_of_items(std::uint32_t scope) const {
  const auto step = plan_.scopes[scope].source.step;
  const auto is_of_scope = [&](std::uint32_t port) {
    return slots_.scope_of({step, port}) == scope;
  };
  std::uint32_t readers = 0;
  const auto& by_port = plan_.steps[step].readers;
  for (std::uint32_t port = 0; port < by_port.size(); ++port)
    for (const auto& reader : by_port[port])
      if (is_of_scope(port) && reader.kind != PlannedReader::Kind::Reduced)
        readers += is_gathering(reader.kind) || plan_.steps[reader.step].scope == scope;
  for (const auto inner : slots_.inner(scope))
    for (const auto& broadcast : slots_.broadcasts(inner))
      readers += broadcast.source.step == step && is_of_scope(broadcast.source.port);
  return readers;
}

bool Reactor::must_wait(StepRef ref, std::uint32_t port) {
  const auto most = plan_.steps[ref.step].max_in_flight;
  if (plan_.steps[ref.step].unit >= 0) return false;  // those it shares a stream with wait for it
  if (most == 0 || limits_.admission.serial || status_ != RunStatus::Started) return false;
  if (may_exceed_.contains(ref) || slots_.slot(ref).state != StepState::Running) return false;
  return slots_.group(slots_.scope_of({ref.step, port}), ref.copy).in_flight >= most;
}

void Reactor::on_wait(StepRef ref, std::uint32_t port, Moment now, Actions& actions) {
  begin(now, actions);
  if (!waiting_.emplace(ref, Waiting{port, false}).second) return;
  admission_.pause(ref);
  settle();
}

/// All steps of an item ended: whoever waited to yield one more may.
void Reactor::item_done(std::uint32_t scope, std::uint32_t parent) {
  --slots_.group(scope, parent).in_flight;
  if (plan_.scopes[scope].parts) return;
  const StepRef producer{plan_.scopes[scope].source.step, parent};
  const auto at = waiting_.find(producer);
  if (at == waiting_.end() || at->second.queued || must_wait(producer, at->second.port)) return;
  queue_to_resume(producer);
}

/// Nothing goes on but steps that wait to yield: their items need their end. One may yield,
/// whatever else waits for what the paused ones hold.
void Reactor::lift_a_bound() {
  const auto ref = waiting_.begin()->first;
  may_exceed_.insert(ref);
  if (exceeded_.insert(ref).second)
    emit(ref,
         EngineEvent{fmt::format("more than {} items are under way, since those there are wait for "
                                 "the end of this step",
                                 plan_.steps[ref.step].max_in_flight)},
         LogLevel::Warning);
  stop_waiting(ref);
  admission_.take(rank_of(ref), claims_to_resume(ref));
  actions_->resume.push_back(ref);
}

Claims Reactor::claims_to_resume(StepRef ref) const {
  const auto& step = plan_.steps[ref.step];
  return {step.cpu, 0, false, step.claims};
}

void Reactor::queue_to_resume(StepRef ref) {
  waiting_.at(ref).queued = true;
  admission_.add({rank_of(ref), claims_to_resume(ref)});
}

/// A step does not wait to yield any more, for another reason than that it may.
void Reactor::stop_waiting(StepRef ref) {
  const auto waiting = waiting_.extract(ref);
  if (!waiting.empty() && waiting.mapped().queued) admission_.remove(rank_of(ref));
}

void Reactor::emit_complete(StepRef ref, std::uint32_t port, Metadata metadata) {
  const auto& output = plan_.steps[ref.step].op->outputs[port];
  const auto scope = slots_.scope_of({ref.step, port});
  const auto& copies = slots_.group(scope, ref.copy).copies;
  KeysDigest keys;
  for (const auto copy : copies) keys.add(slots_.item(scope, copy).key);
  const bool is_only = output.name == "result" || plan_.steps[ref.step].join != JoinKind::None;
  emit(ref, DynamicComplete{is_only ? "" : output.name, std::int64_t(copies.size()),
                            std::move(metadata), keys.hex()});
}

/// A later attempt succeeded: the items are those that it gave, in its order.
void Reactor::settle_manifest(StepRef ref, std::uint32_t port) {
  const auto attempt = slots_.slot(ref).attempt;
  if (attempt == 0) return;
  const auto scope = slots_.scope_of({ref.step, port});
  auto& group = slots_.group(scope, ref.copy);
  const auto& output = plan_.steps[ref.step].op->outputs[port];
  DynamicChanged change{.output = output.name == "result" ? "" : output.name};
  std::vector<std::uint32_t> discarded, kept;
  for (const auto copy : group.copies) {
    const auto& key = slots_.item(scope, copy).key;
    const auto& yielded = group.keys.at(key);
    if (yielded.attempt != attempt) {
      discarded.push_back(copy);
      change.discarded.push_back(key);
      continue;
    }
    kept.push_back(copy);
    if (yielded.first == attempt) change.added.push_back(key);
  }
  group.copies = std::exchange(group.again, {});
  if (group.copies != kept)
    for (const auto copy : group.copies) change.order.push_back(slots_.item(scope, copy).key);
  if (!change.added.empty() || !change.discarded.empty() || !change.order.empty())
    emit(ref, std::move(change), LogLevel::Warning);
  const auto by =
      fmt::format("attempt {} of {}, which did not give the item", attempt + 1, slots_.key(ref));
  for (const auto copy : discarded) discard(scope, copy, by);
}

/// Take an item away: what runs for it is stopped and ignored, nothing of it is kept or counts.
void Reactor::discard(std::uint32_t scope, std::uint32_t copy, const std::string& by) {
  slots_.mark_discarded(scope, copy);
  auto& group = slots_.group(scope, slots_.item(scope, copy).parent);
  for (const auto step : slots_.templates(scope)) {
    const auto state = slots_.slot({step, copy}).state;
    if (!slots_.slot({step, copy}).told) continue;
    --group.ended[slots_.rank(step)];
    if (!is_success(state) && state != StepState::Skipped) --group.failed[slots_.rank(step)];
  }
  for (const auto step : slots_.templates(scope)) discard_step({step, copy}, by);
  for (const auto inner : slots_.inner(scope))
    for (const auto nested : std::vector(slots_.group(inner, copy).copies))
      discard(inner, nested, by);
  forget(slots_.item(scope, copy).held);
  discard_joined(scope, copy, by);
}

void Reactor::discard_step(StepRef ref, const std::string& by) {
  auto& slot = slots_.slot(ref);
  switch (slot.state) {
    case StepState::Running:  // or a member of a stream unit that has ended before the others
      if (running_at(ref) != nullptr) actions_->cancel.push_back(ref);
      break;
    case StepState::RetryWait:
    case StepState::Waiting:
    case StepState::Ready:
      end_canceled(ref, by, false);
      break;
    case StepState::Failed:
      excused_.insert(ref);
      break;
    default:
      break;
  }
  if (!slot.outputs) return;
  for (std::size_t port = 0; port < plan_.steps[ref.step].op->outputs.size(); ++port)
    forget(slot.outputs[port]);
  slot.outputs.reset();
}

/// A step of a discarded item ended: nothing of it is taken.
void Reactor::end_discarded(StepRef ref) {
  end_canceled(ref, "a later attempt, which did not give the item", true);
}

void Reactor::forget(HeldValue& held) {
  held_bytes_ -= held.value && held.readers > 0 ? held.bytes : 0;
  if (held.value) actions_->dropped.push_back(std::move(held.value));
  held = {};
}

}  // namespace penstock
