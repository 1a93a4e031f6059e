// Events on their way into the file: callers put them in, one thread commits them as groups.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "penstock/store/sqlite/group_writer.h"

namespace penstock::detail {

/// A bounded queue and the thread that empties it. Thread-safe.
class CommitQueue {
 public:
  using OpenWriter = std::function<Result<GroupWriter>()>;
  /// `open` is called for the first events, by the thread.
  explicit CommitQueue(OpenWriter open) : open_(std::move(open)) {}
  /// Commits what waits, then ends the thread.
  ~CommitQueue();

  /// Queue events that are committed together; waits while the queue is full.
  void append(std::vector<Event> events);
  /// Wait until all that was queued before is durable, or tell why it never will be.
  Status sync();
  /// False once something could not be written.
  bool healthy() const { return is_healthy_.load(std::memory_order_relaxed); }

 private:
  using Group = std::vector<std::vector<Event>>;
  void run();
  bool take(Group& group);
  void finish(std::size_t calls, GroupResult result);
  void fail(Error error);

  OpenWriter open_;
  std::mutex mutex_;
  std::condition_variable work_, done_;
  Group waiting_;
  std::size_t waiting_events_ = 0;
  std::uint64_t queued_ = 0, committed_ = 0;  ///< calls of append, ever
  bool is_idle_ = false, is_closing_ = false;
  std::optional<Error> failure_;         ///< for good
  std::atomic<bool> is_healthy_ = true;  ///< there is no failure
  std::optional<Error> refused_;         ///< told once
  std::thread thread_;                   ///< started by the first append
};

}  // namespace penstock::detail
