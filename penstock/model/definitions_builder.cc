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

OpBuilder& OpBuilder::describe(std::string text) {
  op_->description = std::move(text);
  return *this;
}

OpBuilder& OpBuilder::tag(std::string key, std::string value) {
  op_->tags[std::move(key)] = std::move(value);
  return *this;
}

OpBuilder& OpBuilder::inputs(std::vector<std::string> names) {
  if (names.size() != op_->inputs.size())
    op_->mistakes.push_back("inputs() names " + std::to_string(names.size()) + " of its " +
                            std::to_string(op_->inputs.size()) + " inputs");
  for (std::size_t i = 0; i < names.size() && i < op_->inputs.size(); ++i)
    op_->inputs[i].name = std::move(names[i]);
  return *this;
}

template <class Port>
OpBuilder& OpBuilder::describe_port(std::vector<Port>& ports, std::string_view what,
                                    std::string_view name, std::string text, Metadata metadata) {
  for (auto& port : ports) {
    if (port.name != name) continue;
    port.description = std::move(text);
    port.metadata = std::move(metadata);
    return *this;
  }
  op_->mistakes.push_back(
      fmt::format("describes the {} {}, which it does not have", what, quote(name)));
  return *this;
}

OpBuilder& OpBuilder::add_hook(HookDefPtr hook) {
  op_->hooks.push_back(std::move(hook));
  return *this;
}

OpBuilder& OpBuilder::set_memory(const ValueType& first_input, MemoryEstimate estimate) {
  if (op_->inputs.empty() || op_->inputs[0].type != &first_input)
    op_->mistakes.push_back("memory() expects a first input of type " + first_input.name);
  else
    op_->memory = std::move(estimate);
  return *this;
}

OpBuilder& OpBuilder::describe_input(std::string_view name, std::string text, Metadata metadata) {
  return describe_port(op_->inputs, "input", name, std::move(text), std::move(metadata));
}

OpBuilder& OpBuilder::describe_output(std::string_view name, std::string text, Metadata metadata) {
  return describe_port(op_->outputs, "output", name, std::move(text), std::move(metadata));
}

OpBuilder& OpBuilder::retry(RetryPolicy policy) {
  op_->retry = policy;
  return *this;
}

OpBuilder& OpBuilder::trigger(TriggerRule rule) {
  op_->trigger = rule;
  return *this;
}

OpBuilder& OpBuilder::priority(std::int32_t priority) {
  op_->priority = priority;
  return *this;
}

OpBuilder& OpBuilder::cpu(std::int32_t slots) {
  op_->cpu = slots;
  return *this;
}

OpBuilder& OpBuilder::memory(std::uint64_t bytes) {
  op_->memory = [bytes](std::span<const Value>) { return bytes; };
  return *this;
}

OpBuilder& OpBuilder::keep(Keep policy, std::string_view output) {
  for (auto* each : outputs_named(output, "keep()")) each->keep = policy;
  return *this;
}

OpBuilder& OpBuilder::io(std::string manager, std::string_view output) {
  for (auto* each : outputs_named(output, "io()")) each->io = manager;
  return *this;
}

OpBuilder& OpBuilder::load(std::string_view input, std::string manager) {
  for (auto& each : op_->inputs)
    if (each.name == input) {
      each.loader = std::move(manager);
      return *this;
    }
  op_->mistakes.push_back("load() names the input " + quote(input) + ", which it does not have" +
                          nearest_input(*op_, input));
  return *this;
}

OpBuilder& OpBuilder::timeout(Micros limit) {
  op_->timeout = limit;
  return *this;
}

OpBuilder& OpBuilder::executor(ExecutorKind kind) {
  op_->executor = kind;
  return *this;
}

OpBuilder& OpBuilder::pool(std::string name, std::int64_t amount) {
  op_->pools[std::move(name)] = amount;
  return *this;
}

std::vector<OutputDef*> OpBuilder::outputs_named(std::string_view name, const char* who) {
  std::vector<OutputDef*> found;
  for (auto& each : op_->outputs)
    if (name.empty() || each.name == name) found.push_back(&each);
  if (found.empty())
    op_->mistakes.push_back(std::string(who) + " names the output \"" + std::string(name) +
                            "\", which it does not have");
  return found;
}

ResourceBuilder& ResourceBuilder::describe(std::string text) {
  resource_->description = std::move(text);
  return *this;
}

ResourceBuilder& ResourceBuilder::scope(ResourceScope scope) {
  resource_->scope = scope;
  return *this;
}

ResourceBuilder& ResourceBuilder::exclusive() {
  resource_->exclusive = true;
  return *this;
}

ResourceBuilder& ResourceBuilder::tokens(std::int64_t count) {
  resource_->tokens = count;
  if (count < 1) resource_->mistakes.push_back("tokens() expects at least 1");
  return *this;
}

JobBuilder& JobBuilder::describe(std::string text) {
  job_->description = std::move(text);
  return *this;
}

JobBuilder& JobBuilder::tag(std::string key, std::string value) {
  job_->tags[std::move(key)] = std::move(value);
  return *this;
}

JobBuilder& JobBuilder::run_tag(std::string key, std::string value) {
  job_->run_tags[std::move(key)] = std::move(value);
  return *this;
}

JobBuilder& JobBuilder::metadata(std::string name, MetadataValue value) {
  job_->metadata.emplace_back(std::move(name), std::move(value));
  return *this;
}

JobBuilder& JobBuilder::order(DispatchOrder order) {
  job_->order = order;
  return *this;
}

JobBuilder& JobBuilder::retry(RetryPolicy policy) {
  job_->retry = policy;
  return *this;
}

JobBuilder& JobBuilder::keep(Keep policy) {
  job_->keep = policy;
  return *this;
}

JobBuilder& JobBuilder::max_runtime(Micros limit) {
  job_->max_runtime = limit;
  return *this;
}

JobBuilder& JobBuilder::pool(std::string name, std::int64_t limit) {
  job_->pools[std::move(name)] = limit;
  return *this;
}

JobBuilder& JobBuilder::configured(ConfigValue fixed) {
  job_->fixed = std::move(fixed);
  return *this;
}

JobBuilder& JobBuilder::default_config(ConfigValue document) {
  job_->default_config = std::move(document);
  return *this;
}

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
      registry_.problem(
          fmt::format("the loader {} of {} is declared twice", quote(name), type->name));
  op.name = name;
  auto shared = registry_.add(std::move(op));
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
