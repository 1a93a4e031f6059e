// What an op is given besides its inputs: log, metadata, progress, cancellation, who it is.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <ostream>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "penstock/base/clock.h"
#include "penstock/base/result.h"
#include "penstock/model/metadata.h"
#include "penstock/model/value.h"

namespace penstock {

/// Who a running step is. Valid while the op runs.
struct StepFacts {
  std::string run_id;
  std::string job;
  std::string step_key;               ///< `state_year.extract[ID2017]`
  std::vector<std::string> map_keys;  ///< mapping keys, outermost first
  std::map<std::string, std::string> tags;
  std::int32_t attempt = 0;
};

/// The engine's side of an OpContext; tests may give their own. Thread-safe.
class OpHost {
 public:
  virtual ~OpHost() = default;
  virtual const StepFacts& facts() const = 0;
  virtual void log(LogLevel level, std::string text) = 0;
  virtual void progress(std::int64_t done, std::int64_t total, std::string_view unit) = 0;
  virtual void add_metadata(std::string_view output, std::string name, MetadataValue value) = 0;
  virtual void record(CheckResult result) = 0;
  virtual void record(Materialization materialization) = 0;
  virtual void yield(std::string_view output, std::string key, Value value) = 0;
  /// Hand on a batch of a stream; false: no reader wants more. Hosts without streams refuse.
  virtual bool write(std::string_view output, Value batch);
  virtual std::stop_token stop_token() const = 0;
  virtual std::ostream& out() = 0;
  virtual std::ostream& err() = 0;
  virtual Status save_checkpoint(std::string_view name, std::string_view bytes) = 0;
  virtual Result<std::optional<SharedBytes>> load_checkpoint(std::string_view name) = 0;
  virtual Result<std::filesystem::path> scratch() = 0;
};

/// A named state of an op that outlives its attempt. Whole and durable when save() returns.
class Checkpoint {
 public:
  Checkpoint(OpHost* host, std::string name) : host_(host), name_(std::move(name)) {}

  /// Save a value of any portable type in place of what was saved before. Without a host, as in a
  /// direct call of an op, nothing is saved.
  template <class T>
  Status save(const T& value) {
    static_assert(is_portable<T>,
                  "penstock: a checkpoint is saved as bytes; give the type encode() and decode(), "
                  "see penstock/model/value_codec.h");
    StringSink sink;
    ByteWriter out(sink);
    out.text(detail::layout_of<T>());
    ValueCodec<T>::encode(out, value);
    PENSTOCK_TRY(out.finish());
    return host_ ? host_->save_checkpoint(name_, sink.take()) : Status();
  }
  /// What was saved last, by this attempt or an earlier one; nothing when there is none, or when it
  /// was saved by a program whose T had another layout.
  template <class T>
  Result<std::optional<T>> load() const {
    if (!host_) return std::optional<T>();
    auto bytes = PENSTOCK_TRY(host_->load_checkpoint(name_));
    if (!bytes) return std::optional<T>();
    ByteReader in(*std::move(bytes));
    if (in.text() != detail::layout_of<T>()) return std::optional<T>();
    auto value = ValueCodec<T>::decode(in);
    if (!in.ok()) return Error(in.status().error()).within("checkpoint " + name_);
    return std::optional<T>(std::move(value));
  }

 private:
  OpHost* host_;
  std::string name_;
};

/// Handed to an op by reference. All members are thread-safe: an op may use its own threads.
///
/// One made without a host, as in a direct call of an op in a test, ignores everything it is told.
class OpContext {
 public:
  OpContext() = default;
  explicit OpContext(OpHost& host) : host_(&host) {}
  OpContext(const OpContext&) = delete;
  OpContext& operator=(const OpContext&) = delete;

  void debug(std::string text);
  void info(std::string text);
  void warning(std::string text);
  void error(std::string text);
  /// Write a message to the event log.
  void log(LogLevel level, std::string text);
  /// A stream for the step's own text, kept with its run: its standard output. One thread at a
  /// time. Without a host, that of the program.
  std::ostream& out() const;
  /// The same for standard error.
  std::ostream& err() const;
  /// Tell how far the op is; total 0 = unknown. Cheap: only the latest is kept.
  void progress(std::int64_t done, std::int64_t total, std::string_view unit = "") {
    if (host_) host_->progress(done, total, unit);
  }
  /// Attach a fact to the op's only output, or to the named one.
  void add_metadata(std::string name, MetadataValue value, std::string_view output = "");
  /// Record the result of a check of an asset.
  void record(CheckResult result);
  /// Record that an asset, or a partition of it, was made.
  void record(Materialization materialization);

  /// True once somebody asked this step to stop: return soon.
  bool canceled() const { return stop_token().stop_requested(); }
  std::stop_token stop_token() const { return host_ ? host_->stop_token() : std::stop_token(); }
  /// Who this step is; empty facts without a host.
  const StepFacts& facts() const;

  /// How far the op has come, under a name of its own choice: what one attempt saves, the next
  /// finds. Gone when the step succeeded.
  Checkpoint checkpoint(std::string name = "checkpoint");
  /// A folder for this attempt alone, made when first asked for and removed with all that is in it
  /// when the attempt ends, or by the next start after a crash. Refused in a direct call.
  Result<std::filesystem::path> scratch();

  /// The engine behind this context, or null in a direct call.
  OpHost* host() const { return host_; }

 private:
  OpHost* host_ = nullptr;
};

/// Any number of keyed values, handed on one by one.
///
/// Made from the OpContext, each item goes to its readers at once, while the op still runs; made
/// without, the items are handed on when the op returns it. Keys are `[A-Za-z0-9_.-]+` and unique.
template <class T>
class Dynamic {
 public:
  struct Item {
    std::string key;
    T value;
  };

  Dynamic() = default;
  /// Hand items on at once as the op's only dynamic output, or as the named one.
  explicit Dynamic(OpContext& op, std::string output = "")
      : host_(op.host()), output_(std::move(output)) {}

  void yield(std::string key, T value);
  /// Items that were not handed on yet: all of them in a direct call.
  const std::vector<Item>& items() const { return items_; }
  std::vector<Item>& items() { return items_; }

 private:
  OpHost* host_ = nullptr;
  std::string output_;
  std::vector<Item> items_;
};

template <class T>
void Dynamic<T>::yield(std::string key, T value) {
  if (host_)
    host_->yield(output_, std::move(key), Value::make<T>(std::move(value)));
  else
    items_.push_back({std::move(key), std::move(value)});
}
extern template class Dynamic<std::string>;

/// What a Failure tells beside its text; recorded with STEP_FAILURE.
struct FailureFacts final : ErrorExtra {
  explicit FailureFacts(Metadata facts) : metadata(std::move(facts)) {}
  Metadata metadata;
};
/// How an op wants to be tried again; what it leaves open is as the step's retry policy says.
struct RetryWish {
  std::optional<std::int32_t> max_retries = {};
  std::optional<Micros> delay = {};
};
/// The RetryWish of an error.
struct RetryExtra final : ErrorExtra {
  explicit RetryExtra(RetryWish wanted) : wish(wanted) {}
  RetryWish wish;
};

/// Return this from an op (as the Error of its Result) or throw it: the attempt failed. Facts are
/// kept with the failure; without `allow_retries` it is never tried again.
struct Failure : Error {
  explicit Failure(std::string description, Metadata metadata = {}, bool retries_allowed = true);
};
/// Return or throw this to be tried again: as the step's retry policy says, or as wished here.
struct RetryRequested : Error {
  explicit RetryRequested(std::string reason, RetryWish wish = {});
};
/// Return or throw this to leave the step out, and what needs it: not a failure.
struct Skip : Error {
  explicit Skip(std::string reason);
};

}  // namespace penstock
