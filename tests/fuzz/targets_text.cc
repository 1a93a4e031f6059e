// Decoders of text: config documents, CSV, event rows, selections.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "penstock/base/clock.h"
#include "penstock/base/text.h"
#include "penstock/event/event_codec.h"
#include "penstock/frame/csv.h"
#include "penstock/io/frame_loaders.h"
#include "penstock/model/config_document.h"
#include "penstock/model/config_test_types.h"
#include "penstock/plan/selection.h"
#include "tests/fuzz/targets.h"

namespace penstock::fuzz {

std::vector<std::string> config_seeds() {
  const auto& type = *config_type_of<testing_config::Everything>();
  const auto defaults = config_scaffold(type, ScaffoldDepth::AllDefaults);
  return {defaults, "a: &x [1, {b: *x}]\n", "{\"a\": [1, 2.5, null, \"\\u00e9\"]}",
          "a: |\n  two\n  lines\nb: !!str 1\n? c\n: .inf\n", "years: [1995..2020]\n"};
}

void run_config(std::string_view bytes) {
  for (const auto syntax : {ConfigSyntax::YamlText, ConfigSyntax::JsonText}) {
    const auto parsed = parse_config(bytes, "fuzz.yaml", syntax);
    const auto& type = *config_type_of<testing_config::Everything>();
    const auto validated = validate_text(type, bytes, "fuzz.yaml");
    for (const auto& problem : validated.problems) to_string(problem);
    if (!parsed.ok()) continue;
    const auto printed = to_yaml(parsed.value);
    const auto again = parse_config(printed, "fuzz.yaml", ConfigSyntax::YamlText);
    if (!again.ok() || to_yaml(again.value) != printed)
      broken("a document that was read is printed so that it reads the same");
    from_json(to_json(parsed.value));
  }
}

std::vector<std::string> csv_seeds() {
  return {"\nid,hour,load,day,name\n1,0,2.5,2017-01-31,A\n2,23,,2017-02-01,\"b\"\"c,\nd\"\n",
          "\x01id, hour ,load\r\n 1, 2, 3e5\r\n", "\x02id;hour\n1;2\n", "\x04id\n007\n"};
}

void run_csv(std::string_view bytes) {
  const auto options = std::uint8_t(bytes.empty() ? 0 : bytes[0]);
  const auto text = bytes.empty() ? bytes : bytes.substr(1);
  const CsvSpec spec{{{.name = "id", .type = DataType::Int64},
                      {.name = "hour", .type = DataType::Int32, .required = false, .min = 0,
                       .max = 23},
                      {.name = "load", .type = DataType::Float64, .required = false,
                       .null_texts = {"", "NA", "\""}},
                      {.name = "weight", .type = DataType::Float32, .required = false},
                      {.name = "day", .type = DataType::Date, .required = false,
                       .bad_is_null = true},
                      {.name = "name", .type = DataType::Category, .required = false},
                      {.name = "flag", .type = DataType::Bool, .required = false},
                      {.name = "text", .type = DataType::Text, .required = false}},
                     (options & 1) != 0};
  // Both kernels, with small and large batches, must read the same.
  std::string first;
  for (const std::size_t batch_rows : {std::size_t(1), std::size_t(8192)}) {
    const auto kernel = batch_rows == 1 ? ScanKernel::Portable : best_scan_kernel();
    auto reader = CsvReader::open(std::make_unique<MemorySource>(std::string(text)), spec,
                                  {.batch_rows = batch_rows,
                                   .kernel = kernel,
                                   .max_row_bytes = 4096});
    std::string outcome;
    if (!reader.ok()) {
      outcome = reader.error().message;
    } else {
      CsvBatch batch;
      for (;;) {
        const auto more = reader->next(batch);
        if (!more.ok()) outcome = more.error().message;
        if (!more.ok() || !*more) break;
      }
      if (outcome.empty()) outcome = fmt::format("{} rows", reader->rows());
    }
    if (batch_rows == 1) first = outcome;
    if (outcome != first) broken("the size of a batch changes nothing: " + first + " | " + outcome);
  }
  (void)load_csv({.path = as_file(text), .trim = (options & 1) != 0});
}

std::vector<std::string> event_seeds() {
  return {"STEP_START\n{}", "STEP_SUCCESS\n{\"duration_ms\":12,\"bytes_in\":4096}",
          "RUN_STARTING\n{\"job\":\"etl\",\"tags\":{\"a\":\"b\"},\"pid\":7}",
          "ASSET_MATERIALIZATION\n{\"asset\":\"a/b\",\"metadata\":[[\"rows\",{\"int\":3}]]}",
          "STEP_FAILURE\n{\"error\":{\"message\":\"no\",\"causes\":[{\"message\":\"x\"}]}}"};
}

void run_event(std::string_view bytes) {
  const auto end = std::min(bytes.find('\n'), bytes.size());
  const auto payload = bytes.substr(std::min(end + 1, bytes.size()));
  (void)decode_tags(payload);
  const auto body = decode_body(bytes.substr(0, end), payload);
  if (!body.ok()) return;
  std::string written;
  encode_body(*body, written);
  const auto again = decode_body(event_type(*body), written);
  std::string twice;
  if (again.ok()) encode_body(*again, twice);
  if (written != twice) broken("an event that was read is written so that it reads the same");
}

std::vector<std::string> selection_seeds() {
  return {"load+", "*transform,++load", "deep[k1].step", "90min", "1.5 GiB", "a[\"x,y\"]"};
}

void run_selection(std::string_view bytes) {
  (void)parse_selection(bytes);
  (void)parse_duration(bytes);
  (void)parse_bytes(bytes);
  ConfigValue document = ConfigValue::map({});
  (void)apply_set(document, bytes);
  (void)find_path(document, bytes);
}

}  // namespace penstock::fuzz
