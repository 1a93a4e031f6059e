#include "penstock/model/op_context.h"

namespace penstock {

const StepFacts& OpContext::facts() const {
  static const StepFacts kNone;
  return host_ ? host_->facts() : kNone;
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
