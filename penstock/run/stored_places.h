// Which output of a run a file belongs to: two must not lie at one place.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <string>

#include "penstock/base/result.h"

namespace penstock {

/// Who stores a file.
struct PlaceOwner {
  std::string step;  ///< step key
  std::int32_t attempt = 0;
  std::string output;
  std::string item_key;  ///< of a dynamic output: the mapping key of the item
};

/// The files that IO managers have stored in one run. Thread-safe.
class StoredPlaces {
 public:
  /// Take a place for a file that is about to be put there. Refused, with the names of both, when
  /// another output or item has it. What an earlier attempt of the step had is free, but for items:
  /// they stay.
  Status take(const std::filesystem::path& path, const PlaceOwner& owner);
  /// Let go of a place for which no file came about.
  void give_back(const std::filesystem::path& path, const PlaceOwner& owner);

 private:
  std::mutex mutex_;
  std::map<std::filesystem::path, PlaceOwner> owners_;  // absolute
};

}  // namespace penstock
