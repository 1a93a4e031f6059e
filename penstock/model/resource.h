// Shared, configured objects that ops ask for by type.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <typeinfo>
#include <vector>

#include "penstock/model/name.h"
#include "penstock/model/op_def.h"

namespace penstock {

/// How long an opened resource lives, and who shares it.
enum class ResourceScope : std::uint8_t {
  RunWorker,  ///< once per run and worker process, shared by the threads of that process
  Step,       ///< once per attempt of a step, which has it for itself
  Run         ///< once per run, in the run's own process
};
std::string_view to_string(ResourceScope scope);

/// A shared object, opened when first needed, as often as its scope says. Ops on several threads
/// use it at the same time, so they see it const; one that cannot bear that is declared exclusive.
/// Made from a plain reference in tests.
///
/// When several resources have one type, name the one that is meant: `Resource<Database,
/// "orders">`.
template <class T, Name N = "">
class Resource {
 public:
  Resource(const T& value) : value_(&value) {}
  const T& operator*() const { return *value_; }
  const T* operator->() const { return value_; }

 private:
  const T* value_;
};

/// One opening of a resource: its arguments, and where the object goes.
struct ResourceCall {
  const void* config = nullptr;
  std::span<const void* const> resources;  ///< in the order of ResourceDef::resources
  std::shared_ptr<const void> object;      ///< filled by the call; its deleter closes the resource
  /// Where the deleter puts what the object's destructor throws; may be null.
  std::shared_ptr<Error> close_error = {};
};

/// A declared resource.
struct ResourceDef {
  ResourceDef();
  ResourceDef(std::string_view name, const std::type_info& type, std::string_view raw_type_name);
  // Copied, moved and destroyed in the source file: programs that include this compile faster.
  ResourceDef(const ResourceDef& other);
  ResourceDef(ResourceDef&& other) noexcept;
  ResourceDef& operator=(const ResourceDef& other);
  ResourceDef& operator=(ResourceDef&& other) noexcept;
  ~ResourceDef();

  std::string name;
  std::string description;
  const std::type_info* type = nullptr;
  std::string type_name;
  ConfigTypePtr config;                 ///< null: takes none
  std::vector<ResourceNeed> resources;  ///< opened before, closed after
  UserFunction<Status(ResourceCall&)> open;
  ResourceScope scope = ResourceScope::RunWorker;
  bool exclusive = false;   ///< one step at a time uses it
  std::int64_t tokens = 0;  ///< that steps using it take, of the pool of its name; 0: no limit
  /// What was said about the resource that cannot be; build() reports it.
  std::vector<std::string> mistakes = {};
};

}  // namespace penstock
