#include <nlohmann/json.hpp>

#include "penstock/cli/commands.h"
#include "penstock/view/explain.h"

namespace penstock {
namespace {

Result<ExitCode> run(CommandContext& context) {
  const auto log = PENSTOCK_TRY(context.open_log());
  const auto record = PENSTOCK_TRY(log->find_run(context.args.value("RUN")));
  RunExplainer explainer;
  auto read = log->read({.run = record.id}, [&](const Event& event) {
    explainer.apply(event);
    return true;
  });
  if (!read.ok()) return read.error();
  Json json{{"schema", "run_explain.v1"}, {"run", record.id.to_string()}};
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
          .arguments = {{"RUN", "id of the run, or its last six or more characters"},
                        {"STEP", "key of a step, such as load[CO]; without it: the run", false}},
          .examples = {"run explain 3f2a91bc", "run explain 3f2a91bc 'load[CO]'"},
          .run = run};
}

}  // namespace penstock
