// The captured output of one attempt: both streams.
#pragma once

#include <functional>
#include <memory>
#include <mutex>

#include "penstock/event/event.h"
#include "penstock/run/logs/captured_stream.h"
#include "penstock/run/logs/output_sink.h"

namespace penstock {

/// Keeps what an attempt writes. Thread-safe.
class AttemptLogs final : public OutputSink {
 public:
  AttemptLogs(const LogOptions& options, RunId run, std::string_view step, std::int32_t attempt);

  void write(OutputStream stream, std::string_view bytes) override;
  /// No more comes: tell the events of what was kept, or could not be.
  void close(const std::function<void(LogLevel, EventBody)>& record);

 private:
  void close(OutputStream stream, const std::function<void(LogLevel, EventBody)>& record);
  const LogOptions& options_;
  const RunId run_;
  const std::string_view step_;
  const std::int32_t attempt_;
  std::mutex mutex_;
  std::unique_ptr<CapturedStream> streams_[2];  // made when something is written
};

}  // namespace penstock
