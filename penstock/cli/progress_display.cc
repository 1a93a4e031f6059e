#include "penstock/cli/progress_display.h"

#include <fmt/format.h>

#include <chrono>
#include <ostream>

#include "penstock/base/shortage.h"
#include "penstock/view/run_text.h"

namespace penstock {
namespace {

constexpr auto kRedraw = std::chrono::milliseconds(100);
constexpr std::size_t kFallbackHeight = 24;

// On a terminal the live display tells of steps that went well.
bool stays_on_terminal(const Event& event) { return !event.body.is<StepSuccess>(); }

}  // namespace

ProgressDisplay::ProgressDisplay(const Services& services, DisplayOptions options, PlanShape shape,
                                 std::map<std::string, OpHistory> history)
    : services_(services),
      mode_(options.mode),
      least_(options.least),
      style_(options.style),
      history_(std::move(history)),
      fold_(std::move(shape)) {
  if (mode_ != DisplayMode::Silent)
    drawer_ = wait_out_thread_shortage([this] {
      return std::jthread([this](std::stop_token stop) { keep_drawing(stop); });
    });
}

ProgressDisplay::~ProgressDisplay() { finish(); }

void ProgressDisplay::on_event(const Event& event) {
  const std::scoped_lock lock(mutex_);
  fold_.apply(event, services_.clock->instant());
  if (mode_ == DisplayMode::Silent) return;
  if (mode_ == DisplayMode::Live && !stays_on_terminal(event)) return;
  auto line = watch_line(event, least_, style_);
  if (!line.empty()) pending_ += line + "\n";
}

void ProgressDisplay::take_in(const Event& event) {
  const std::lock_guard lock(mutex_);
  fold_.apply(event);
}

void ProgressDisplay::notice(std::string text) {
  const std::scoped_lock lock(mutex_);
  if (mode_ == DisplayMode::Live)
    notice_ = std::move(text);
  else if (mode_ == DisplayMode::Lines)
    pending_ += text + "\n";
  wake_.notify_all();
}

void ProgressDisplay::finish() {
  drawer_.request_stop();
  if (drawer_.joinable()) drawer_.join();
  const std::scoped_lock lock(mutex_);
  if (is_finished_ || mode_ == DisplayMode::Silent) return;
  is_finished_ = true;
  draw_locked(false);
}

void ProgressDisplay::keep_drawing(std::stop_token stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    const bool was_noticed = !notice_.empty();
    wake_.wait_for(lock, stop, kRedraw, [&] { return !was_noticed && !notice_.empty(); });
    if (!stop.stop_requested()) draw_locked(mode_ == DisplayMode::Live);
  }
}

void ProgressDisplay::draw_locked(bool with_live) {
  std::string out;
  if (drawn_lines_ > 0) out += fmt::format("\x1b[{}A\r\x1b[J", drawn_lines_);
  out += pending_;
  pending_.clear();
  drawn_lines_ = 0;
  if (with_live && services_.terminal.width) {
    style_.width = services_.terminal.width();
    const auto height = services_.terminal.height();
    const auto now = services_.clock->instant();
    const LiveOptions options{.now = now,
                              .left = estimate_left(fold_.view(), now, history_),
                              .height = height > 0 ? height : kFallbackHeight,
                              .notice = notice_};
    for (const auto& line : live_lines(fold_.view(), options, style_)) {
      out += line + "\n";
      ++drawn_lines_;
    }
  }
  if (!out.empty()) *services_.out << out << std::flush;
}

}  // namespace penstock
