#include "penstock/model/resource.h"

namespace penstock {

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
