#include "penstock/model/hook.h"

namespace penstock {

const Error& HookContext::error() const {
  static const Error kNone{};
  return facts_.error ? *facts_.error : kNone;
}

}  // namespace penstock
