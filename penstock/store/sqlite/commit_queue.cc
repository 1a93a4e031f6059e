#include "penstock/store/sqlite/commit_queue.h"

#include "penstock/base/shortage.h"

#include <iterator>

namespace penstock::detail {
namespace {

constexpr std::size_t kMaxWaiting = 262'144;
// Bounds how long other processes wait for the file, about a fifth of a second.
constexpr std::size_t kMaxGroup = 16'384;

}  // namespace

CommitQueue::~CommitQueue() {
  {
    const std::lock_guard lock(mutex_);
    is_closing_ = true;
  }
  work_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void CommitQueue::append(std::vector<Event> events) {
  if (events.empty()) return;
  std::unique_lock lock(mutex_);
  done_.wait(lock, [this] { return failure_ || waiting_events_ < kMaxWaiting; });
  if (failure_) return;
  waiting_events_ += events.size();
  waiting_.push_back(std::move(events));
  ++queued_;
  if (!thread_.joinable())
    thread_ = wait_out_thread_shortage([this] { return std::thread([this] { run(); }); });
  const bool wake = std::exchange(is_idle_, false);
  lock.unlock();
  if (wake) work_.notify_one();
}

Status CommitQueue::sync() {
  std::unique_lock lock(mutex_);
  const auto upto = queued_;
  done_.wait(lock, [this, upto] { return failure_ || committed_ >= upto; });
  if (failure_) return *failure_;
  if (auto refused = std::exchange(refused_, std::nullopt)) return *std::move(refused);
  return {};
}

void CommitQueue::run() {
  auto writer = open_();
  if (!writer.ok()) return fail(std::move(writer).error());
  Group group;
  while (take(group)) {
    auto result = writer->commit(group);
    if (!result.ok()) return fail(std::move(result).error());
    finish(group.size(), *std::move(result));
    group.clear();
    writer->tidy();
  }
}

// Fills `group` with what waits; false when there will be nothing more.
bool CommitQueue::take(Group& group) {
  std::unique_lock lock(mutex_);
  while (waiting_.empty() && !is_closing_) {
    is_idle_ = true;
    work_.wait(lock);
  }
  is_idle_ = false;
  std::size_t events = 0, calls = 0;
  while (calls < waiting_.size() && (calls == 0 || events + waiting_[calls].size() <= kMaxGroup))
    events += waiting_[calls++].size();
  if (calls == waiting_.size()) {
    group.swap(waiting_);
  } else {
    const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(calls);
    group.assign(std::make_move_iterator(waiting_.begin()), std::make_move_iterator(end));
    waiting_.erase(waiting_.begin(), end);
  }
  waiting_events_ -= events;
  return calls > 0;
}

void CommitQueue::finish(std::size_t calls, GroupResult result) {
  {
    const std::lock_guard lock(mutex_);
    committed_ += calls;
    if (!refused_) refused_ = std::move(result.refused);
  }
  done_.notify_all();
}

void CommitQueue::fail(Error error) {
  {
    const std::lock_guard lock(mutex_);
    failure_ = std::move(error);
    is_healthy_ = false;
    waiting_.clear();
    waiting_events_ = 0;
  }
  done_.notify_all();
}

}  // namespace penstock::detail
