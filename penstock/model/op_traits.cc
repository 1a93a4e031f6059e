#include "penstock/model/op_traits.h"

#include <cxxabi.h>

#include <cerrno>
#include <cstdlib>
#include <exception>
#include <memory>
#include <system_error>

namespace penstock {
namespace {

std::string demangle(const char* name) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> text(
      abi::__cxa_demangle(name, nullptr, nullptr, &status), std::free);
  return status == 0 ? text.get() : name;
}

void add_causes(const std::exception& exception, std::string& detail) {
  try {
    std::rethrow_if_nested(exception);
  } catch (const std::exception& cause) {
    detail += "caused by " + demangle(typeid(cause).name()) + ": " + cause.what() + "\n";
    add_causes(cause, detail);
  } catch (...) {
    detail += "caused by an exception of another type\n";
  }
}

bool is_disk_full(const std::exception& exception) {
  const auto* system = dynamic_cast<const std::system_error*>(&exception);
  return system != nullptr && (system->code() == std::errc::no_space_on_device ||
                               system->code() == std::error_code(EDQUOT, std::system_category()));
}

}  // namespace

Error describe_current_exception() {
  try {
    throw;
  } catch (const Error& error) {
    return error;
  } catch (const StreamBroken& broken) {
    return make_error(ErrorCode::Canceled, broken.what());
  } catch (const std::exception& exception) {
    auto error = make_error(ErrorCode::UserException,
                            demangle(typeid(exception).name()) + ": " + exception.what());
    if (is_disk_full(exception)) {
      error.code = ErrorCode::Exhausted;
      error.kind = "disk_full";
    }
    add_causes(exception, error.detail);
    return error;
  } catch (...) {
    const auto* type = abi::__cxa_current_exception_type();
    return make_error(ErrorCode::UserException,
                      "exception of type " + (type ? demangle(type->name()) : "unknown"));
  }
}

void detail::give_resource(ResourceCall& call, void* object, void (*close)(void*)) {
  call.object = std::shared_ptr<const void>(object, [close, told = call.close_error](void* held) {
    try {
      close(held);
    } catch (...) {
      auto error = describe_current_exception();
      if (told) *told = std::move(error);
    }
  });
}

}  // namespace penstock
