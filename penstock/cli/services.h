// What commands need from the program around them: ports, so that no command knows a store, a
// terminal or a signal.
#pragma once

#include <filesystem>
#include <functional>
#include <iosfwd>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <system_error>

#include "penstock/base/clock.h"
#include "penstock/event/event_log.h"
#include "penstock/event/log_storage.h"
#include "penstock/event/value_store.h"
#include "penstock/model/definitions.h"

namespace penstock {

/// Watches for interrupts (Ctrl-C, SIGTERM) while it lives: the first asks to stop, the second ends
/// the process at once with status 130. Those that come before the first call of token() are kept
/// until then, and no thread is started before it.
class InterruptWatch {
 public:
  virtual ~InterruptWatch() = default;
  virtual std::stop_token token() = 0;
};

/// The reader's end of the output.
struct Terminal {
  bool is_terminal = false;                 ///< standard output is one that can move its cursor
  bool color = false;                       ///< it would show colours, and nobody said it shall not
  std::function<std::size_t()> width = {};  ///< columns now; 0: unknown
  std::function<std::size_t()> height = {};  ///< lines now; 0: unknown
};

/// Everything outside. The functions are called when a command needs them and not before.
struct Services {
  std::string program;  ///< as the user calls it, for examples in messages
  std::string version;
  std::string build_id;  ///< identifies the program's code in the log
  std::function<Result<Definitions>()> definitions;
  /// Open the log of a home folder. `create` makes a missing one; otherwise that is NotFound.
  std::function<Result<std::unique_ptr<EventLog>>(const std::filesystem::path& home, bool create)>
      open_log;
  /// To be called before anything that starts threads.
  std::function<std::unique_ptr<InterruptWatch>()> watch_interrupts;
  /// True when the process of a run that has not ended lives no more; false when it cannot be
  /// known.
  std::function<bool(const RunRecord&)> is_process_gone;
  /// Ask the process of a run to stop, as an interrupt does. NotFound when it lives no more,
  /// Refused when it cannot be asked.
  std::function<Status(const RunRecord&)> ask_process_to_stop;
  /// Open what keeps the log of a home folder. NotFound when there is none.
  std::function<Result<std::unique_ptr<LogStorage>>(const std::filesystem::path& home)>
      open_storage;
  /// Open the values that runs of a home folder keep. The folder need not be there.
  std::function<std::unique_ptr<ValueStore>(const std::filesystem::path& home)> open_values;
  std::function<std::optional<std::string>(const std::string& name)> environment;
  const Clock* clock = nullptr;
  Terminal terminal;
  std::ostream* out = nullptr;
  /// Why `out` could not be written, if so; broken_pipe when nobody reads it any more. Optional.
  std::function<std::error_code()> output_error;
  std::ostream* err = nullptr;
};

}  // namespace penstock
