#include "penstock/model/definitions_builder.h"

#include <fmt/format.h>

#include "penstock/base/text.h"
#include "penstock/model/definitions_check.h"

namespace penstock {

DefinitionsBuilder::DefinitionsBuilder() = default;
DefinitionsBuilder::~DefinitionsBuilder() = default;

JobBuilder DefinitionsBuilder::add_job(std::string name, std::shared_ptr<GraphDef> graph,
                                       std::source_location where) {
  auto job = std::make_shared<JobDef>();
  job->name = std::move(name);
  job->graph = std::move(graph);
  job->where = where;
  jobs_.push_back(job);
  return JobBuilder(std::move(job));
}

void DefinitionsBuilder::add_resource(ResourceDef resource) {
  resources_.push_back(std::make_shared<const ResourceDef>(std::move(resource)));
}

Result<Definitions> DefinitionsBuilder::build() {
  Definitions::Parts parts;
  parts.ops.assign(registry_.ops().begin(), registry_.ops().end());
  parts.jobs.assign(jobs_.begin(), jobs_.end());
  parts.resources = resources_;
  Definitions definitions(std::move(parts));

  auto problems = registry_.problems();
  for (auto& problem : check_definitions(definitions)) problems.push_back(std::move(problem));
  if (problems.empty()) return definitions;
  std::string text = fmt::format("{} {} in the definitions", problems.size(),
                                 problems.size() == 1 ? "problem" : "problems");
  for (const auto& problem : problems) text += "\n  " + problem;
  return make_error(ErrorCode::Definition, std::move(text));
}

}  // namespace penstock
