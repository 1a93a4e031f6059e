#include "penstock/run/stored_places.h"

#include <fmt/format.h>

#include "penstock/base/text.h"

namespace penstock {
namespace {

std::filesystem::path place_of(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::absolute(path, ignored).lexically_normal();
}

bool is_same_output(const PlaceOwner& a, const PlaceOwner& b) {
  return a.step == b.step && a.output == b.output && a.item_key == b.item_key;
}

std::string named(const PlaceOwner& owner) {
  const auto output = fmt::format("output {} of step {}", quote(owner.output), quote(owner.step));
  return owner.item_key.empty() ? output
                                : fmt::format("item {} of {}", quote(owner.item_key), output);
}

Error taken(const std::filesystem::path& path, const PlaceOwner& owner, const PlaceOwner& first) {
  auto error = make_error(ErrorCode::Refused,
                          fmt::format("{} would replace {}, which this run stored in {}; give each "
                                      "a path of its own, such as with {{step}}, {{output}} or "
                                      "{{key}}",
                                      named(owner), named(first), path.string()));
  error.allow_retries = false;
  return error;
}

}  // namespace

Status StoredPlaces::take(const std::filesystem::path& path, const PlaceOwner& owner) {
  const std::lock_guard lock(mutex_);
  const auto [at, is_new] = owners_.try_emplace(place_of(path), owner);
  if (is_new) return {};
  auto& first = at->second;
  const bool is_item = !first.item_key.empty() || !owner.item_key.empty();
  const bool is_free = !is_item && first.step == owner.step && first.attempt != owner.attempt;
  if (!is_free && !is_same_output(first, owner)) return taken(path, owner, first);
  if (!is_item && first.attempt < owner.attempt) first = owner;
  return {};
}

void StoredPlaces::give_back(const std::filesystem::path& path, const PlaceOwner& owner) {
  const std::lock_guard lock(mutex_);
  const auto at = owners_.find(place_of(path));
  if (at != owners_.end() && at->second.attempt == owner.attempt &&
      is_same_output(at->second, owner))
    owners_.erase(at);
}

}  // namespace penstock
