#include "penstock/model/definitions_builder.h"

#include <fmt/format.h>

#include "penstock/base/text.h"
#include "penstock/model/definitions_check.h"

namespace penstock {

namespace {

void fix(ConfigTypePtr& type, const ConfigValue& fixed, std::vector<std::string>& mistakes) {
  if (!type) {
    mistakes.push_back("configured() fixes a config, and it takes none");
    return;
  }
  auto narrowed = fix_config(type, fixed);
  for (const auto& found : narrowed.problems)
    mistakes.push_back("configured(): " + to_string(found));
  type = std::move(narrowed.type);
}

}  // namespace

OpBuilder& OpBuilder::configured(const ConfigValue& fixed) {
  fix(op_->config, fixed, op_->mistakes);
  return *this;
}

ResourceBuilder& ResourceBuilder::configured(const ConfigValue& fixed) {
  fix(resource_->config, fixed, resource_->mistakes);
  return *this;
}

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

OpBuilder DefinitionsBuilder::add_loader(std::string name, const ValueType* type, OpDef op) {
  for (const auto& known : loaders_)
    if (known.type == type && known.name == name)
      registry_.problem(fmt::format("the loader {} of {} is declared twice", quote(name),
                                    type->name));
  op.name = name;
  auto shared = registry_.add(nullptr, std::move(op));
  loaders_.push_back({std::move(name), type, shared});
  return OpBuilder(std::move(shared));
}

ResourceBuilder DefinitionsBuilder::add_resource(ResourceDef resource) {
  resources_.push_back(std::make_shared<ResourceDef>(std::move(resource)));
  return ResourceBuilder(resources_.back());
}

Result<Definitions> DefinitionsBuilder::build() {
  Definitions::Parts parts;
  parts.ops.assign(registry_.ops().begin(), registry_.ops().end());
  parts.jobs.assign(jobs_.begin(), jobs_.end());
  parts.resources.assign(resources_.begin(), resources_.end());
  parts.loaders = loaders_;
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
