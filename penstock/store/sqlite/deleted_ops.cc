#include "penstock/store/sqlite/deleted_ops.h"

#include <nlohmann/json.hpp>

#include "penstock/base/json_text.h"

namespace penstock::detail {

std::string encode_ops(const std::map<std::string, OpHistory>& ops) {
  if (ops.empty()) return {};
  Json json = Json::object();
  for (const auto& [op, cost] : ops) {
    Json entry{{"successes", cost.successes},
               {"total_us", cost.total_us},
               {"longest_us", cost.longest_us},
               {"samples", Json::array()}};
    for (const auto& sample : cost.samples)
      entry["samples"].push_back({sample.seq, sample.bytes_in, sample.memory, sample.duration_us});
    add_member(json, op, std::move(entry));
  }
  return json_to_text(json);
}

namespace {

bool read_samples(const Json& json, std::vector<OpSample>& samples) {
  for (const auto& entry : json) {
    if (!entry.is_array() || entry.size() != 4) return false;
    for (const auto& number : entry)
      if (!number.is_number_integer()) return false;
    samples.push_back({entry[0].get<std::uint64_t>(), entry[1].get<std::int64_t>(),
                       entry[2].get<std::int64_t>(), entry[3].get<std::int64_t>()});
  }
  return true;
}

}  // namespace

Result<std::map<std::string, OpHistory>> decode_ops(std::string_view text) {
  std::map<std::string, OpHistory> ops;
  if (text.empty()) return ops;
  const auto corrupt = make_error(ErrorCode::Corrupt, "the ops of a deleted run cannot be read");
  const auto json = parse_json(text);
  if (!json.ok() || !json->is_object()) return corrupt;
  for (const auto& [op, cost] : json->items()) {
    auto& history = ops[op];
    for (const auto& [name, value] :
         {std::pair{"successes", &history.successes}, std::pair{"total_us", &history.total_us},
          std::pair{"longest_us", &history.longest_us}}) {
      const auto found = cost.find(name);
      if (found == cost.end() || !found->is_number_integer()) return corrupt;
      *value = found->get<std::int64_t>();
    }
    // Logs of version 2 have none.
    const auto samples = cost.find("samples");
    if (samples != cost.end() && !read_samples(*samples, history.samples)) return corrupt;
  }
  return ops;
}

}  // namespace penstock::detail
