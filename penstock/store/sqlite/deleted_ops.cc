#include "penstock/store/sqlite/deleted_ops.h"

#include <nlohmann/json.hpp>

#include "penstock/base/json.h"

namespace penstock::detail {

std::string encode_ops(const std::map<std::string, OpHistory>& ops) {
  if (ops.empty()) return {};
  Json json = Json::object();
  for (const auto& [op, cost] : ops)
    json[op] = {{"successes", cost.successes},
                {"total_us", cost.total_us},
                {"longest_us", cost.longest_us}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<std::map<std::string, OpHistory>> decode_ops(std::string_view text) {
  std::map<std::string, OpHistory> ops;
  if (text.empty()) return ops;
  const auto corrupt = make_error(ErrorCode::Corrupt, "the ops of a deleted run cannot be read");
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return corrupt;
  for (const auto& [op, cost] : json.items()) {
    auto& history = ops[op];
    for (const auto& [name, value] :
         {std::pair{"successes", &history.successes}, std::pair{"total_us", &history.total_us},
          std::pair{"longest_us", &history.longest_us}}) {
      const auto found = cost.find(name);
      if (found == cost.end() || !found->is_number_integer()) return corrupt;
      *value = found->get<std::int64_t>();
    }
  }
  return ops;
}

}  // namespace penstock::detail
