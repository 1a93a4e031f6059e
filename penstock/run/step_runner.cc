#include "penstock/run/step_runner.h"

#include <fmt/format.h>
#include <time.h>

#include <array>
#include <mutex>
#include <ostream>
#include <streambuf>

#include "penstock/base/text.h"
#include "penstock/model/asset_key.h"
#include "penstock/run/exit_guard.h"
#include "penstock/run/step_folder.h"
#include "penstock/run/stream_set.h"

namespace penstock {
namespace {

constexpr Micros kShowEvery = std::chrono::milliseconds(100);
constexpr Micros kRecordEvery = std::chrono::seconds(1);

Micros thread_cpu_time() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::seconds(now.tv_sec) +
                                            std::chrono::nanoseconds(now.tv_nsec));
}

/// The buffer of a step's own output.
class SinkBuffer final : public std::streambuf {
 public:
  SinkBuffer(OutputSink& sink, OutputStream stream) : sink_(sink), stream_(stream) {
    setp(room_.data(), room_.data() + room_.size());
  }
  SinkBuffer(const SinkBuffer&) = delete;
  SinkBuffer& operator=(const SinkBuffer&) = delete;

 protected:
  int overflow(int byte) override {
    sync();
    if (byte == traits_type::eof()) return traits_type::not_eof(byte);
    return sputc(traits_type::to_char_type(byte));
  }
  int sync() override {
    sink_.write(stream_, {pbase(), std::size_t(pptr() - pbase())});
    setp(room_.data(), room_.data() + room_.size());
    return 0;
  }

 private:
  OutputSink& sink_;
  const OutputStream stream_;
  std::array<char, 4096> room_;
};

/// A stream of a step.
struct SinkStream {
  SinkStream(OutputSink& sink, OutputStream stream) : buffer(sink, stream), text(&buffer) {}
  SinkBuffer buffer;
  std::ostream text;
};

/// The engine's side of one attempt's OpContext. Ops may call it from their own threads.
class StepHost final : public OpHost {
 public:
  StepHost(const StepEnvironment& environment, const StepTask& task, OutputSink& output,
           std::stop_token stop)
      : environment_(environment),
        output_(output),
        task_(task),
        step_(environment.plan.steps[task.ref.step]),
        stop_(std::move(stop)),
        metadata_(step_.op->outputs.size()) {}

  const StepFacts& facts() const override {
    const std::lock_guard lock(mutex_);
    if (facts_.step_key.empty())
      facts_ = {environment_.run.to_string(),
                environment_.plan.job,
                task_.key,
                task_.map_keys,
                step_.tags,
                task_.attempt};
    return facts_;
  }

  void log(LogLevel level, std::string text) override {
    record(LogMessage{{}, std::move(text)}, level);
  }

  void progress(std::int64_t done, std::int64_t total, std::string_view unit) override {
    const auto now = environment_.clock.instant();
    {
      const std::lock_guard lock(mutex_);
      if (now - shown_ < kShowEvery && done != total) return;
      shown_ = now;
    }
    auto event = make_event(StepProgress{done, total, std::string(unit)}, LogLevel::Debug);
    environment_.ports.show(event);
    const std::lock_guard lock(mutex_);
    if (now - recorded_ < kRecordEvery && done != total) return;
    recorded_ = now;
    environment_.ports.record(std::move(event));
  }

  void add_metadata(std::string_view output, std::string name, MetadataValue value) override {
    const auto port = find_port(output, "add_metadata");
    const std::lock_guard lock(mutex_);
    if (port) metadata_[*port].emplace_back(std::move(name), std::move(value));
  }

  void record(CheckResult result) override {
    if (!is_asset(result.asset)) return;
    const auto level = result.passed                            ? LogLevel::Info
                       : result.severity == CheckSeverity::Warn ? LogLevel::Warning
                                                                : LogLevel::Error;
    record(AssetCheckEvaluation{std::move(result.asset), std::move(result.check),
                                std::move(result.partition), result.passed,
                                std::string(to_string(result.severity)),
                                std::move(result.description), std::move(result.metadata)},
           level);
  }

  void record(Materialization made) override {
    if (!is_asset(made.asset)) return;
    record(AssetMaterialization{std::move(made.asset), std::move(made.partition),
                                std::move(made.path), std::move(made.metadata)},
           LogLevel::Info);
  }

  void yield(std::string_view output, std::string key, Value value) override {
    const auto port = find_port(output, "yield");
    if (!port) return;
    auto status = environment_.ports.yield(task_, *port, std::move(key), std::move(value));
    if (!status.ok()) remember(std::move(status).error());
  }

  bool write(std::string_view output, Value batch) override {
    const auto port = find_port(output, "write");
    if (!port) return false;
    auto* channel = task_.streams ? task_.streams->written(task_.ref.step, *port) : nullptr;
    return channel != nullptr && channel->write(std::move(batch));  // null: nobody reads it
  }

  std::stop_token stop_token() const override { return stop_; }

  std::ostream& out() override { return stream(OutputStream::Out); }
  std::ostream& err() override { return stream(OutputStream::Err); }
  /// Nothing more is written: hand on what is buffered.
  void flush() {
    for (auto& stream : streams_)
      if (stream) stream->text.flush();
  }
  /// Record what happens to the resources of this step alone.
  void tell(EventBody body) {
    const bool failed = body.is<ResourceInitFailure>();
    record(std::move(body), failed ? LogLevel::Error : LogLevel::Info);
  }

  Status save_checkpoint(std::string_view name, std::string_view bytes) override {
    return folder().save(task_.key, name, bytes);
  }
  Result<std::optional<SharedBytes>> load_checkpoint(std::string_view name) override {
    return folder().load(task_.key, name);
  }
  Result<std::filesystem::path> scratch() override {
    return folder().scratch(task_.key, task_.attempt);
  }
  /// Remove what the attempt has on disk and the next one is not to see.
  void clean(bool succeeded) {
    if (folder_) folder_->end_attempt(task_.key, task_.attempt, succeeded);
  }

  std::vector<Metadata> take_metadata() { return std::move(metadata_); }
  /// The first mistake the op made with its context, if it made one.
  const std::optional<Error>& mistake() const { return mistake_; }

 private:
  std::ostream& stream(OutputStream which) {
    const std::lock_guard lock(mutex_);
    auto& stream = streams_[std::size_t(which)];
    if (!stream) stream = std::make_unique<SinkStream>(output_, which);
    return stream->text;
  }

  std::optional<std::uint32_t> find_port(std::string_view output, const char* doing) {
    const auto& outputs = step_.op->outputs;
    if (output.empty() && outputs.size() == 1) return 0;
    for (std::uint32_t port = 0; port < outputs.size(); ++port)
      if (outputs[port].name == output) return port;
    remember(make_error(ErrorCode::UserFailure,
                        fmt::format("{} names the output {}, which op {} does not have", doing,
                                    quote(output), quote(step_.op->name))));
    return {};
  }

  /// Whether an asset may be called that; else the step fails.
  bool is_asset(const std::string& key) {
    const auto mistake = mistake_in_asset_key(key);
    if (mistake.empty()) return true;
    auto error = make_error(ErrorCode::UserFailure,
                            fmt::format("record() names the asset {}, and {}; an asset key is one "
                                        "or more parts, joined by \"/\"",
                                        quote(key), mistake));
    error.allow_retries = false;
    remember(std::move(error));
    return false;
  }

  void remember(Error error) {
    const std::lock_guard lock(mutex_);
    if (!mistake_) mistake_ = std::move(error);
  }

  const StepFolder& folder() {
    const std::lock_guard lock(mutex_);
    if (!folder_) folder_.emplace(environment_.home, environment_.run);
    return *folder_;
  }

  Event make_event(EventBody body, LogLevel level) const {
    Event event;
    event.time = environment_.clock.now();
    event.run = environment_.run;
    event.step = task_.key;
    event.attempt = task_.attempt;
    event.level = level;
    event.body = std::move(body);
    return event;
  }

  void record(EventBody body, LogLevel level) {
    environment_.ports.record(make_event(std::move(body), level));
  }

  const StepEnvironment& environment_;
  OutputSink& output_;
  const StepTask& task_;
  const PlannedStep& step_;
  std::stop_token stop_;
  mutable std::mutex mutex_;
  mutable StepFacts facts_;
  std::vector<Metadata> metadata_;
  std::optional<Error> mistake_;
  std::optional<StepFolder> folder_;  // once the op has asked for it
  Instant shown_ = Instant::min(), recorded_ = Instant::min();
  std::unique_ptr<SinkStream> streams_[2];  // made when an op asks for them
};

/// The value of an input: what it is, or made of its parts.
Result<Value> argument(const StepEnvironment& environment, StepTask& task, std::size_t number) {
  auto& input = task.inputs[number];
  if (input.stream) return task.streams->reader(task.ref.step, *input.stream);
  if (!input.gather) return std::move(input.parts[0]);
  auto gathered = input.gather(input.parts);
  if (gathered.ok()) return gathered;
  const auto& name = environment.plan.steps[task.ref.step].op->inputs[number].name;
  return std::move(gathered).error().within("input " + quote(name));
}

Status call_op(const StepEnvironment& environment, StepTask& task, StepHost& host,
               StepResult& result) {
  if (host.stop_token().stop_requested())
    return make_error(ErrorCode::Canceled, "canceled before it began");
  const RunningStep running(environment.run, task.key);
  const auto& step = environment.plan.steps[task.ref.step];
  StepResources own(environment.resources, [&](EventBody body) { host.tell(std::move(body)); });
  std::vector<const void*> resources;
  for (const auto index : step.resources) resources.push_back(PENSTOCK_TRY(own.get(index)));
  std::vector<Value> inputs;
  inputs.reserve(task.inputs.size());
  for (std::size_t i = 0; i < task.inputs.size(); ++i)
    inputs.push_back(PENSTOCK_TRY(argument(environment, task, i)));
  OpContext context(host);
  OpCall call{&context, inputs, step.config.get(), resources, {}};
  call.outputs.resize(step.op->outputs.size());
  auto status = [&] {
    const RunningStep called(environment.run, task.key);  // a fork that returns ends here
    return step.op->call(call);
  }();
  result.outputs = std::move(call.outputs);
  result.from_op = !status.ok();
  return status;
}

}  // namespace

StepResult run_step(const StepEnvironment& environment, StepTask& task, OutputSink& output,
                    std::stop_token stop) {
  const auto cpu_before = thread_cpu_time();
  StepResult result;
  StepHost host(environment, task, output, std::move(stop));
  result.status = call_op(environment, task, host, result);
  if (result.status.ok() && host.mistake()) result.status = *host.mistake();
  host.flush();
  host.clean(result.status.ok());
  result.metadata = host.take_metadata();
  for (std::uint32_t port = 0; task.streams && port < result.metadata.size(); ++port)
    if (const auto* channel = task.streams->written(task.ref.step, port))
      result.metadata[port].emplace_back("batches", channel->batches());
  read_extra(result);
  result.cpu = thread_cpu_time() - cpu_before;
  return result;
}

void read_extra(StepResult& result) {
  if (result.status.ok()) return;
  const auto* extra = result.status.error().extra.get();
  if (const auto* facts = dynamic_cast<const FailureFacts*>(extra))
    result.failure_metadata = facts->metadata;
  if (const auto* retry = dynamic_cast<const RetryExtra*>(extra)) result.retry = retry->wish;
  if (result.retry.delay.value_or(Micros()) >= Micros()) return;
  result.status = make_error(ErrorCode::UserFailure,
                             fmt::format("it requested a retry with a delay of {}; expected at "
                                         "least 0",
                                         format_duration(*result.retry.delay)));
  result.retry = {.max_retries = 0};
}

void summarize_outputs(const OpDef& op, StepResult& result) {
  if (!result.status.ok()) return;
  result.summaries.resize(result.outputs.size());
  for (std::size_t port = 0; port < result.outputs.size(); ++port) {
    auto summary = result.outputs[port].summary();
    if (!summary.ok()) {
      result.status = std::move(summary).error().within("output " + quote(op.outputs[port].name));
      return;
    }
    result.summaries[port] = *std::move(summary);
  }
}

}  // namespace penstock
