// What the compiler's calls say about the code that an input reaches. This file itself is built
// without them, else it would count itself.
#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "tests/fuzz/fuzz_driver.h"

namespace penstock::fuzz::coverage {
namespace {

constexpr std::size_t kPlaces = std::size_t(1) << 18;
constexpr std::size_t kConstants = 512;

// An edge is a pair of blocks that ran one after the other; its place is a hash of both.
std::array<std::uint8_t, kPlaces> counts;        // by place, how often: this input
std::array<std::uint8_t, kPlaces> reached_ever;  // by place, a bit per magnitude of the count
std::array<std::uint64_t, kConstants> compared;
std::size_t compared_size = 0;
std::size_t compared_next = 0;
thread_local std::size_t previous = 0;

void visit(std::size_t at) {
  const std::size_t place = (at * 0x9E3779B97F4A7C15ull) >> 46;
  auto& count = counts[(place ^ previous) % kPlaces];
  if (count < 255) ++count;
  previous = place >> 1;
}

void compare(std::uint64_t a, std::uint64_t b) {
  if (a == b) return;
  for (const auto value : {a, b}) {
    if (value < 256) continue;
    compared[compared_next] = value;
    compared_next = (compared_next + 1) % kConstants;
    compared_size = std::max(compared_size, compared_next);
  }
}

}  // namespace

void reset() {
  counts.fill(0);
  previous = 0;
}

bool found_new() {
  bool found = false;
  for (std::size_t at = 0; at < kPlaces; at += 8) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, &counts[at], 8);
    if (eight == 0) continue;
    for (std::size_t place = at; place < at + 8; ++place) {
      if (counts[place] == 0) continue;
      // 1, 2, 3 to 4, 5 to 8, … times
      const auto magnitude = std::uint8_t(1u << (std::bit_width(unsigned(counts[place] - 1)) % 8));
      if ((reached_ever[place] & magnitude) != 0) continue;
      reached_ever[place] |= magnitude;
      found = true;
    }
  }
  return found;
}

std::size_t reached() {
  return std::size_t(std::ranges::count_if(reached_ever, [](auto bits) { return bits != 0; }));
}

std::span<const std::uint64_t> constants() { return {compared.data(), compared_size}; }

}  // namespace penstock::fuzz::coverage

using penstock::fuzz::coverage::compare;

extern "C" {
// The names are the compiler's: gcc's manual, -fsanitize-coverage.
void __sanitizer_cov_trace_pc() {
  penstock::fuzz::coverage::visit(reinterpret_cast<std::size_t>(__builtin_return_address(0)));
}
void __sanitizer_cov_trace_cmp1(std::uint8_t, std::uint8_t) {}
void __sanitizer_cov_trace_cmp2(std::uint16_t a, std::uint16_t b) { compare(a, b); }
void __sanitizer_cov_trace_cmp4(std::uint32_t a, std::uint32_t b) { compare(a, b); }
void __sanitizer_cov_trace_cmp8(std::uint64_t a, std::uint64_t b) { compare(a, b); }
void __sanitizer_cov_trace_const_cmp1(std::uint8_t, std::uint8_t) {}
void __sanitizer_cov_trace_const_cmp2(std::uint16_t a, std::uint16_t b) { compare(a, b); }
void __sanitizer_cov_trace_const_cmp4(std::uint32_t a, std::uint32_t b) { compare(a, b); }
void __sanitizer_cov_trace_const_cmp8(std::uint64_t a, std::uint64_t b) { compare(a, b); }
void __sanitizer_cov_trace_cmpf(float, float) {}
void __sanitizer_cov_trace_cmpd(double, double) {}
void __sanitizer_cov_trace_switch(std::uint64_t value, std::uint64_t* cases) {
  for (std::uint64_t i = 0; i < cases[0]; ++i) compare(value, cases[2 + i]);
}
}
