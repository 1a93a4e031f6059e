#include "penstock/store/sqlite/check_file.h"

#include <array>

#include "penstock/store/sqlite/fold_log.h"

namespace penstock::detail {
namespace {

constexpr std::array<const char*, 6> kProjections = {
    "runs", "run_states", "op_history", "op_samples", "asset_partitions", "check_results"};

// A table of the same name in `temp` hides the file's own from all statements of the connection.
Status make_temporary(Database& database, const std::string& table) {
  auto row = PENSTOCK_TRY(Statement::prepare(
      database, "SELECT sql FROM main.sqlite_schema WHERE type = 'table' AND name = ?1"));
  row.bind(table);
  if (!PENSTOCK_TRY(row.step()))
    return make_error(ErrorCode::Corrupt, "table " + table + " is missing");
  const std::string sql(row.column_text(0));
  row.reset();
  return database.execute(("CREATE TEMP " + sql.substr(sql.find("TABLE"))).c_str());
}

Result<std::int64_t> differing_rows(Database& database, const std::string& table) {
  const auto only_in = [&](const std::string& one, const std::string& other) {
    return "(SELECT count(*) FROM (SELECT * FROM " + one + "." + table + " EXCEPT SELECT * FROM " +
           other + "." + table + "))";
  };
  return database.query_int(
      ("SELECT max" + ("(" + only_in("main", "temp") + ", " + only_in("temp", "main")) + ")")
          .c_str());
}

Status fold_beside(Database& database, std::vector<StorageFinding>& findings) {
  for (const auto* table : kProjections) PENSTOCK_TRY(make_temporary(database, table));
  PENSTOCK_TRY(make_temporary(database, "run_ids"));
  PENSTOCK_TRY(database.execute("INSERT INTO temp.run_ids SELECT * FROM main.run_ids"));
  for (const auto& row : PENSTOCK_TRY(fold_log(database)))
    findings.push_back({"unreadable_event", "event " + std::to_string(row.seq),
                        row.why + "; it is left out wherever events are read"});
  for (const auto* table : kProjections) {
    const auto rows = PENSTOCK_TRY(differing_rows(database, table));
    if (rows > 0)
      findings.push_back({"wrong_projection", "table " + std::string(table),
                          std::to_string(rows) + " rows differ from a fold of the events; "
                                                 "'storage rebuild' mends that"});
  }
  return {};
}

}  // namespace

Result<std::vector<StorageFinding>> check_integrity(Database& database) {
  std::vector<StorageFinding> findings;
  auto row = PENSTOCK_TRY(Statement::prepare(database, "PRAGMA integrity_check(20)"));
  while (PENSTOCK_TRY(row.step())) {
    const std::string text(row.column_text(0));
    if (text != "ok")
      findings.push_back(
          {"damaged_file", database.file().string(), text + "; restore the file from a copy"});
  }
  return findings;
}

Result<std::vector<StorageFinding>> check_projections(Database& database) {
  std::vector<StorageFinding> findings;
  PENSTOCK_TRY(database.execute("BEGIN"));
  const auto folded = fold_beside(database, findings);
  PENSTOCK_TRY(database.execute("ROLLBACK"));
  if (!folded.ok()) return folded.error();
  return findings;
}

}  // namespace penstock::detail
