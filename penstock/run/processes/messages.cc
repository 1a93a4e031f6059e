#include "penstock/run/processes/messages.h"

#include "penstock/event/event_codec.h"

namespace penstock::messages {
namespace {

// Facts cross as the log writes them: in the body of an event that carries nothing else.
std::string write_facts(const Metadata& facts) {
  return facts.empty() ? std::string() : encode_body(DynamicComplete{.metadata = facts});
}

Result<Metadata> read_facts(const std::string& text) {
  if (text.empty()) return Metadata();
  const auto body = PENSTOCK_TRY(decode_body(DynamicComplete::kType, text));
  const auto* complete = body.get_if<DynamicComplete>();
  return complete == nullptr ? Metadata() : complete->metadata;
}

}  // namespace

Told tell(const Event& event) {
  return {event.level, std::string(event_type(event)), encode_body(event.body)};
}

Result<EventBody> body_of(const Told& told) { return decode_body(told.type, told.payload); }

Result<Ended> pack(const StepResult& result, MessageWriter& values) {
  Ended ended;
  ended.cpu_us = result.cpu.count();
  ended.peak_rss = result.peak_rss;
  for (const auto& facts : result.metadata) ended.metadata.push_back(write_facts(facts));
  if (!result.status.ok()) {
    ended.error = result.status.error();
    ended.from_op = result.from_op;
    ended.failure_facts = write_facts(result.failure_metadata);
    ended.max_retries = result.retry.max_retries;
    if (result.retry.delay) ended.retry_delay_us = result.retry.delay->count();
    return ended;
  }
  for (const auto& output : result.outputs)
    ended.outputs.push_back(PENSTOCK_TRY(values.add(output)));
  return ended;
}

Result<StepResult> unpack(const Ended& ended, const Message& message, const OpDef& op) {
  StepResult result;
  result.cpu = Micros(ended.cpu_us);
  result.peak_rss = ended.peak_rss;
  for (const auto& facts : ended.metadata)
    result.metadata.push_back(PENSTOCK_TRY(read_facts(facts)));
  if (ended.error) {
    result.status = *ended.error;
    result.from_op = ended.from_op;
    result.failure_metadata = PENSTOCK_TRY(read_facts(ended.failure_facts));
    result.retry.max_retries = ended.max_retries;
    if (ended.retry_delay_us) result.retry.delay = Micros(*ended.retry_delay_us);
    return result;
  }
  if (ended.outputs.size() != op.outputs.size())
    return make_error(ErrorCode::Corrupt, "a worker process sent a wrong number of outputs");
  for (std::size_t port = 0; port < op.outputs.size(); ++port)
    result.outputs.push_back(
        PENSTOCK_TRY(message.value(ended.outputs[port], *op.outputs[port].type)));
  return result;
}

}  // namespace penstock::messages
