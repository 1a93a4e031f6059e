// A stream: one value that is handed over in batches while its writer still runs.
//
// The op that gives a Stream<T> and those that take it run at the same time, each in a thread, and
// are one unit: they start together, and when one fails or is stopped, all end and may be tried
// again.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "penstock/model/op_context.h"
#include "penstock/model/value.h"

namespace penstock {

/// What write() and next() throw when the stream ends before its writer is done: another step of
/// the unit failed, or the step is asked to stop. Ops let it pass.
class StreamBroken : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The bounded queue between a writer and its readers. Thread-safe.
class StreamChannel {
 public:
  StreamChannel(std::size_t capacity, std::size_t readers);

  /// Hand over a batch; waits while the slowest reader is `capacity` batches behind. False: no
  /// reader wants more. Throws StreamBroken.
  bool write(Value batch);
  /// The next batch for a reader, or nothing at the end. Waits. Throws StreamBroken.
  Value read(std::size_t reader);
  /// The writer has ended well.
  void close();
  /// A reader wants no more.
  void leave(std::size_t reader);
  /// A side ended badly: everybody who waits, or comes later, is told so.
  void fail(std::string why);

  std::int64_t batches() const;
  /// Most batches that waited at a time.
  std::size_t most_waiting() const;

 private:
  bool is_wanted() const;
  void drop_read();

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  const std::size_t capacity_;
  std::deque<Value> waiting_;
  std::uint64_t first_ = 0;                         // number of the first that waits
  std::vector<std::optional<std::uint64_t>> next_;  // per reader; nothing: it left
  std::size_t most_waiting_ = 0;
  bool closed_ = false;
  std::optional<std::string> broken_;
};

/// One reader's end of a channel: the value that stands for a stream among an op's inputs.
struct StreamReader {
  static constexpr std::string_view kTypeName = "stream";
  std::shared_ptr<StreamChannel> channel;
  std::size_t reader = 0;
};

/// A value in batches of T. An op that gives one makes it from its OpContext and writes; an op that
/// takes one reads until the end. In a direct call it is made of batches, or keeps those written.
template <class T>
class Stream {
 public:
  Stream() = default;
  /// Hand batches on at once, as the op's only stream or as the named one.
  explicit Stream(OpContext& op, std::string output = "")
      : host_(op.host()), output_(std::move(output)) {}
  /// A stream of these batches, for direct calls.
  explicit Stream(std::vector<T> batches) {
    for (auto& batch : batches) write(std::move(batch));
  }
  explicit Stream(StreamReader reader) : reader_(std::move(reader)) {}

  /// Hand over a batch; waits while readers are behind. False: no reader wants more.
  bool write(T batch) {
    if (host_) return host_->write(output_, Value::make<T>(std::move(batch)));
    batches_.push_back(Value::make<T>(std::move(batch)));
    return true;
  }
  /// The next batch, valid until the next call; null at the end. Waits for the writer.
  const T* next() const {
    if (reader_.channel)
      current_ = reader_.channel->read(reader_.reader);
    else
      current_ = at_ < batches_.size() ? batches_[at_++] : Value();
    return current_ ? &current_.template as<T>() : nullptr;
  }
  /// Batches that were not handed on yet: all of them in a direct call.
  const std::vector<Value>& batches() const { return batches_; }

 private:
  OpHost* host_ = nullptr;
  std::string output_;
  StreamReader reader_;
  std::vector<Value> batches_;
  mutable std::size_t at_ = 0;
  mutable Value current_;
};

}  // namespace penstock
