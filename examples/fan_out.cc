// Chooses stations at run time, adds each one up on its own, and writes one table.
// run: job run rainfall --set ops.choose_stations.config.stations=[Oslo,Bergen,Narvik] --jobs 2
// expect: SUCCESS  rainfall  5 steps
// [program]
#include <penstock/penstock.h>
#include <fstream>
#include <map>
#include <numeric>
namespace ps = penstock;

// A config is a struct that describes itself. The initialisers are the defaults.
struct Scope {
  std::vector<std::string> stations = {"Bergen", "Oslo"};
  static void describe(ps::ConfigSchema<Scope>& s) {
    s.field("stations", &Scope::stations).describe("stations to add up").min_items(1);
  }
};

// A resource is opened when the first step needs it, and shared by all steps of the run.
struct Readings {
  std::map<std::string, std::vector<double>> mm;
};
Readings open_readings() {
  return {{{"Bergen", {23.1, 40.2}}, {"Oslo", {6.5, 0}}, {"Narvik", {1.2, 3.3}}}};
}

struct Total {
  std::string station;
  double mm = 0;
};

// An op is a function; its signature says what it takes and gives.
ps::Dynamic<std::string> choose_stations(ps::OpContext& op, const Scope& scope) {
  ps::Dynamic<std::string> stations(op);
  for (const auto& name : scope.stations) stations.yield(name, name);
  return stations;
}

ps::Result<Total> add_up(ps::Resource<Readings> readings, const std::string& station) {
  const auto found = readings->mm.find(station);
  if (found == readings->mm.end())
    return ps::make_error(ps::ErrorCode::InvalidData, "no readings of " + ps::quote(station));
  return Total{station, std::accumulate(found->second.begin(), found->second.end(), 0.0)};
}

void write_table(ps::OpContext& op, const std::vector<Total>& totals) {
  std::ofstream table("rainfall.csv");
  for (const auto& [station, mm] : totals) table << station << ',' << mm << '\n';
  op.record(ps::Materialization{
      .asset = "rainfall", .path = "rainfall.csv", .metadata = {{"rows", totals.size()}}});
}

ps::Result<ps::Definitions> definitions() {
  ps::DefinitionsBuilder defs;
  defs.resource<Readings>("readings", &open_readings);
  defs.job("rainfall", [](ps::GraphBuilder& g) {
    g.op<write_table>(g.op<choose_stations>().map<add_up>().collect());
  });
  return defs.build();  // what is wrong with the definitions comes out here, all of it at once
}

int main(int argc, char** argv) { return ps::main(argc, argv, definitions); }
// [/program]
