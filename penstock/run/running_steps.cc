#include "penstock/run/running_steps.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <memory>

namespace penstock {
namespace {

constexpr std::size_t kMostShown = 20;
constexpr std::size_t kHandlerStack = 64 * 1024;

/// What a thread runs. Never freed, so that a handler may look at any time; a thread that starts
/// takes the one of a thread that has ended. A handler may see half of a new text, never outside of
/// it: its last byte stays 0.
struct Place {
  std::atomic<bool> taken = true;
  std::atomic<bool> runs = false;
  std::array<char, 512> text{};
  Place* next = nullptr;
};
std::atomic<Place*> places = nullptr;

Place* take_place() {
  for (auto* place = places.load(); place != nullptr; place = place->next) {
    bool free = false;
    if (place->taken.compare_exchange_strong(free, true)) return place;
  }
  auto* place = new Place;
  place->next = places.load();
  while (!places.compare_exchange_weak(place->next, place)) {
  }
  return place;
}

class HandlerStack {
 public:
  HandlerStack() {
    stack_t now{};
    if (::sigaltstack(nullptr, &now) != 0 || (now.ss_flags & SS_DISABLE) == 0) return;
    memory_ = std::make_unique<char[]>(kHandlerStack);
    now = {};
    now.ss_sp = memory_.get();
    now.ss_size = kHandlerStack;
    ::sigaltstack(&now, nullptr);
  }
  ~HandlerStack() {
    stack_t now{};
    if (!memory_ || ::sigaltstack(nullptr, &now) != 0 || now.ss_sp != memory_.get()) return;
    now = {};
    now.ss_flags = SS_DISABLE;
    ::sigaltstack(&now, nullptr);
  }
  HandlerStack(const HandlerStack&) = delete;
  HandlerStack& operator=(const HandlerStack&) = delete;

 private:
  std::unique_ptr<char[]> memory_;
};

struct Thread {
  Place* const place = take_place();
  HandlerStack stack;
  ~Thread() {
    place->runs = false;
    place->taken = false;
  }
};

Place& own_place() {
  thread_local Thread thread;
  return *thread.place;
}

thread_local Place* mine = nullptr;  // a handler must not be the first to make a thread's object

void append(std::array<char, 512>& text, std::size_t& at, const char* what) {
  const auto size = std::min(std::strlen(what), text.size() - 1 - at);
  std::memcpy(text.data() + at, what, size);
  at += size;
}

}  // namespace

void note_running_step(const RunId* run, const char* key) {
  mine = &own_place();
  mine->runs = false;
  if (key == nullptr) return;
  std::size_t at = 0;
  append(mine->text, at, "step ");
  append(mine->text, at, key);
  append(mine->text, at, " of run ");
  append(mine->text, at, run->to_string().c_str());
  mine->text[at] = '\0';
  mine->runs = true;
}

void write_plain(int to, const char* text) {
  for (auto left = std::strlen(text); left > 0;) {
    const auto wrote = ::write(to, text, left);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return;
    text += wrote;
    left -= std::size_t(wrote);
  }
}

void write_running_steps(int to) {
  std::size_t shown = 0;
  for (auto* place = places.load(); place != nullptr; place = place->next) {
    if (!place->runs) continue;
    if (shown++ == kMostShown) {
      write_plain(to, "  and more\n");
      break;
    }
    write_plain(to, "  ");
    write_plain(to, place->text.data());
    write_plain(to, place == mine ? ", in the thread that did it\n" : "\n");
  }
  if (shown == 0) write_plain(to, "  none\n");
}

}  // namespace penstock
