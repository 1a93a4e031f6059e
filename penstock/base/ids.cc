#include "penstock/base/ids.h"

#include <fmt/format.h>

#include <charconv>
#include <mutex>
#include <random>

#include "penstock/base/text.h"

namespace penstock {
namespace {

std::uint64_t random_bits() {
  static std::mutex mutex;
  static std::mt19937_64 engine([] {
    std::random_device device;
    std::seed_seq seed{device(), device(), device(), device()};
    return std::mt19937_64(seed);
  }());
  const std::lock_guard lock(mutex);
  return engine();
}

}  // namespace

RunId RunId::make(Time now) { return make(now, random_bits(), random_bits()); }

RunId RunId::make(Time now, std::uint64_t random_high, std::uint64_t random_low) {
  const auto ms = std::uint64_t(now.time_since_epoch().count() / 1000) & 0xffff'ffff'ffffull;
  return RunId((ms << 16) | 0x7000 | (random_high & 0x0fff),
               0x8000'0000'0000'0000ull | (random_low >> 2));
}

Result<RunId> RunId::parse(std::string_view text) {
  std::string digits;
  for (char c : text)
    if (c != '-') digits += c;
  std::uint64_t parts[2] = {0, 0};
  bool good = text.size() == 36 && digits.size() == 32;
  for (int i = 0; good && i < 2; ++i) {
    const char* first = digits.data() + 16 * i;
    const auto [end, error] = std::from_chars(first, first + 16, parts[i], 16);
    good = error == std::errc() && end == first + 16;
  }
  if (!good)
    return make_error(ErrorCode::Config,
                      quote(text) + " is not a run id; expected a UUID of 36 characters");
  return RunId(parts[0], parts[1]);
}

std::string RunId::to_string() const {
  return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", high_ >> 32, (high_ >> 16) & 0xffff,
                     high_ & 0xffff, low_ >> 48, low_ & 0xffff'ffff'ffffull);
}

std::string RunId::short_text() const { return fmt::format("{:08x}", low_ & 0xffff'ffffull); }

}  // namespace penstock
