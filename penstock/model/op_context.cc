#include "penstock/model/op_context.h"

#include <iostream>

namespace penstock {

const StepFacts& OpContext::facts() const {
  static const StepFacts kNone;
  return host_ ? host_->facts() : kNone;
}

// lint: allow no-cout, a direct call of an op prints as any function does
std::ostream& OpContext::out() const { return host_ ? host_->out() : std::cout; }
// lint: allow no-cout, a direct call of an op prints as any function does
std::ostream& OpContext::err() const { return host_ ? host_->err() : std::cerr; }

bool OpHost::write(std::string_view, Value) {
  PENSTOCK_CHECK(false, "an op writes to a stream, and whoever runs it has none");
  return false;
}

Error skip(std::string reason) { return make_error(ErrorCode::Skipped, std::move(reason)); }

Error retry_requested(std::string reason) {
  return make_error(ErrorCode::RetryRequested, std::move(reason));
}

Error permanent_failure(std::string message) {
  auto error = make_error(ErrorCode::UserFailure, std::move(message));
  error.allow_retries = false;
  return error;
}

}  // namespace penstock
