#include "penstock/view/view_json.h"

#include <nlohmann/json.hpp>

#include "penstock/base/json_text.h"
#include "penstock/model/config_document.h"

namespace penstock {
namespace {

Json counts_json(const StepCounts& steps) {
  return {{"running", steps.running}, {"succeeded", steps.succeeded},
          {"failed", steps.failed},   {"upstream_failed", steps.upstream_failed},
          {"skipped", steps.skipped}, {"canceled", steps.canceled},
          {"reused", steps.reused},   {"retried", steps.retried}};
}

Json op_json(const OpView& op) {
  return {{"op", op.op},
          {"steps", counts_json(op.steps)},
          {"total_us", op.total.count()},
          {"longest_us", op.longest.count()},
          {"longest_step", op.longest_step}};
}

Json failure_json(const FailureView& failure) {
  return {{"step", failure.step},
          {"attempt", failure.attempt},
          {"class", failure.failure_class},
          {"error", error_json(failure.error)}};
}

Json check_json(const CheckView& check) {
  return {{"asset", check.asset},         {"check", check.check},
          {"partition", check.partition}, {"severity", check.severity},
          {"passed", check.passed},       {"description", check.description},
          {"step", check.step},           {"metadata", metadata_json(check.metadata)}};
}

Json asset_json(const AssetView& asset) {
  return {{"asset", asset.asset},
          {"materializations", asset.materializations},
          {"rows", asset.rows},
          {"bytes", asset.bytes}};
}

template <class Views, class F>
Json list_json(const Views& views, F&& to_json) {
  Json list = Json::array();
  for (const auto& view : views) list.push_back(to_json(view));
  return list;
}

Json output_json(const StepOutputView& output) {
  Json json{{"output", output.output}, {"type", output.value_type}, {"bytes", output.bytes}};
  if (!output.mapping_key.empty()) json["mapping_key"] = output.mapping_key;
  json["metadata"] = metadata_json(output.metadata);
  return json;
}

Json step_json(const StepView& step) {
  Json json{{"step", step.step},
            {"status", to_string(step.status)},
            {"attempts", step.attempts},
            {"started", time_json(step.started)},
            {"duration_us", step.duration.count()},
            {"cpu_us", step.cpu.count()}};
  if (!step.reason.empty()) json["reason"] = step.reason;
  json["output_count"] = step.output_count;
  json["outputs"] = list_json(step.outputs, output_json);
  json["errors"] = list_json(step.errors, [](const StepErrorView& error) {
    return Json{{"attempt", error.attempt}, {"error", error_json(error.error)}};
  });
  return json;
}

void add_results(Json& json, const ProgressView& view) {
  json["failures"] = list_json(view.failures, failure_json);
  json["failure_count"] = view.failure_count;
  json["failed_checks"] = list_json(view.failed_checks, check_json);
  json["assets"] = list_json(view.assets, asset_json);
}

}  // namespace

Json time_json(Time time) { return time == Time{} ? Json() : Json(to_rfc3339(time)); }

Json error_json(const Error& error) {
  Json json{{"code", to_string(error.code)}, {"message", error.message}};
  if (!error.kind.empty()) json["kind"] = error.kind;
  if (!error.context.empty()) json["context"] = error.context;
  if (!error.detail.empty()) json["detail"] = error.detail;
  return json;
}

Json metadata_json(const Metadata& metadata) {
  Json json = Json::object();
  for (const auto& [name, value] : metadata) json[name] = value.to_json();
  return json;
}

Json run_json(const RunRow& row) {
  const auto& run = row.run;
  Json json{{"id", run.id.to_string()},          {"job", run.job},
            {"status", to_string(run.status)},   {"process_gone", row.process_gone},
            {"created", time_json(run.created)}, {"ended", time_json(run.ended)}};
  json["duration_us"] = is_final(run.status) ? Json(run.duration.count()) : Json();
  json["steps"] = counts_json(run.steps);
  json["checks"] = {
      {"passed", run.checks_passed}, {"warned", run.checks_warned}, {"failed", run.checks_failed}};
  json["tags"] = run.tags;
  json["executor"] = run.executor;
  json["build_id"] = run.build_id;
  json["parent_run"] = run.parent_run;
  json["root_run"] = run.root_run;
  json["pid"] = run.pid;
  json["host"] = run.host;
  json["peak_rss"] = run.peak_rss;
  json["failure_class"] = run.failure_class;
  json["failure_reason"] = run.failure_reason;
  json["error"] = run.error;
  return json;
}

Json run_list_json(const std::vector<RunRow>& rows, bool has_more) {
  Json json{{"schema", "run_list.v1"}, {"runs", list_json(rows, run_json)}};
  json["cursor"] = has_more ? Json(rows.back().run.id.to_string()) : Json();
  return json;
}

Json run_report_json(const ProgressView& view) {
  Json json{{"schema", "run_report.v1"}, {"run", run_json({view.run})}};
  json["ops"] = list_json(view.ops, op_json);
  add_results(json, view);
  return json;
}

Json run_view_json(const RunView& view) {
  Json json{{"schema", "run.v1"}, {"run", run_json(view.row)}};
  // As documents say it, and not as it is stored.
  const auto config = parse_json(view.row.run.config);
  json["config"] = config.ok() ? to_json(from_json(*config)) : Json();
  json["steps"] = list_json(view.steps, step_json);
  add_results(json, view.progress);
  return json;
}

Json event_json(const Event& event) {
  auto parsed = parse_json(encode_body(event.body));
  auto payload = parsed.ok() ? *std::move(parsed) : Json();
  return {{"seq", event.seq},
          {"time", to_rfc3339(event.time)},
          {"run", event.run.to_string()},
          {"type", event_type(event)},
          {"step", event.step},
          {"attempt", event.attempt},
          {"level", to_string(event.level)},
          {"payload", std::move(payload)}};
}

}  // namespace penstock
