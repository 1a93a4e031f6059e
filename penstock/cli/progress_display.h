// Shows a run while it goes on: redrawn in place on a terminal, a line per ended step elsewhere.
#pragma once

#include <condition_variable>
#include <iosfwd>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "penstock/cli/services.h"
#include "penstock/view/progress_view.h"
#include "penstock/view/text_style.h"

namespace penstock {

/// How a run is shown while it goes on.
enum class DisplayMode : std::uint8_t {
  Live,   ///< redrawn in place
  Lines,  ///< a line for each ended step and message
  Silent  ///< only counted
};

/// What is shown, and how.
struct DisplayOptions {
  DisplayMode mode = DisplayMode::Silent;
  LogLevel least = LogLevel::Warning;  ///< of messages
  TextStyle style = {};
};

/// Folds the events of a run and shows them. on_event() and notice() are thread-safe.
class ProgressDisplay {
 public:
  ProgressDisplay(const Services& services, DisplayOptions options, PlanShape shape,
                  std::map<std::string, OpHistory> history);
  ProgressDisplay(const ProgressDisplay&) = delete;
  ProgressDisplay& operator=(const ProgressDisplay&) = delete;
  ~ProgressDisplay();

  /// Take in the next event; quick, so that the engine may call it.
  void on_event(const Event& event);
  /// Take in an event that happened long ago, without showing it.
  void take_in(const Event& event);
  /// Say something to who watches.
  void notice(std::string text);
  /// Stop showing, with nothing of the live display left on the terminal.
  void finish();
  /// How the run stands; to be called after finish().
  const ProgressView& view() const { return fold_.view(); }

 private:
  void keep_drawing(std::stop_token stop);
  void draw_locked(bool with_live);

  const Services& services_;
  const DisplayMode mode_;
  const LogLevel least_;
  TextStyle style_;
  const std::map<std::string, OpHistory> history_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  ProgressFold fold_;
  std::string pending_;  ///< lines that stay, not written yet
  std::string notice_;
  std::size_t drawn_lines_ = 0;
  bool is_finished_ = false;
  std::jthread drawer_;
};

}  // namespace penstock
