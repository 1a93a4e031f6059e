#include "pipelines/cems/datapackage.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include <penstock/base/json.h>
#include <penstock/base/text.h>

#include "pipelines/cems/errors.h"

namespace cems {
namespace {

using penstock::Json;
using penstock::Result;

using Filter = std::map<std::string, std::string>;

penstock::Error invalid(std::size_t resource, std::string_view what) {
  return problem("descriptor_invalid",
                 fmt::format("datapackage.json: resource {} {}", resource + 1, what));
}

bool is_inside(const std::string& path) {
  const std::filesystem::path parsed(path);
  if (path.empty() || parsed.is_absolute() || path.find('\\') != path.npos) return false;
  return std::ranges::none_of(parsed,
                              [](const auto& part) { return part == ".." || part.empty(); });
}

bool is_md5(const std::string& text) {
  return text.size() == 32 && text.find_first_not_of("0123456789abcdef") == text.npos;
}

std::string as_text(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

std::map<std::string, std::vector<std::string>> read_parts(const Json& parts) {
  std::map<std::string, std::vector<std::string>> read;
  for (const auto& [key, value] : parts.items()) {
    auto& values = read[key];
    if (!value.is_array()) {
      values.push_back(as_text(value));
    } else {
      for (const auto& one : value) values.push_back(as_text(one));
    }
  }
  return read;
}

Result<std::string> read_text(const Json& resource, std::size_t at, const std::string& key) {
  const auto found = resource.find(key);
  if (found == resource.end()) return invalid(at, fmt::format("has no \"{}\"", key));
  if (!found->is_string()) return invalid(at, fmt::format("has a \"{}\" that is no text", key));
  return found->get<std::string>();
}

Result<ArchiveEntry> read_entry(const Json& resource, std::size_t at) {
  if (!resource.is_object()) return invalid(at, "is no object");
  ArchiveEntry entry;
  entry.name = PENSTOCK_TRY(read_text(resource, at, "name"));
  entry.path = PENSTOCK_TRY(read_text(resource, at, "path"));
  entry.md5 = penstock::to_lower(PENSTOCK_TRY(read_text(resource, at, "hash")));
  if (!is_inside(entry.path))
    return invalid(at, fmt::format("has path {}; expected a relative path inside the folder",
                                   penstock::quote(entry.path)));
  if (!is_md5(entry.md5))
    return invalid(at,
                   fmt::format("has hash {}; expected an MD5 in hex", penstock::quote(entry.md5)));
  const auto bytes = resource.find("bytes");
  if (bytes == resource.end()) return invalid(at, "has no \"bytes\"");
  if (!bytes->is_number_unsigned()) return invalid(at, "has \"bytes\" that is no size");
  entry.bytes = bytes->get<std::uint64_t>();
  const auto parts = resource.find("parts");
  if (parts == resource.end()) return invalid(at, "has no \"parts\"");
  if (!parts->is_object()) return invalid(at, "has \"parts\" that is no object");
  entry.parts = read_parts(*parts);
  if (const auto url = resource.find("remote_url"); url != resource.end() && url->is_string())
    entry.remote_url = url->get<std::string>();
  return entry;
}

Filter filter_of(const Partition& partition) {
  if (partition.quarter != 0)
    return {{"year_quarter", fmt::format("{}q{}", partition.year, partition.quarter)}};
  return {{"year", std::to_string(partition.year)}, {"state", penstock::to_lower(partition.state)}};
}

bool has_value(const ArchiveEntry& entry, const std::string& key, const std::string& value) {
  const auto found = entry.parts.find(key);
  return found != entry.parts.end() && std::ranges::count(found->second, value) != 0;
}

bool matches(const ArchiveEntry& entry, const Filter& filter) {
  return std::ranges::all_of(
      filter, [&](const auto& want) { return has_value(entry, want.first, want.second); });
}

/// All values of `key` among entries that have `given` = `value`, in order, or `none`.
std::string list_values(const std::vector<ArchiveEntry>& entries, const std::string& key,
                        const std::string& given, const std::string& value) {
  std::set<std::string> values;
  for (const auto& entry : entries) {
    if (!given.empty() && !has_value(entry, given, value)) continue;
    if (const auto found = entry.parts.find(key); found != entry.parts.end())
      values.insert(found->second.begin(), found->second.end());
  }
  const std::vector<std::string> sorted(values.begin(), values.end());
  return sorted.empty() ? "none" : penstock::join(sorted, ", ");
}

}  // namespace

Result<Descriptor> Descriptor::parse(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded())
    return problem("descriptor_invalid", "datapackage.json: is no valid JSON");
  const auto resources = json.is_object() ? json.find("resources") : json.end();
  if (resources == json.end() || !resources->is_array())
    return problem("descriptor_invalid", "datapackage.json: has no list \"resources\"");
  Descriptor descriptor;
  for (std::size_t i = 0; i < resources->size(); ++i)
    descriptor.entries_.push_back(PENSTOCK_TRY(read_entry((*resources)[i], i)));
  return descriptor;
}

Result<const ArchiveEntry*> Descriptor::find(const Partition& partition) const {
  const auto filter = filter_of(partition);
  std::vector<const ArchiveEntry*> found;
  for (const auto& entry : entries_)
    if (matches(entry, filter)) found.push_back(&entry);
  if (found.empty()) return missing(partition);
  if (found.size() == 1) return found.front();
  std::vector<std::string> names;
  for (const auto* entry : found) names.push_back(entry->name);
  return problem("partition_ambiguous",
                 fmt::format("{} archives for {}: {}; expected one", found.size(),
                             partition.describe(), penstock::join(names, ", ")));
}

penstock::Error Descriptor::missing(const Partition& partition) const {
  const auto start = fmt::format("no archive for {}", partition.describe());
  if (partition.quarter != 0)
    return problem("partition_missing", fmt::format("{}; there are the quarters {}", start,
                                                    list_values(entries_, "year_quarter", "", "")));
  const auto state = penstock::to_lower(partition.state);
  const auto year = std::to_string(partition.year);
  return problem("partition_missing",
                 fmt::format("{}; state {} has years {}; year {} has states {}", start, state,
                             list_values(entries_, "year", "state", state), year,
                             list_values(entries_, "state", "year", year)));
}

std::vector<Partition> Descriptor::state_years() const {
  std::set<Partition> found;
  for (const auto& entry : entries_) {
    const auto year = entry.parts.find("year");
    const auto state = entry.parts.find("state");
    if (year == entry.parts.end() || state == entry.parts.end()) continue;
    for (const auto& y : year->second)
      for (const auto& s : state->second) {
        if (y.size() != 4 || y.find_first_not_of("0123456789") != y.npos) continue;
        found.insert({std::stoi(y), penstock::to_upper(s)});
      }
  }
  return {found.begin(), found.end()};
}

}  // namespace cems
