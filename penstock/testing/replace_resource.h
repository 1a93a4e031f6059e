// Definitions with a resource replaced, so that a job can be tested without the real one.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "penstock/model/definitions.h"
#include "penstock/model/op_traits.h"

namespace penstock::testing {

/// The same definitions, where the resource of that name is `value`. T is the type that ops ask
/// for; its config, if it had one, is no longer part of a job's document.
template <class T>
Definitions replace_resource(const Definitions& definitions, std::string name, T value) {
  ResourceDef fake;
  fake.name = std::move(name);
  fake.type = &typeid(T);
  fake.type_name = ValueTraits<T>::name();
  fake.open = [shared = std::make_shared<const T>(std::move(value))](ResourceCall& call) -> Status {
    call.object = shared;
    return {};
  };
  return definitions.with_resource(std::make_shared<const ResourceDef>(std::move(fake)));
}

}  // namespace penstock::testing
