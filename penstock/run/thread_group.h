// Threads that start together or not at all.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace penstock {

/// Start one more thread. False when the system gives no more.
template <class F>
bool start_thread(std::vector<std::thread>& threads, F work) {
  try {
    threads.emplace_back(std::move(work));
    return true;
  } catch (const std::system_error&) {
    return false;
  }
}

/// Threads of which each waits for the others' work: a part of them would wait for ever, and keep
/// threads that the rest needs.
class ThreadGroup {
 public:
  ThreadGroup() = default;
  ThreadGroup(const ThreadGroup&) = delete;
  ThreadGroup& operator=(const ThreadGroup&) = delete;
  ~ThreadGroup() { join(); }

  /// A thread for each work, or, when the system does not give as many, none, and false.
  bool start(const std::vector<std::function<void()>>& works);
  /// Wait for the end of all.
  void join();

 private:
  enum class Word : std::uint8_t { Wait, Begin, End };
  void say(Word word);
  bool may_begin();

  std::vector<std::thread> threads_;
  std::mutex mutex_;
  std::condition_variable said_;
  Word word_ = Word::Wait;
};

}  // namespace penstock
