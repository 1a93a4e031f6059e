#include "penstock/model/op_traits.h"

#include <memory>

namespace penstock {

void detail::give_resource(ResourceCall& call, void* object, void (*close)(void*)) {
  call.object = std::shared_ptr<const void>(object, [close, told = call.close_error](void* held) {
    auto status = call_user_code([&] { close(held); });
    if (!status.ok() && told) *told = std::move(status).error();
  });
}

}  // namespace penstock
