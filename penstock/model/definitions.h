// Everything a program declares, checked and immutable.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "penstock/model/graph_def.h"

namespace penstock {

/// The ops, jobs and resources of a program. Made by DefinitionsBuilder::build; immutable, so
/// thread-safe, and cheap to copy.
class Definitions {
 public:
  /// The parts as declared; DefinitionsBuilder::build is what checks them.
  struct Parts {
    std::vector<OpDefPtr> ops;
    std::vector<std::shared_ptr<const JobDef>> jobs;
    std::vector<std::shared_ptr<const ResourceDef>> resources;
    std::vector<LoaderDef> loaders;
  };

  explicit Definitions(Parts parts) : parts_(std::make_shared<const Parts>(std::move(parts))) {}

  const std::vector<OpDefPtr>& ops() const { return parts_->ops; }
  const std::vector<std::shared_ptr<const JobDef>>& jobs() const { return parts_->jobs; }
  const std::vector<std::shared_ptr<const ResourceDef>>& resources() const {
    return parts_->resources;
  }
  const std::vector<LoaderDef>& loaders() const { return parts_->loaders; }

  /// The job of that name, or NotFound with the nearest name and the jobs there are.
  Result<std::shared_ptr<const JobDef>> find_job(std::string_view name) const;
  /// The resource that satisfies a need; null when there is none or the need is ambiguous.
  const ResourceDef* find_resource(const ResourceNeed& need) const;
  /// The same definitions with one resource replaced or added, as tests do.
  Definitions with_resource(std::shared_ptr<const ResourceDef> resource) const;

 private:
  std::shared_ptr<const Parts> parts_;
};

/// The resources that a job's steps need, those they depend on included, each after those that it
/// needs itself.
std::vector<const ResourceDef*> resources_of(const Definitions& definitions, const JobDef& job);

/// The hooks of a job: of its ops, of their uses and of itself; each once.
std::vector<HookDefPtr> hooks_of(const JobDef& job);

/// The pools that steps of a job take from, resources with tokens and exclusive ones included, by
/// name.
std::vector<std::string> pools_of(const Definitions& definitions, const JobDef& job);

/// The document that configures a job: its outer struct when it has a mapping, else
/// `{inputs: …, ops: …, resources: …, hooks: …, execution: …, loggers: …}` composed of the configs
/// inside.
ConfigTypePtr job_config_type(const Definitions& definitions, const JobDef& job);
/// The composed document `{inputs: …, ops: …}` of what is inside a graph.
ConfigTypePtr inner_config_type(const Definitions& definitions, const GraphDef& graph);
/// What a use of an op or graph lets documents say: its config struct, or `{inputs: …, ops: …}` of
/// a graph that has none, without what is fixed. Null when there is nothing.
ConfigTypePtr node_config_type(const Definitions& definitions, const NodeDef& node);
/// The composed document, whether or not the job has a mapping.
ConfigTypePtr inner_config_type(const Definitions& definitions, const JobDef& job);

}  // namespace penstock
