// How the settings stand in a config document.
#include "pipelines/cems/settings.h"

#include "pipelines/cems/settings_schema.h"

namespace cems {

void Supplement::describe(penstock::ConfigSchema<Supplement>& s) {
  s.field("year", &Supplement::year).describe("year of the partition").required();
  s.field("state", &Supplement::state).describe("two-letter code of its state").required();
  s.field("month", &Supplement::month).describe("month that the archive lacks").required();
  s.field("file", &Supplement::file).describe("CSV file in either of EPA's dialects").required();
}

void Settings::describe(penstock::ConfigSchema<Settings>& s) { describe_settings(s); }

void Settings::check(Settings& settings, penstock::ConfigCheck& check) {
  for (const auto& problem : find_problems(settings))
    check.problem(problem.setting, problem.message);
}

}  // namespace cems
