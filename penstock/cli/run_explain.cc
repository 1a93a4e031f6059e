#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "penstock/base/text.h"
#include "penstock/cli/commands.h"
#include "penstock/view/explain.h"

namespace penstock {
namespace {

std::string gone_text(const RunRecord& run) {
  return fmt::format(
      "process {} of this run lives no more: nobody goes on with it, and what is said of steps "
      "that "
      "wait or run is how it was\n\n",
      run.pid);
}

Result<ExitCode> execute_run_explain(CommandContext& context) {
  const auto log = PENSTOCK_TRY(context.open_log());
  const auto record = PENSTOCK_TRY(log->find_run(context.args.value("RUN")));
  RunExplainer explainer(context.global.json ? TimeText() : &CommandContext::time_text);
  auto read = log->read({.run = record.id}, [&](const Event& event) {
    explainer.apply(event);
    return true;
  });
  if (!read.ok()) return read.error();
  const bool is_gone = context.services.is_process_gone(record);
  if (is_gone && !context.global.json) context.print(printable(gone_text(record)));
  Json json{
      {"schema", "run_explain.v1"}, {"run", record.id.to_string()}, {"process_gone", is_gone}};
  if (const auto key = context.args.value("STEP"); !key.empty()) {
    const auto explained = PENSTOCK_TRY(explainer.step(key));
    json["step"] = explanation_json(explained);
    if (!context.global.json)
      context.print(explanation_text(explained, &CommandContext::time_text, context.global.style));
  } else {
    const auto explained = explainer.run();
    json["summary"] = explanation_json(explained);
    if (!context.global.json) context.print(explanation_text(explained, context.global.style));
  }
  if (context.global.json) context.print_json(json);
  return ExitCode::Done;
}

}  // namespace

CommandSpec run_explain_command() {
  return {.name = "run explain",
          .summary = "say why a step ran, waited, failed or did not run; or what held up the run",
          .arguments = {{"RUN", "id of the run, or six or more characters of its beginning or end"},
                        {"STEP", "key of a step, such as load[CO]; without it: the run", false}},
          .examples = {"run explain 3f2a91bc", "run explain 3f2a91bc 'load[CO]'"},
          .run = execute_run_explain};
}

}  // namespace penstock
