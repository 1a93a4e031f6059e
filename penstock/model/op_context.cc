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

template class Dynamic<std::string>;

void OpContext::debug(std::string text) { log(LogLevel::Debug, std::move(text)); }
void OpContext::info(std::string text) { log(LogLevel::Info, std::move(text)); }
void OpContext::warning(std::string text) { log(LogLevel::Warning, std::move(text)); }
void OpContext::error(std::string text) { log(LogLevel::Error, std::move(text)); }

void OpContext::log(LogLevel level, std::string text) {
  if (host_) host_->log(level, std::move(text));
}

void OpContext::add_metadata(std::string name, MetadataValue value, std::string_view output) {
  if (host_) host_->add_metadata(output, std::move(name), std::move(value));
}

void OpContext::record(CheckResult result) {
  if (host_) host_->record(std::move(result));
}

void OpContext::record(Materialization materialization) {
  if (host_) host_->record(std::move(materialization));
}

Checkpoint OpContext::checkpoint(std::string name) { return {host_, std::move(name)}; }

bool OpHost::write(std::string_view, Value) {
  PENSTOCK_CHECK(false, "an op writes to a stream, and whoever runs it has none");
  return false;
}

Result<std::filesystem::path> OpContext::scratch() {
  if (host_) return host_->scratch();
  return make_error(ErrorCode::Refused, "there is no scratch folder outside of a run");
}

Failure::Failure(std::string description, Metadata metadata, bool retries_allowed)
    : Error(make_error(ErrorCode::UserFailure, std::move(description))) {
  allow_retries = retries_allowed;
  if (!metadata.empty()) extra = std::make_shared<const FailureFacts>(std::move(metadata));
}

RetryRequested::RetryRequested(std::string reason, RetryWish wish)
    : Error(make_error(ErrorCode::RetryRequested, std::move(reason))) {
  extra = std::make_shared<const RetryExtra>(wish);
}

Skip::Skip(std::string reason) : Error(make_error(ErrorCode::Skipped, std::move(reason))) {}

}  // namespace penstock
