// What it takes to check a config document: fields in nested structs, each with a bound.
//
// usage: bench_config_bench [FIELDS [RUNS]] (10000 and 20). The document gives every field, and the
// outcome is compared before a figure is printed.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "penstock/model/config_document.h"
#include "penstock/model/config_type.h"

namespace {

using namespace penstock;
using Stopwatch = std::chrono::steady_clock;

constexpr int kFieldsOfAStruct = 20;

ConfigTypePtr number(std::int64_t most) {
  auto type = std::make_shared<ConfigType>();
  type->kind = ConfigKind::Int;
  type->min = ConfigValue(0);
  type->max = ConfigValue(most);
  return type;
}

// `ops: {op_0: {config: {field_0: …, …}}, …}`, as a job with many ops has it.
ConfigTypePtr job_type(int fields) {
  std::vector<ConfigField> ops;
  for (int op = 0; op * kFieldsOfAStruct < fields; ++op) {
    std::vector<ConfigField> config;
    for (int i = 0; i < kFieldsOfAStruct; ++i)
      config.push_back({"field_" + std::to_string(i), number(1'000'000)});
    ops.push_back({"op_" + std::to_string(op),
                   make_shape("op", {{"config", make_shape("config", std::move(config))}})});
  }
  return make_shape("job", {{"ops", make_shape("ops", std::move(ops))}});
}

std::string document(int fields) {
  std::string text = "ops:\n";
  for (int op = 0; op * kFieldsOfAStruct < fields; ++op) {
    text += "  op_" + std::to_string(op) + ":\n    config:\n";
    for (int i = 0; i < kFieldsOfAStruct; ++i)
      text += "      field_" + std::to_string(i) + ": " + std::to_string(op + i) + "\n";
  }
  return text;
}

template <class F>
double median_ms(int runs, F&& work) {
  std::vector<double> times;
  for (int run = 0; run < runs; ++run) {
    const auto start = Stopwatch::now();
    work();
    times.push_back(std::chrono::duration<double, std::milli>(Stopwatch::now() - start).count());
  }
  std::ranges::sort(times);
  return times[times.size() / 2];
}

void require(bool good, const char* what) {
  if (good) return;
  std::fprintf(stderr, "%s\n", what);
  std::exit(1);
}

}  // namespace

int main(int argc, char** argv) {
  const int fields = argc > 1 ? std::atoi(argv[1]) : 10'000;
  const int runs = argc > 2 ? std::atoi(argv[2]) : 20;
  const auto type = job_type(fields);
  const auto text = document(fields);
  const auto parsed = parse_config(text, "bench.yaml");
  require(parsed.ok(), "the document is not valid YAML");
  const auto outcome = validate_config(*type, parsed.value);
  require(outcome.ok() && outcome.value == parsed.value, "the document was not resolved as given");

  std::printf("parse %.3f ms\n", median_ms(runs, [&] {
                require(parse_config(text, "bench.yaml").ok(), "parse");
              }));
  std::printf("validate %.3f ms\n", median_ms(runs, [&] {
                require(validate_config(*type, parsed.value).ok(), "validate");
              }));
  return 0;
}
