#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "penstock/base/text.h"
#include "penstock/cli/commands.h"
#include "penstock/model/config_document.h"
#include "penstock/view/run_view.h"
#include "penstock/view/view_json.h"

namespace penstock {
namespace {

Result<ExitCode> execute_run_show(CommandContext& context) {
  const auto log = PENSTOCK_TRY(context.open_log());
  RunView view{.row = {PENSTOCK_TRY(log->find_run(context.args.value("RUN")))}};
  view.row.process_gone = context.services.is_process_gone(view.row.run);
  RunViewFold fold;
  auto read = log->read({.run = view.row.run.id}, [&](const Event& event) {
    fold.apply(event);
    return true;
  });
  if (!read.ok()) return read.error();
  view.progress = fold.progress();
  view.steps = fold.steps();
  if (context.global.json) {
    context.print_json(run_view_json(view));
    return ExitCode::Done;
  }
  context.print(run_view_text(view, context.services.clock->now(), &CommandContext::time_text,
                              context.global.style));
  context.hint(fmt::format("\n{} run events {}", context.called(), view.row.run.id.short_text()));
  return ExitCode::Done;
}

}  // namespace

CommandSpec run_show_command() {
  return {
      .name = "run show",
      .summary = "show a run: config, steps, failures, checks, what it made",
      .arguments = {{"RUN", "id of the run, or six or more characters of its beginning or end"}},
      .examples = {"run show 3f2a91bc"},
      .run = execute_run_show};
}

}  // namespace penstock
