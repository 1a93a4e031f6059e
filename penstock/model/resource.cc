#include "penstock/model/resource.h"

namespace penstock {

ResourceDef::ResourceDef() = default;
ResourceDef::ResourceDef(std::string_view resource_name, const std::type_info& made,
                         std::string_view raw_type_name)
    : name(resource_name), type(&made), type_name(detail::shown_type_name(raw_type_name)) {}
ResourceDef::ResourceDef(const ResourceDef& other) = default;
ResourceDef::ResourceDef(ResourceDef&& other) noexcept = default;
ResourceDef& ResourceDef::operator=(const ResourceDef& other) = default;
ResourceDef& ResourceDef::operator=(ResourceDef&& other) noexcept = default;
ResourceDef::~ResourceDef() = default;

std::string_view to_string(ResourceScope scope) {
  switch (scope) {
    case ResourceScope::RunWorker:
      return "run_worker";
    case ResourceScope::Step:
      return "step";
    case ResourceScope::Run:
      break;
  }
  return "run";
}

}  // namespace penstock
