#include "penstock/io/path_template.h"

#include <algorithm>
#include <array>

#include "penstock/base/file_name.h"
#include "penstock/base/text.h"

namespace penstock {
namespace {

constexpr std::array<std::string_view, 7> kNames = {"job", "key",       "op",  "output",
                                                    "run", "partition", "step"};

/// `year=2017,state=ID` as folders; `=` stays, all else that is not plain is encoded.
std::string folders_of(std::string_view partition) {
  std::vector<std::string> folders;
  for (const auto& part : split(partition, ',')) {
    const auto equals = part.find('=');
    folders.push_back(equals == std::string::npos ? percent_encode(part)
                                                  : percent_encode(part.substr(0, equals)) + "=" +
                                                        percent_encode(part.substr(equals + 1)));
  }
  return join(folders, "/");
}

Result<std::string> partition_of(const OutputContext& output) {
  for (const auto& [name, fact] : output.metadata)
    if (name == "partition" && fact.kind() == MetadataValue::Kind::Text)
      return folders_of(fact.as_text());
  return make_error(ErrorCode::InvalidData,
                    "output " + quote(output.output) + " of step " + quote(output.step_key) +
                        " has no fact \"partition\", which its path asks for; add it with "
                        "op.add_metadata(\"partition\", …)");
}

Result<std::string> value_of(std::string_view name, const OutputContext& output) {
  if (name == "partition") return partition_of(output);
  if (name == "key") {
    if (!output.map_keys.empty()) return join(output.map_keys, ",");
    return make_error(ErrorCode::InvalidData,
                      "step " + quote(output.step_key) +
                          " has no mapping key, which the path of its output asks for");
  }
  const auto item = output.item_key.empty() ? "" : "[" + output.item_key + "]";
  return percent_encode(name == "job"      ? output.job
                        : name == "op"     ? output.op
                        : name == "output" ? output.output + item
                        : name == "run"    ? output.run_id
                                           : output.step_key);
}

}  // namespace

Result<PathTemplate> PathTemplate::parse(std::string_view text) {
  PathTemplate made;
  while (!text.empty()) {
    const auto open = std::min(text.find('{'), text.size());
    if (open > 0) made.parts_.push_back({std::string(text.substr(0, open)), false});
    text.remove_prefix(open);
    if (text.empty()) break;
    const auto close = text.find('}');
    if (close == std::string_view::npos)
      return make_error(ErrorCode::Config, "a brace is not closed: " + quote(text));
    const std::string name(text.substr(1, close - 1));
    if (std::ranges::find(kNames, name) == kNames.end()) {
      const std::vector<std::string> names(kNames.begin(), kNames.end());
      return make_error(ErrorCode::Config,
                        "{" + name + "} is not known; expected one of " + join(names, ", "));
    }
    made.parts_.push_back({name, true});
    text.remove_prefix(close + 1);
  }
  return made;
}

Result<std::filesystem::path> PathTemplate::path_of(const OutputContext& output) const {
  std::string path;
  for (const auto& part : parts_)
    path += part.is_name ? PENSTOCK_TRY(value_of(part.text, output)) : part.text;
  auto segments = split(path, '/');
  for (auto& segment : segments) segment = bounded_file_name(std::move(segment));
  return std::filesystem::path(join(segments, "/"));
}

}  // namespace penstock
