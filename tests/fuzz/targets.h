// The decoders that are fuzzed: for each its first inputs, and what is done with an input.
#pragma once

#include "tests/fuzz/fuzz_driver.h"

namespace penstock::fuzz {

std::vector<std::string> arrow_seeds();
void run_arrow(std::string_view bytes);
std::vector<std::string> config_seeds();
void run_config(std::string_view bytes);
std::vector<std::string> csv_seeds();
void run_csv(std::string_view bytes);
std::vector<std::string> event_seeds();
void run_event(std::string_view bytes);
std::vector<std::string> frame_seeds();
void run_frame(std::string_view bytes);
std::vector<std::string> selection_seeds();
void run_selection(std::string_view bytes);
std::vector<std::string> zip_seeds();
void run_zip(std::string_view bytes);

}  // namespace penstock::fuzz
