// std::system() for programs whose ops call it while others run.
#pragma once

namespace penstock {

/// Link our system() into the program, in place of the C library's. That one ignores SIGINT in the
/// whole process until the command has ended: a Ctrl-C would end the command and not be seen by the
/// run. Ours leaves signals alone while interrupts are watched, and else calls the library's.
void keep_own_system();

}  // namespace penstock
