// Inputs that the config of a run feeds: a table by a loader, a number with a default, a type of
// your own by your own loader.
//
// file: rain.csv station,mm\nOslo,6.5\nBergen,23.1\n
// run: job run wet --set inputs.rain.csv.path=rain.csv --set inputs.clock.fixed.hour=7
// expect: SUCCESS  wet
// file: more.yaml inputs:\n  rain: {csv: {path: rain.csv}}\n  clock: {now: {}}\n  limit: 20\n
// run: job run wet --config more.yaml
// expect: SUCCESS  wet
// run: config scaffold wet
// expect: frame from exactly one of csv, parquet, arrow
#include <penstock/io/frame_loaders.h>
#include <penstock/penstock.h>

namespace ps = penstock;

// [loader]
struct WallClock {
  int hour = 0;
};
struct FixedHour {
  int hour = 12;
  static void describe(ps::ConfigSchema<FixedHour>& s) {
    s.field("hour", &FixedHour::hour).describe("what the clock says").range(0, 23);
  }
};
WallClock fixed_clock(const FixedHour& fixed) { return {fixed.hour}; }
WallClock clock_now() { return {8}; }
// [/loader]

// [op]
int wet_stations(ps::OpContext& op, const ps::Frame& rain, const double& limit,
                 const WallClock& clock) {
  int wet = 0;
  for (const double mm : rain.find("mm")->get<double>()) wet += mm > limit;
  op.info(std::to_string(clock.hour) + " o'clock: " + std::to_string(wet) + " wet stations");
  return wet;
}
// [/op]

// [definitions]
ps::Result<ps::Definitions> definitions() {
  ps::DefinitionsBuilder defs;
  ps::add_frame_loaders(defs);  // csv, parquet and arrow for every input that is a frame
  defs.loader<WallClock>("fixed", &fixed_clock).describe("a clock that stands");
  defs.loader<WallClock>("now", &clock_now).describe("the clock on the wall");
  defs.job("wet", [](ps::GraphBuilder& g) {
    const auto rain = g.input<ps::Frame>("rain", {.description = "millimetres by station"});
    const auto limit = g.input<double>("limit", {.default_value = 10});
    g.op<wet_stations>(rain, limit, g.input<WallClock>("clock"));
  });
  return defs.build();
}
// [/definitions]

int main(int argc, char** argv) { return ps::main(argc, argv, definitions); }
