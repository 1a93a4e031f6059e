#include "penstock/model/user_code.h"

#include <cxxabi.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include "penstock/model/stream.h"

namespace penstock {
namespace {

constexpr int kMostCauses = 32;

std::string demangle(const char* name) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> text(
      abi::__cxa_demangle(name, nullptr, nullptr, &status), std::free);
  return status == 0 ? text.get() : name;
}

/// The type of the exception being handled, without what throw_with_nested() wraps around it.
std::string name_of_current() {
  const auto* type = abi::__cxa_current_exception_type();
  if (type == nullptr) return "unknown";
  auto name = demangle(type->name());
  constexpr std::string_view kNested = "std::_Nested_exception<";
  if (name.starts_with(kNested) && name.ends_with('>'))
    name = name.substr(kNested.size(), name.size() - kNested.size() - 1);
  return name;
}

bool is_disk_full(const std::error_code& code) {
  return code == std::errc::no_space_on_device ||
         code == std::error_code(EDQUOT, std::system_category());
}

/// One exception, without its causes.
struct Thrown {
  std::string type;
  std::optional<std::string> text = {};  ///< nothing: its type has none
  std::optional<Error> error = {};       ///< when it is an error already
  bool disk_full = false;
  bool out_of_memory = false;
  std::exception_ptr cause = {};

  std::string to_string() const {
    return text ? type + ": " + *text : "exception of type " + type;
  }
};

Thrown of_type(std::string type, std::string text) {
  return {.type = std::move(type), .text = std::move(text)};
}

Thrown of_error(const Error& error) {
  auto thrown = of_type(name_of_current(), error.to_string());
  thrown.error = error;
  return thrown;
}

Thrown of_standard(const std::exception& exception) {
  auto thrown = of_type(name_of_current(), exception.what());
  if (const auto* system = dynamic_cast<const std::system_error*>(&exception))
    thrown.disk_full = is_disk_full(system->code());
  // A length that no array can have is a mistake of the code, not a shortage.
  thrown.out_of_memory = dynamic_cast<const std::bad_alloc*>(&exception) != nullptr &&
                         dynamic_cast<const std::bad_array_new_length*>(&exception) == nullptr;
  return thrown;
}

/// What the exception being handled says of itself.
Thrown describe_one() {
  try {
    throw;
  } catch (const Error& error) {
    return of_error(error);
  } catch (const ErrorException& exception) {
    auto thrown = of_error(exception.error());
    thrown.type = "penstock::Error";
    return thrown;
  } catch (const StreamBroken& broken) {
    return of_error(make_error(ErrorCode::Canceled, broken.what()));
  } catch (const std::exception& exception) {
    return of_standard(exception);
  } catch (const std::string& text) {
    return of_type("std::string", text);
  } catch (const std::string_view& text) {
    return of_type("std::string_view", std::string(text));
  } catch (const char* text) {
    return of_type("const char*", text == nullptr ? "null" : text);
  } catch (const std::error_code& code) {
    auto thrown = of_type("std::error_code", code.message());
    thrown.disk_full = is_disk_full(code);
    return thrown;
  } catch (int number) {
    return of_type("int", std::to_string(number));
  } catch (...) {
    return {.type = name_of_current()};
  }
}

/// What the exception being handled was caused by, whatever its type; null for nothing.
std::exception_ptr cause_of_current() {
  try {
    throw;
  } catch (const std::nested_exception& nested) {
    return nested.nested_ptr();
  } catch (...) {
    return nullptr;
  }
}

Thrown look_at(const std::exception_ptr& exception) {
  try {
    std::rethrow_exception(exception);
  } catch (...) {
    auto thrown = describe_one();
    thrown.cause = cause_of_current();
    return thrown;
  }
}

Error error_of(const Thrown& thrown) {
  if (thrown.error) return *thrown.error;
  return make_error(ErrorCode::UserException, thrown.to_string());
}

}  // namespace

Error detail::describe_current_exception() {
  auto thrown = look_at(std::current_exception());
  auto error = error_of(thrown);
  const bool is_own = thrown.error.has_value();  // then its code is what the user chose
  bool disk_full = thrown.disk_full, out_of_memory = thrown.out_of_memory;
  if (thrown.cause && !error.detail.empty() && !error.detail.ends_with('\n')) error.detail += '\n';
  for (int causes = 0; thrown.cause; ++causes) {
    if (causes == kMostCauses) {
      error.detail += "caused by more exceptions, which are left out\n";
      break;
    }
    thrown = look_at(thrown.cause);
    error.detail += "caused by " + thrown.to_string() + "\n";
    disk_full = disk_full || thrown.disk_full;
    out_of_memory = out_of_memory || thrown.out_of_memory;
  }
  if (is_own || (!disk_full && !out_of_memory)) return error;
  error.code = ErrorCode::Exhausted;
  error.kind = disk_full ? "disk_full" : "out_of_memory";
  if (!disk_full)
    error.message = "out of memory: " + error.message +
                    "; run fewer steps at a time (--jobs), or give the step less data";
  return error;
}

std::string with_causes(const Error& error) {
  auto text = error.to_string();
  for (std::size_t at = 0; at < error.detail.size();) {
    const auto end = std::min(error.detail.find('\n', at), error.detail.size());
    if (end > at) text += "; " + error.detail.substr(at, end - at);
    at = end + 1;
  }
  return text;
}

void destroy_user_object(const void* object, void (*destroy)(const void*), const char* type) {
  const auto status = call_user_code([&] { destroy(object); });
  if (status.ok()) return;
  std::fprintf(stderr, "warning: the destructor of %s threw, which is ignored: %s\n",
               demangle(type).c_str(), with_causes(status.error()).c_str());
}

}  // namespace penstock
