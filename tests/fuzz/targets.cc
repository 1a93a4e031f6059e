// The list of decoders.
#include "tests/fuzz/targets.h"

#include <signal.h>

#include <array>

namespace penstock::fuzz {
namespace {

std::vector<std::string> planted_seeds() { return {"a good input"}; }

void run_planted_crash(std::string_view bytes) {
  if (bytes.size() > 2 && bytes[2] != 'g') ::raise(SIGSEGV);
}

void run_planted_broken(std::string_view bytes) {
  if (bytes.find("good") == bytes.npos) broken("every input is good");
}

}  // namespace

std::span<const Target> targets() {
  static constexpr std::array kTargets = {
      Target{"arrow", arrow_seeds, run_arrow},
      Target{"config", config_seeds, run_config},
      Target{"csv", csv_seeds, run_csv},
      Target{"event", event_seeds, run_event},
      Target{"frame", frame_seeds, run_frame},
      Target{"selection", selection_seeds, run_selection},
      Target{"planted-broken", planted_seeds, run_planted_broken, true},
      Target{"planted-crash", planted_seeds, run_planted_crash, true},
      Target{"zip", zip_seeds, run_zip},
  };
  return kTargets;
}

}  // namespace penstock::fuzz
