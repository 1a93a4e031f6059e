// Shared, configured objects that ops ask for by type.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <typeinfo>
#include <vector>

#include "penstock/model/name.h"
#include "penstock/model/op_def.h"

namespace penstock {

/// A shared object, opened once per run when first needed. Ops on several threads use it at the
/// same time, so they see it const. Made from a plain reference in tests.
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
};

/// A declared resource.
struct ResourceDef {
  std::string name;
  std::string description;
  const std::type_info* type = nullptr;
  std::string type_name;
  ConfigTypePtr config;                 ///< null: takes none
  std::vector<ResourceNeed> resources;  ///< opened before, closed after
  std::function<Status(ResourceCall&)> open;
};

}  // namespace penstock
