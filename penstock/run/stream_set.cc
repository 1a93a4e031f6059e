#include "penstock/run/stream_set.h"

namespace penstock {

StreamSet::StreamSet(const RunPlan& plan, const StepTask& unit) {
  for (const auto step : plan.units[std::size_t(plan.steps[unit.ref.step].unit)]) {
    const auto& planned = plan.steps[step];
    for (std::uint32_t port = 0; port < planned.readers.size(); ++port) {
      if (!planned.op->outputs[port].stream) continue;
      auto& channel = channels_[{step, port}];
      for (const auto& reader : planned.readers[port])
        if (reader.kind == PlannedReader::Kind::Stream)
          channel.readers.emplace(reader.step, channel.readers.size());
      channel.channel = std::make_shared<StreamChannel>(planned.buffer, channel.readers.size());
    }
  }
}

StreamChannel* StreamSet::written(std::uint32_t step, std::uint32_t port) const {
  const auto at = channels_.find({step, port});
  return at == channels_.end() ? nullptr : at->second.channel.get();
}

Value StreamSet::reader(std::uint32_t step, const PlannedSource& source) const {
  const auto& channel = channels_.at({source.step, source.port});
  return Value::make(StreamReader{channel.channel, channel.readers.at(step)});
}

void StreamSet::ended(std::uint32_t step, const Status& status, const std::string& key) {
  if (!status.ok()) return fail("step " + key + ", which it shares a stream with, did not succeed");
  for (auto& [source, channel] : channels_) {
    if (source.first == step) channel.channel->close();
    if (const auto reader = channel.readers.find(step); reader != channel.readers.end())
      channel.channel->leave(reader->second);
  }
}

void StreamSet::stop(const std::string& key) {
  fail("step " + key + ", which reads or writes it, was asked to stop");
}

void StreamSet::fail(const std::string& why) {
  for (auto& [source, channel] : channels_) channel.channel->fail(why);
}

}  // namespace penstock
