// What happened in a run, compared with what should have. The functions give a description of the
// first difference, or nothing: EXPECT_EQ(differs(...), "") in GoogleTest, a check that the text is
// empty in anything else.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "penstock/event/event.h"

namespace penstock::testing {

/// One event as these functions write it: type, step key, and what it tells, as far as it is short:
/// `STEP_FAILURE load[b]: no such file`, `STEP_UP_FOR_RETRY load[b]: in 5 s`.
std::string event_words(const Event& event);

/// Empty when the expected events happened in this order; others may lie between them. An
/// expectation is the beginning of event_words() that ends with a word: `STEP_START load` is not
/// met by `STEP_START load_all`.
std::string lacks(const std::vector<Event>& events, const std::vector<std::string>& expected);

/// Empty when the events of some types are exactly the expected ones, in order.
std::string differs(const std::vector<Event>& events, const std::vector<std::string>& types,
                    const std::vector<std::string>& expected);

/// Empty when no event meets the pattern.
std::string has(const std::vector<Event>& events, const std::string& unwanted);

}  // namespace penstock::testing
