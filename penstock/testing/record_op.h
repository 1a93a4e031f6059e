// Calls an op directly and keeps what it tells its context.
//
//   ps::testing::RecordedOp op;
//   const auto parts = extract(op.context(), datastore, {"ID", 2017});
//   EXPECT_EQ(op.messages().front().text, "2 rows have no time");
#pragma once

#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <ostream>
#include <sstream>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "penstock/model/op_context.h"
#include "penstock/testing/ephemeral_folder.h"

namespace penstock::testing {

/// An OpContext that remembers. The op may use threads of its own; read when they have ended.
class RecordedOp final : private OpHost {
 public:
  struct Message {
    LogLevel level = LogLevel::Info;
    std::string text;
  };
  struct Item {
    std::string output;  ///< empty: the only one
    std::string key;     ///< empty: a batch of a stream
    Value value;
  };
  struct Progress {
    std::int64_t done = 0, total = 0;
    std::string unit;
  };

  /// `facts` are what the op is told of itself, such as its attempt or tags.
  explicit RecordedOp(StepFacts facts = {}) : facts_(std::move(facts)), context_(*this) {}

  /// To be handed to the op.
  OpContext& context() { return context_; }
  /// Let op.canceled() be true from now on.
  void cancel() { stop_.request_stop(); }

  const std::vector<Message>& messages() const { return messages_; }
  const std::vector<Item>& items() const { return items_; }
  /// The keys that were yielded, in order.
  std::vector<std::string> keys() const {
    std::vector<std::string> keys;
    for (const auto& item : items_) keys.push_back(item.key);
    return keys;
  }
  const std::vector<CheckResult>& checks() const { return checks_; }
  const std::vector<Materialization>& materializations() const { return materializations_; }
  /// Facts by output; the only output is named "".
  const std::map<std::string, Metadata>& metadata() const { return metadata_; }
  const std::vector<Progress>& progress() const { return progress_; }
  /// What it wrote to op.out() and op.err().
  std::string out_text() const { return out_.str(); }
  std::string err_text() const { return err_.str(); }

 private:
  const StepFacts& facts() const override { return facts_; }
  void log(LogLevel level, std::string text) override {
    const std::lock_guard lock(mutex_);
    messages_.push_back({level, std::move(text)});
  }
  void progress(std::int64_t done, std::int64_t total, std::string_view unit) override {
    const std::lock_guard lock(mutex_);
    progress_.push_back({done, total, std::string(unit)});
  }
  void add_metadata(std::string_view output, std::string name, MetadataValue value) override {
    const std::lock_guard lock(mutex_);
    metadata_[std::string(output)].emplace_back(std::move(name), std::move(value));
  }
  void record(CheckResult result) override {
    const std::lock_guard lock(mutex_);
    checks_.push_back(std::move(result));
  }
  void record(Materialization made) override {
    const std::lock_guard lock(mutex_);
    materializations_.push_back(std::move(made));
  }
  void yield(std::string_view output, std::string key, Value value) override {
    const std::lock_guard lock(mutex_);
    items_.push_back({std::string(output), std::move(key), std::move(value)});
  }
  bool write(std::string_view output, Value batch) override {
    const std::lock_guard lock(mutex_);
    items_.push_back({std::string(output), {}, std::move(batch)});
    return true;
  }
  Status save_checkpoint(std::string_view name, std::string_view bytes) override {
    const std::lock_guard lock(mutex_);
    checkpoints_[std::string(name)] = bytes;
    return {};
  }
  Result<std::optional<SharedBytes>> load_checkpoint(std::string_view name) override {
    const std::lock_guard lock(mutex_);
    const auto found = checkpoints_.find(std::string(name));
    if (found == checkpoints_.end()) return std::optional<SharedBytes>();
    return std::optional(SharedBytes::own(found->second));
  }
  Result<std::filesystem::path> scratch() override { return scratch_.path(); }
  std::stop_token stop_token() const override { return stop_.get_token(); }
  std::ostream& out() override { return out_; }
  std::ostream& err() override { return err_; }

  StepFacts facts_;
  std::stop_source stop_;
  std::mutex mutex_;
  std::vector<Message> messages_;
  std::vector<Item> items_;
  std::vector<CheckResult> checks_;
  std::vector<Materialization> materializations_;
  std::map<std::string, Metadata> metadata_;
  std::vector<Progress> progress_;
  std::map<std::string, std::string> checkpoints_;
  EphemeralFolder scratch_;
  std::ostringstream out_, err_;
  OpContext context_;
};

}  // namespace penstock::testing
