#include "penstock/app/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

namespace penstock {
namespace {

winsize window() {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return {};
  return size;
}

}  // namespace

Terminal terminal_of_stdout(
    const std::function<std::optional<std::string>(const std::string&)>& environment) {
  Terminal terminal;
  const auto kind = environment("TERM");
  terminal.is_terminal = isatty(STDOUT_FILENO) == 1 && kind && *kind != "dumb";
  const auto no_color = environment("NO_COLOR");
  terminal.color = terminal.is_terminal && (!no_color || no_color->empty());
  terminal.width = [] { return std::size_t(window().ws_col); };
  terminal.height = [] { return std::size_t(window().ws_row); };
  return terminal;
}

}  // namespace penstock
