// Runs as rows: ids and records, from columns and into them.
#include <algorithm>
#include <array>

#include "penstock/base/narrow.h"
#include "penstock/event/event_codec.h"
#include "penstock/store/sqlite/projector.h"

namespace penstock::detail {

std::string run_id_bytes(const RunId& run) {
  std::string bytes(16, '\0');
  for (std::size_t i = 0; i < 16; ++i) {
    const auto half = i < 8 ? run.high() : run.low();
    bytes[i] = static_cast<char>(half >> (56 - 8 * (i % 8)));
  }
  return bytes;
}

Result<RunId> run_id_from_bytes(std::string_view bytes) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    if (text.size() == 8 || text.size() == 13 || text.size() == 18 || text.size() == 23)
      text += '-';
    text += kHex[static_cast<unsigned char>(c) >> 4];
    text += kHex[static_cast<unsigned char>(c) & 15];
  }
  auto run = RunId::parse(text);
  if (!run.ok()) return make_error(ErrorCode::Corrupt, "a stored run id is not of 16 bytes");
  return run;
}

Result<RunRecord> read_run_record(const Statement& row) {
  int column = 0;
  const auto text = [&] { return std::string(row.column_text(column++)); };
  const auto number = [&] { return row.column_int(column++); };
  const auto time = [&] { return Time(Micros(number())); };
  RunRecord record;
  record.id = PENSTOCK_TRY(run_id_from_bytes(row.column_text(column++)));
  record.job = text();
  const auto status = number();
  if (status < 0 || status > static_cast<std::int64_t>(RunStatus::Canceled))
    return make_error(ErrorCode::Corrupt, "a stored run has an unknown status");
  record.status = static_cast<RunStatus>(status);
  record.tags = PENSTOCK_TRY(decode_tags(row.column_text(column++)));
  record.config = text();
  record.executor = text();
  record.build_id = text();
  record.parent_run = text();
  const auto pid = try_narrow<std::int32_t>(number());
  if (!pid) return make_error(ErrorCode::Corrupt, "a stored run has an impossible process id");
  record.pid = *pid;
  record.host = text();
  record.created = time();
  record.ended = time();
  auto& steps = record.steps;
  for (auto* counter : {&steps.running, &steps.succeeded, &steps.failed, &steps.upstream_failed,
                        &steps.skipped, &steps.canceled, &steps.retried, &record.checks_passed,
                        &record.checks_warned, &record.checks_failed, &record.peak_rss})
    *counter = number();
  record.failure_reason = text();
  record.error = text();
  record.process = text();
  record.failure_class = text();
  record.root_run = text();
  record.resumes = number() != 0;
  steps.reused = number();
  record.fence = number();
  record.duration = std::max(Micros(number()), Micros());
  return record;
}

}  // namespace penstock::detail
