#include "penstock/base/result.h"

#include <stdexcept>

namespace penstock {

bool operator==(const Error& a, const Error& b) = default;

Error&& Error::within(std::string what) && {
  context.push_back(std::move(what));
  return std::move(*this);
}

Error make_error(ErrorCode code, std::string message, std::string kind) {
  return {code, std::move(message), std::move(kind)};
}

std::string_view to_string(ErrorCode code) {
  switch (code) {
    case ErrorCode::Definition:
      return "definition";
    case ErrorCode::Config:
      return "config";
    case ErrorCode::NotFound:
      return "not_found";
    case ErrorCode::InvalidData:
      return "invalid_data";
    case ErrorCode::Io:
      return "io";
    case ErrorCode::Resource:
      return "resource";
    case ErrorCode::UserException:
      return "user_exception";
    case ErrorCode::UserFailure:
      return "user_failure";
    case ErrorCode::Canceled:
      return "canceled";
    case ErrorCode::Timeout:
      return "timeout";
    case ErrorCode::Exhausted:
      return "exhausted";
    case ErrorCode::WorkerLost:
      return "worker_lost";
    case ErrorCode::Conflict:
      return "conflict";
    case ErrorCode::Corrupt:
      return "corrupt";
    case ErrorCode::Refused:
      return "refused";
    case ErrorCode::Internal:
      return "internal";
    case ErrorCode::Skipped:
      return "skipped";
    case ErrorCode::RetryRequested:
      return "retry_requested";
  }
  return "unknown";
}

std::string Error::to_string() const {
  std::string text;
  for (auto it = context.rbegin(); it != context.rend(); ++it) text += *it + ": ";
  return text + message;
}

ErrorException::ErrorException(Error error) {
  auto text = error.to_string();
  state_ = std::make_shared<const State>(State{std::move(error), std::move(text)});
}

const char* ErrorException::what() const noexcept { return state_->text.c_str(); }

void throw_error(const Error& error) { throw ErrorException(error); }

void throw_no_error() {
  throw std::logic_error("the error of a Result that has a value was asked for; see ok()");
}

void fail_check(const char* condition, const char* file, int line, std::string_view message) {
  std::fprintf(stderr, "%s:%d: check failed: %s: %.*s\n", file, line, condition,
               static_cast<int>(message.size()), message.data());
  std::abort();
}

}  // namespace penstock
