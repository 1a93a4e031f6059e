#include "penstock/view/progress_view.h"

#include <algorithm>

namespace penstock {
namespace {

constexpr std::size_t kMostListed = 100;

std::int64_t int_of(const Metadata& metadata, std::initializer_list<std::string_view> names) {
  for (const auto name : names) {
    const auto* fact = find_fact(metadata, name);
    if (fact != nullptr && fact->kind() == MetadataValue::Kind::Int) return fact->as_int();
  }
  return 0;
}

}  // namespace

std::int64_t ProgressView::rows() const {
  std::int64_t most = 0;
  for (const auto& asset : assets) most = std::max(most, asset.rows);
  for (const auto& op : ops)
    if (const auto found = op.progressed.find("rows"); found != op.progressed.end())
      most = std::max(most, found->second);
  return most;
}

PlanShape shape_of(const RunPlan& plan) {
  PlanShape shape;
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    const auto& step = plan.steps[i];
    shape.templates.push_back({step.path, step.scope == 0 ? 1 : 0});
    if (step.scope == 0) continue;
    const auto& source = plan.scopes[step.scope].source;
    const auto& maker = plan.steps[source.step];
    auto& dynamic = shape.dynamics[maker.path + "." + maker.op->outputs[source.port].name];
    dynamic.maker = source.step;
    dynamic.copies.push_back(i);
  }
  return shape;
}

ProgressFold::ProgressFold(PlanShape shape) : shape_(std::move(shape)) {
  for (const auto& step : shape_.templates) {
    op_index_.emplace(step.op, view_.ops.size());
    view_.ops.push_back({.op = step.op, .known = step.in_run, .steps = {}});
    view_.known_steps += step.in_run;
  }
  view_.all_known = shape_.dynamics.empty();
}

void ProgressFold::update_all_known() {
  view_.all_known =
      std::all_of(shape_.dynamics.begin(), shape_.dynamics.end(), [&](const auto& dynamic) {
        const auto& maker = view_.ops[dynamic.second.maker];
        return maker.steps.ended() >= maker.known;
      });
}

OpView& ProgressFold::op_of(const std::string& step) {
  std::string op = op_of_step(step);
  const auto [found, is_new] = op_index_.try_emplace(std::move(op), view_.ops.size());
  if (is_new) view_.ops.push_back({.op = found->first, .steps = {}});
  return view_.ops[found->second];
}

void ProgressFold::end_step(const Event& event) {
  const auto found = running_index_.find(event.step);
  if (found == running_index_.end()) return;
  const auto index = found->second;
  running_index_.erase(found);
  if (index + 1 != view_.running.size()) {
    view_.running[index] = std::move(view_.running.back());
    running_index_[view_.running[index].step] = index;
  }
  view_.running.pop_back();
  --op_of(event.step).steps.running;
}

void ProgressFold::forget_failure(const Event& event) {
  auto& failures = view_.failures;
  const auto found = std::find_if(failures.rbegin(), failures.rend(),
                                  [&](const auto& failure) { return failure.step == event.step; });
  if (found != failures.rend()) failures.erase(std::next(found).base());
  --view_.failure_count;
}

struct ProgressFold::Applier {
  ProgressFold& fold;
  const Event& event;
  const Instant now;

  void operator()(const StepStart&) {
    auto& view = fold.view_;
    fold.running_index_[event.step] = view.running.size();
    view.running.push_back({.step = event.step, .attempt = event.attempt, .since = now});
    ++fold.op_of(event.step).steps.running;
  }
  void operator()(const StepSuccess& body) {
    fold.end_step(event);
    auto& op = fold.op_of(event.step);
    ++op.steps.succeeded;
    const Micros duration(body.duration_us);
    op.total += duration;
    if (duration > op.longest || op.longest_step.empty())
      op.longest = duration, op.longest_step = event.step;
  }
  void operator()(const StepFailure& body) {
    fold.end_step(event);
    ++fold.op_of(event.step).steps.failed;
    add_failure({event.step, event.attempt, body.error, body.failure_class, event.time});
  }
  void operator()(const ResourceInitFailure& body) {
    add_failure({event.step, event.attempt, Error(body.error).within("resource " + body.resource),
                 "infrastructure", event.time});
  }
  void operator()(const StepUpForRetry& body) {
    auto& steps = fold.op_of(event.step).steps;
    --(body.succeeded ? steps.succeeded : steps.failed);
    ++steps.retried;
    if (!body.succeeded) fold.forget_failure(event);
  }
  void operator()(const StepReused&) {
    ++fold.op_of(event.step).steps.reused;
    fold.reused_step_ = event.step;
  }
  void operator()(const DynamicComplete& body) {
    if (event.step == fold.reused_step_) add_items(body.output, body.count);
  }
  void operator()(const StepSkipped&) {
    fold.end_step(event);
    ++fold.op_of(event.step).steps.skipped;
  }
  void operator()(const StepUpstreamFailed&) { ++fold.op_of(event.step).steps.upstream_failed; }
  void operator()(const StepCanceled&) {
    fold.end_step(event);
    ++fold.op_of(event.step).steps.canceled;
  }
  void operator()(const StepProgress& body) {
    const auto found = fold.running_index_.find(event.step);
    if (found == fold.running_index_.end()) return;
    auto& running = fold.view_.running[found->second];
    auto& sum = fold.op_of(event.step).progressed[body.unit];
    sum += body.done - (running.unit == body.unit ? running.done : 0);
    running.done = body.done, running.total = body.total, running.unit = body.unit;
  }
  void operator()(const StepOutput& body) {
    if (!body.mapping_key.empty()) add_items(body.output, 1);
  }
  void operator()(const AssetMaterialization& body) {
    auto& assets = fold.view_.assets;
    auto found = std::find_if(assets.begin(), assets.end(),
                              [&](const auto& asset) { return asset.asset == body.asset; });
    if (found == assets.end()) found = assets.insert(assets.end(), AssetView{.asset = body.asset});
    ++found->materializations;
    using namespace metadata_key;
    found->rows += int_of(body.metadata, {"rows", kPartitionRowCount, kRowCount});
    found->bytes += int_of(body.metadata, {"bytes", kBytes});
  }
  void operator()(const AssetCheckEvaluation& body) {
    if (body.passed || fold.view_.failed_checks.size() >= kMostListed) return;
    fold.view_.failed_checks.push_back({body.asset, body.check, body.partition, body.severity,
                                        body.description, event.step, false, body.metadata});
  }
  void operator()(const LogMessage&) {
    if (event.level == LogLevel::Warning) ++fold.view_.warnings;
    if (event.level >= LogLevel::Error) ++fold.view_.errors;
  }
  template <class Body>
  void operator()(const Body&) {}

  void add_items(const std::string& output, std::int64_t count) {
    if (fold.shape_.dynamics.empty()) return;
    const auto dynamic = fold.shape_.dynamics.find(source_name(output));
    if (dynamic == fold.shape_.dynamics.end()) return;
    const auto& copies = dynamic->second.copies;
    for (const auto index : copies) fold.view_.ops[index].known += count;
    fold.view_.known_steps += std::int64_t(copies.size()) * count;
  }
  std::string source_name(const std::string& output) const {
    return op_of_step(event.step) + "." + (output.empty() ? "result" : output);
  }
  void add_failure(FailureView failure) {
    ++fold.view_.failure_count;
    if (fold.view_.failures.size() < kMostListed) fold.view_.failures.push_back(std::move(failure));
  }
};

void ProgressFold::apply(const Event& event, Instant now) {
  if (!fold(view_.run, event).ok()) return;
  // Of a run that another process started, only the wall clock says how long ago that was.
  if (view_.started == Instant())
    view_.started = now - std::max(event.time - view_.run.created, Micros());
  event.body.visit(Applier{*this, event, now});
  if (!event.step.empty() && !shape_.dynamics.empty()) update_all_known();
  if (is_final(view_.run.status)) {
    view_.running.clear();
    running_index_.clear();
    for (auto& op : view_.ops) op.steps.running = 0;
  }
}

std::optional<Micros> estimate_left(const ProgressView& view, Instant now,
                                    const std::map<std::string, OpHistory>& history) {
  Micros left{0}, spent{0};
  std::int64_t known_steps = 0, unknown_steps = 0;
  for (const auto& op : view.ops) {
    spent += op.total;
    const auto open = op.known - op.steps.ended();
    if (open <= 0) continue;
    const auto past = history.find(op.op);
    if (op.steps.succeeded > 0) {
      left += op.total / op.steps.succeeded * open;
      known_steps += open;
    } else if (past != history.end() && past->second.successes > 0) {
      left += Micros(past->second.total_us / past->second.successes) * open;
      known_steps += open;
    } else {
      unknown_steps += open;
    }
  }
  // steps of ops that never ended are taken for average ones, as long as they are few
  if (unknown_steps > known_steps / 4) return std::nullopt;
  if (known_steps > 0) left += left / known_steps * unknown_steps;
  for (const auto& running : view.running) {
    const auto so_far = elapsed(running.since, now);
    spent += so_far;
    left -= std::min(left, so_far);
  }
  const auto run_time = elapsed(view.started, now);
  if (run_time.count() <= 0 || spent.count() <= 0) return std::nullopt;
  const double at_a_time = std::max(1.0, double(spent.count()) / double(run_time.count()));
  return Micros::from(double(left.count()) / at_a_time);
}

}  // namespace penstock
