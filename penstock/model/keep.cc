#include "penstock/model/keep.h"

#include "penstock/base/text.h"

namespace penstock {

std::string_view to_string(Keep keep) {
  switch (keep) {
    case Keep::None:
      return "none";
    case Keep::Failed:
      return "failed";
    case Keep::All:
      break;
  }
  return "all";
}

Result<Keep> parse_keep(std::string_view name) {
  for (const auto keep : {Keep::None, Keep::Failed, Keep::All})
    if (to_string(keep) == name) return keep;
  return make_error(ErrorCode::Config,
                    quote(name) + " does not say what is kept; expected none, failed or all");
}

}  // namespace penstock
