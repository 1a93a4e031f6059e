#include "penstock/run/thread_group.h"

namespace penstock {

bool ThreadGroup::start(const std::vector<std::function<void()>>& works) {
  say(Word::Wait);
  for (const auto& work : works) {
    const bool started = start_thread(threads_, [this, work] {
      if (may_begin()) work();
    });
    if (started) continue;
    say(Word::End);
    join();
    return false;
  }
  say(Word::Begin);
  return true;
}

void ThreadGroup::join() {
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

void ThreadGroup::say(Word word) {
  const std::lock_guard lock(mutex_);
  word_ = word;
  said_.notify_all();
}

bool ThreadGroup::may_begin() {
  std::unique_lock lock(mutex_);
  said_.wait(lock, [&] { return word_ != Word::Wait; });
  return word_ == Word::Begin;
}

}  // namespace penstock
