#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "penstock/base/files.h"
#include "penstock/base/text.h"
#include "penstock/cli/commands.h"
#include "penstock/cli/doctor_checks.h"
#include "penstock/cli/lost_runs.h"
#include "penstock/cli/value_sweep.h"

namespace penstock {
namespace {

struct Check {
  std::string_view name;
  Findings findings = {};
  std::string_view left_out = {};  ///< why it was not made
};

class Doctor {
 public:
  explicit Doctor(const CommandContext& context)
      : context_(context), home_(context.global.home), program_(context.called()) {}

  std::vector<Check> examine() {
    checks_.push_back({"definitions", definitions()});
    checks_.push_back({"settings", settings()});
    checks_.push_back({"home", check_home(home_)});
    const auto room = disk_room(home_);
    checks_.push_back({"disk", room ? check_disk(home_, *room, program_) : Findings{}});
    checks_.push_back({"log", log()});
    checks_.push_back(of_log("lost runs", &Doctor::lost_runs));
    checks_.push_back(of_log("leftovers", &Doctor::leftovers));
    checks_.push_back({"limits", check_limits(settings_.values, machine_)});
    return std::move(checks_);
  }

 private:
  Findings definitions() {
    auto made = context_.services.definitions();
    if (!made.ok())
      return findings_of(made.error(), "definitions",
                         "correct the program; " + program_ + " definitions validate checks it");
    definitions_ = std::move(*made);
    return {};
  }

  Findings settings() {
    auto loaded = read_settings(home_, context_.services.environment);
    const auto file = (home_ / "penstock.yaml").string();
    if (!loaded.ok())
      return findings_of(
          loaded.error(), file,
          fmt::format("edit {}; {} instance scaffold shows what it may say", file, program_));
    settings_ = std::move(*loaded);
    return check_settings(settings_, machine_, definitions_ ? &*definitions_ : nullptr);
  }

  Findings log() {
    const auto unreadable = [&](const Error& error) {
      return findings_of(error, (home_ / "penstock.db").string(),
                         program_ + " storage verify, then a copy of storage backup in its place");
    };
    const auto storage = context_.services.open_storage(home_);
    if (!storage.ok() && storage.error().code == ErrorCode::NotFound) return {};
    if (!storage.ok()) return unreadable(storage.error());
    const auto versions = (*storage)->versions();
    if (!versions.ok()) return unreadable(versions.error());
    auto findings = check_versions((*storage)->file(), *versions, program_);
    if (!findings.empty()) return findings;
    auto opened = context_.open_log();
    if (!opened.ok()) return unreadable(opened.error());
    const auto runs = (*opened)->runs({.limit = 1});
    if (!runs.ok()) return unreadable(runs.error());
    log_ = std::move(*opened);
    return {};
  }

  Check of_log(std::string_view name, Result<Findings> (Doctor::*check)()) {
    if (!log_) return {name, {}, "there is no log that can be read"};
    auto findings = (this->*check)();
    if (findings.ok()) return {name, std::move(*findings)};
    return {name, findings_of(findings.error(), "log", program_ + " storage verify")};
  }

  Result<Findings> lost_runs() {
    std::vector<RunRecord> lost;
    for (auto& run : PENSTOCK_TRY(unfinished_runs(*log_)))
      if (context_.services.is_process_gone(run)) lost.push_back(std::move(run));
    return check_lost_runs(lost, context_.services.build_id, program_);
  }

  Result<Findings> leftovers() {
    Findings findings;
    const auto now = context_.services.clock->now();
    const SweepRules rules{.failed_ttl = *settings_.values.intermediates.failed_ttl};
    const auto values = context_.services.open_values(home_);
    auto swept = PENSTOCK_TRY(find_swept_values(*log_, *values, rules, now));
    std::erase_if(swept, [](const SweptValue& each) { return each.cause != "orphan"; });
    if (!swept.empty())
      findings.push_back(
          {home_.string(),
           fmt::format("{} stored {} that the log does not know, {}", format_count(swept.size()),
                       swept.size() == 1 ? "value" : "values", format_bytes(bytes_of(swept))),
           program_ + " gc"});
    const auto runs = PENSTOCK_TRY(find_leftovers(*log_, home_, rules, now));
    if (!runs.empty())
      findings.push_back({home_.string(),
                          fmt::format("runs that have checkpoints or scratch folders and need them "
                                      "no more: {}",
                                      format_count(runs.size())),
                          program_ + " gc"});
    for (const auto& file : find_abandoned_files(home_))
      findings.push_back({file.string(), "the process that began this file lives no more",
                          "rm " + shell_word(file.string())});
    return findings;
  }

  const CommandContext& context_;
  const std::filesystem::path& home_;
  const std::string program_;
  const MachineLimits machine_ = machine_limits();
  std::vector<Check> checks_;
  std::optional<Definitions> definitions_;
  LoadedSettings settings_;
  std::unique_ptr<EventLog> log_;
};

Json checks_json(const std::vector<Check>& checks, bool ok) {
  Json json{{"schema", "doctor.v1"}, {"ok", ok}, {"checks", Json::array()}};
  for (const auto& check : checks) {
    Json findings = Json::array();
    for (const auto& finding : check.findings)
      findings.push_back(
          {{"subject", finding.subject}, {"message", finding.message}, {"mend", finding.mend}});
    json["checks"].push_back({{"check", check.name},
                              {"ok", check.findings.empty() && check.left_out.empty() ? Json(true)
                                     : check.findings.empty()                         ? Json()
                                                              : Json(false)},
                              {"findings", std::move(findings)}});
  }
  return json;
}

// A problem of a document begins with its place in it.
std::string text_of(const Finding& finding) {
  if (finding.message.starts_with(finding.subject)) return finding.message;
  return finding.subject + ": " + finding.message;
}

void print_checks(const CommandContext& context, const std::vector<Check>& checks) {
  const auto& style = context.global.style;
  for (const auto& check : checks) {
    const bool ok = check.findings.empty();
    if (!check.left_out.empty())
      context.print(fmt::format("{}  {}: not looked at, {}\n", paint("-    ", Tone::Dim, style),
                                check.name, check.left_out));
    else
      context.print(fmt::format(
          "{}  {}\n", ok ? paint("ok   ", Tone::Good, style) : paint("wrong", Tone::Bad, style),
          check.name));
    for (const auto& finding : check.findings)
      context.print(
          printable(fmt::format("       {}\n         mend: {}\n", text_of(finding), finding.mend)));
  }
}

Result<ExitCode> execute_doctor(CommandContext& context) {
  const auto checks = Doctor(context).examine();
  bool ok = true;
  for (const auto& check : checks) ok &= check.findings.empty();
  if (context.global.json)
    context.print_json(checks_json(checks, ok));
  else
    print_checks(context, checks);
  return ok ? ExitCode::Done : ExitCode::Failed;
}

}  // namespace

CommandSpec doctor_command() {
  return {
      .name = "doctor",
      .summary = "find what is wrong with the program and its home, and what mends it",
      .details =
          "The definitions, the settings, the home folder, the room on its disk and what is kept "
          "back of it, the log\nand its version,\nruns whose process is gone, what crashes have "
          "left, limits of the "
          "machine. Changes nothing; exit\nstatus 1 when something is found. 'storage verify' "
          "reads the whole log and all files.",
      .examples = {"doctor"},
      .run = execute_doctor};
}

}  // namespace penstock
