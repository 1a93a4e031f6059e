#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>

#include "penstock/base/text.h"
#include "penstock/cli/commands.h"
#include "penstock/cli/complete.h"
#include "penstock/cli/completion_scripts.h"

namespace penstock {
namespace {

constexpr std::size_t kRuns = 50;

std::vector<Candidate> job_names(const CommandContext& context) {
  std::vector<Candidate> names;
  const auto definitions = context.services.definitions();
  if (!definitions.ok()) return names;
  for (const auto& job : definitions->jobs()) names.push_back({job->name, job->description});
  return names;
}

std::vector<Candidate> recent_runs(const CommandContext& context) {
  std::vector<Candidate> names;
  const auto log = context.open_log();
  if (!log.ok()) return names;
  const auto runs = (*log)->runs({.limit = kRuns});
  if (!runs.ok()) return names;
  for (const auto& run : *runs)
    names.push_back({run.id.short_text(), fmt::format("{}  {}", run.job, to_string(run.status))});
  return names;
}

void add_steps(const GraphDef& graph, const std::string& prefix, std::vector<Candidate>& steps,
               std::set<std::string>& tags) {
  for (const auto& input : graph.unbound)
    steps.push_back({prefix + "inputs." + input.name, input.description});
  for (const auto& node : graph.nodes) {
    for (const auto& [key, value] : node.options.tags) tags.insert(key);
    if (node.graph) {
      add_steps(*node.graph, prefix + node.name + ".", steps, tags);
      continue;
    }
    for (const auto& [key, value] : node.op->tags) tags.insert(key);
    steps.push_back({prefix + node.name, node.op->description});
  }
}

// With the tags that select some of them.
std::vector<Candidate> step_names(const CommandContext& context, std::string job,
                                  const std::string& run) {
  std::vector<Candidate> steps;
  if (!run.empty()) {
    const auto log = context.open_log();
    if (!log.ok()) return steps;
    const auto found = (*log)->find_run(run);
    if (!found.ok()) return steps;
    job = found->job;
  }
  const auto definitions = context.services.definitions();
  if (!definitions.ok()) return steps;
  const auto found = definitions->find_job(job);
  if (!found.ok()) return steps;
  std::set<std::string> tags;
  add_steps(*(*found)->graph, "", steps, tags);
  for (const auto& tag : tags) steps.push_back({"tag:" + tag, "steps with this tag"});
  return steps;
}

// What is being typed may name another home than this command was given.
std::filesystem::path home_in(const std::vector<std::string>& words,
                              const std::filesystem::path& otherwise) {
  constexpr std::string_view kHome = "--home=";
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    if (words[i] == "--home" && i + 2 < words.size()) return words[i + 1];
    if (words[i].starts_with(kHome)) return words[i].substr(kHome.size());
  }
  return otherwise;
}

Result<ExitCode> run_candidates(CommandContext& context) {
  const auto words = context.args.values("WORD");
  context.global.home = home_in(words, context.global.home);
  const CompletionNames names{
      .jobs = [&] { return job_names(context); },
      .runs = [&] { return recent_runs(context); },
      .steps = [&](const auto& job, const auto& run) { return step_names(context, job, run); }};
  const auto candidates = complete(all_commands(), words, names);
  if (context.global.json) {
    Json list = Json::array();
    for (const auto& candidate : candidates)
      list.push_back({{"word", candidate.word}, {"about", candidate.about}});
    context.print_json({{"schema", "completion_candidates.v1"}, {"candidates", std::move(list)}});
    return ExitCode::Done;
  }
  for (const auto& candidate : candidates)
    context.print(candidate.about.empty()
                      ? candidate.word + "\n"
                      : candidate.word + "\t" + one_line(candidate.about) + "\n");
  return ExitCode::Done;
}

ExitCode print_script(const CommandContext& context, std::string_view shell, std::string script) {
  if (context.global.json)
    context.print_json(
        {{"schema", "completion.v1"}, {"shell", shell}, {"script", std::move(script)}});
  else
    context.print(script);
  return ExitCode::Done;
}

constexpr std::string_view kDetails =
    "The script asks this program whenever a word is completed: commands, options and their "
    "values, jobs,\nruns, and steps in selections.";

}  // namespace

CommandSpec completion_bash_command() {
  return {.name = "completion bash",
          .summary = "print a script that completes words in bash",
          .details = kDetails,
          .examples = {"completion bash >> ~/.bash_completion"},
          .run = [](CommandContext& context) -> Result<ExitCode> {
            return print_script(context, "bash", bash_completion(context.services.program));
          }};
}

CommandSpec completion_zsh_command() {
  return {.name = "completion zsh",
          .summary = "print a script that completes words in zsh",
          .details = kDetails,
          .examples = {"completion zsh >> ~/.zshrc"},
          .run = [](CommandContext& context) -> Result<ExitCode> {
            return print_script(context, "zsh", zsh_completion(context.services.program));
          }};
}

CommandSpec completion_fish_command() {
  return {.name = "completion fish",
          .summary = "print a script that completes words in fish",
          .details = kDetails,
          .examples = {"completion fish | source"},
          .run = [](CommandContext& context) -> Result<ExitCode> {
            return print_script(context, "fish", fish_completion(context.services.program));
          }};
}

CommandSpec completion_candidates_command() {
  return {.name = "completion candidates",
          .summary = "print what the last word may become: what the scripts of shells call",
          .details = "Each word on a line, and after a tab what it is about. Nothing where a file "
                     "may stand.",
          .arguments = {{"WORD", "words of a command line after '--'; the last may be empty", false,
                         true}},
          .examples = {"completion candidates -- job r"},
          .run = run_candidates,
          .listed = false};
}

}  // namespace penstock
