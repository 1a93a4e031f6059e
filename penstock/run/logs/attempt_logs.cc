#include "penstock/run/logs/attempt_logs.h"

#include "penstock/run/logs/captured_format.h"

namespace penstock {

AttemptLogs::AttemptLogs(const LogOptions& options, RunId run, std::string_view step,
                         std::int32_t attempt)
    : options_(options), run_(run), step_(step), attempt_(attempt) {}

void AttemptLogs::write(OutputStream stream, std::string_view bytes) {
  if (bytes.empty()) return;
  const std::lock_guard lock(mutex_);
  auto& kept = streams_[std::size_t(stream)];
  if (!kept)
    kept = std::make_unique<CapturedStream>(
        captured_folder(options_.home, run_) / captured_name(step_, attempt_, stream), options_);
  kept->write(bytes);
}

void AttemptLogs::close(const std::function<void(LogLevel, EventBody)>& record) {
  const std::lock_guard lock(mutex_);
  close(OutputStream::Out, record);
  close(OutputStream::Err, record);
}

void AttemptLogs::close(OutputStream stream,
                        const std::function<void(LogLevel, EventBody)>& record) {
  const auto kept = std::move(streams_[std::size_t(stream)]);
  if (!kept) return;
  const auto closed = kept->close();
  const std::string name(to_string(stream));
  if (!closed.ok())
    return record(LogLevel::Warning,
                  EngineEvent{"its " + name + " was not kept: " + closed.error().to_string()});
  if (const auto& file = *closed)
    record(LogLevel::Info, LogsCaptured{name, file->file.lexically_relative(options_.home).string(),
                                        file->bytes, file->lines, file->truncated});
}

}  // namespace penstock
