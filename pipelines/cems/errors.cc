#include "pipelines/cems/errors.h"

#include <fmt/format.h>

namespace cems {

penstock::Error problem(std::string_view kind, std::string message) {
  using penstock::ErrorCode;
  ErrorCode code = ErrorCode::InvalidData;
  if (kind == "settings_invalid") code = ErrorCode::Config;
  if (kind == "partition_missing" || kind == "month_missing") code = ErrorCode::NotFound;
  return penstock::make_error(code, std::move(message), std::string(kind));
}

penstock::Error combine(std::vector<penstock::Error> problems, std::size_t limit) {
  PENSTOCK_CHECK(!problems.empty(), "no problems to combine");
  penstock::Error all = std::move(problems.front());
  for (std::size_t i = 1; i < problems.size() && i < limit; ++i)
    all.message += "\n" + problems[i].message;
  if (problems.size() > limit) all.message += fmt::format("\nand {} more", problems.size() - limit);
  return all;
}

}  // namespace cems
