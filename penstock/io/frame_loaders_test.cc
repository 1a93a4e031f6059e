#include "penstock/io/frame_loaders.h"

#include <arrow/array/builder_primitive.h>
#include <arrow/io/file.h>
#include <arrow/ipc/writer.h>
#include <arrow/table.h>
#include <gtest/gtest.h>

#include <fstream>

#include "penstock/frame/parquet.h"
#include "penstock/testing/run_job.h"

namespace penstock {
namespace {

namespace fs = std::filesystem;

class FrameLoaders : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string folder = (fs::temp_directory_path() / "penstock-XXXXXX").string();
    ASSERT_NE(::mkdtemp(folder.data()), nullptr);
    folder_ = folder;
  }
  void TearDown() override { fs::remove_all(folder_); }

  fs::path file(const char* name, std::string_view text) {
    std::ofstream(folder_ / name) << text;
    return folder_ / name;
  }

  fs::path folder_;
};

constexpr auto kRain =
    "station,code,mm,days,since,note\n"
    "Oslo,007,6.5,3,2020-02-29,\n"
    "Bergen,012,23,,2021-12-31,\n";

TEST_F(FrameLoaders, CsvInfersTheTypesThatAreNotDeclared) {
  const auto frame = load_csv({.path = file("rain.csv", kRain)});
  ASSERT_TRUE(frame.ok()) << frame.error().to_string();
  std::vector<DataType> types;
  for (const auto& field : frame->schema->fields) types.push_back(field.type);
  EXPECT_EQ(types, (std::vector{DataType::Text, DataType::Text, DataType::Float64, DataType::Int64,
                                DataType::Date, DataType::Text}));
  EXPECT_EQ(frame->schema->name, "rain");
  EXPECT_EQ(frame->rows, 2);
  EXPECT_EQ(frame->find("mm")->get<double>()[1], 23.0);
  EXPECT_TRUE(frame->find("days")->is_null(1));
  EXPECT_EQ(frame->find("code")->text(0), "007");
}

TEST_F(FrameLoaders, CsvKeepsIdsAsText) {
  const auto type_of = [&](const std::string& cells) {
    return load_csv({.path = file("ids.csv", "id\n" + cells)})->schema->fields[0].type;
  };
  for (const auto* id : {"12345678901234567890", "+007", "007", "-007", "+49301234567",
                         "9223372036854775808", "99999999999999999999999999"}) {
    const auto frame = load_csv({.path = file("ids.csv", "id\n" + std::string(id) + "\n1\n")});
    EXPECT_EQ(frame->find("id")->type, DataType::Text) << id;
    EXPECT_EQ(frame->find("id")->text(0), id);
  }
  EXPECT_EQ(type_of("9223372036854775807\n-5\n"), DataType::Int64);
  EXPECT_EQ(type_of("9007199254740993\n0.5\n"), DataType::Text);  // a double would round it
  EXPECT_EQ(type_of("9007199254740992\n0.5\n"), DataType::Float64);
  EXPECT_EQ(type_of("+0.5\n1e5\n"), DataType::Float64);
}

TEST_F(FrameLoaders, CsvTrimsHeaders) {
  const auto path = file("rain.csv", " station , mm\n Oslo , 6.5 \nBergen,NA\n");
  const auto frame = load_csv({.path = path,
                               .columns = {{"mm", DataType::Float32}},
                               .null_texts = {" NA "},
                               .trim = true});
  ASSERT_TRUE(frame.ok()) << frame.error().to_string();
  EXPECT_EQ(frame->find("station")->text(0), "Oslo");
  EXPECT_EQ(frame->find("mm")->get<float>()[0], 6.5F);
  EXPECT_TRUE(frame->find("mm")->is_null(1));
  const std::string folder = std::getenv("PENSTOCK_SOURCE_DIR");
  const auto totals = load_csv(
      {.path = folder +
               "/pipelines/cems/data/reference/epa_annual_unit_totals_2017.csv",
       .trim = true});
  ASSERT_TRUE(totals.ok()) << totals.error().to_string();
}

TEST_F(FrameLoaders, CsvKeepsDeclaredTypes) {
  const auto path = file("rain.csv", kRain);
  const auto frame =
      load_csv({.path = path, .columns = {{"days", DataType::Int32}, {"code", DataType::Int64}}});
  ASSERT_TRUE(frame.ok()) << frame.error().to_string();
  EXPECT_EQ(frame->find("days")->type, DataType::Int32);
  EXPECT_EQ(frame->find("code")->get<std::int64_t>()[0], 7);
  EXPECT_EQ(load_csv({.path = path, .columns = {{"day", DataType::Int32}}}).error().message,
            path.string() + " has no column \"day\"; it has station, code, mm, days, since, note");
  EXPECT_NE(load_csv({.path = path, .columns = {{"station", DataType::Int32}}})
                .error()
                .message.find("rain.csv"),
            std::string::npos);
}

TEST_F(FrameLoaders, ArrowFilesAndStreamsAreRead) {
  arrow::Int64Builder builder;
  ASSERT_TRUE(builder.AppendValues({1, 2, 3}).ok());
  const auto schema = arrow::schema({arrow::field("n", arrow::int64())});
  const auto table = arrow::Table::Make(schema, {*builder.Finish()});
  for (const bool stream : {false, true}) {
    const auto path = folder_ / (stream ? "n.arrows" : "n.arrow");
    auto out = *arrow::io::FileOutputStream::Open(path.string());
    auto writer = *(stream ? arrow::ipc::MakeStreamWriter(out, schema)
                           : arrow::ipc::MakeFileWriter(out, schema));
    ASSERT_TRUE(writer->WriteTable(*table, 2).ok());
    ASSERT_TRUE(writer->Close().ok());
    ASSERT_TRUE(out->Close().ok());
    const auto frame = load_arrow({path, {"n"}});
    ASSERT_TRUE(frame.ok()) << frame.error().to_string();
    EXPECT_EQ(frame->rows, 3);
    EXPECT_EQ(frame->find("n")->get<std::int64_t>()[2], 3);
    EXPECT_EQ(load_arrow({path, {"m"}}).error().message,
              path.string() + " has no column \"m\"; it has n");
  }
  const auto text = file("text.arrow", "no arrow");
  EXPECT_NE(load_arrow({text, {}}).error().message.find("is no Arrow file"), std::string::npos);
  EXPECT_EQ(load_arrow({folder_ / "none", {}}).error().code, ErrorCode::NotFound);
}

TEST_F(FrameLoaders, FeedAJobsInput) {
  const auto path = file("rain.csv", kRain);
  ASSERT_TRUE(write_parquet(folder_ / "rain.parquet", *load_csv({.path = path}), {}).ok());
  DefinitionsBuilder defs;
  add_frame_loaders(defs);
  defs.job("count", [](GraphBuilder& g) {
    g.op("rows", [](const Frame& rain) { return int(rain.rows); }, g.input<Frame>("rain"));
  });
  const auto definitions = *defs.build();
  const auto parquet = (folder_ / "rain.parquet").string();
  for (const std::string& source :
       {"csv: {path: " + path.string() + "}", "parquet: {path: " + parquet + "}"}) {
    const auto run = testing::run_job(definitions, "count", "inputs: {rain: {" + source + "}}");
    ASSERT_TRUE(run.ok()) << run.error().to_string();
    EXPECT_EQ(run->value<int>("rows"), 2);
  }
  EXPECT_EQ(testing::run_job(definitions, "count").error().message,
            "inputs.rain: the field \"rain\" is missing; expected frame from exactly one of csv, "
            "parquet, arrow");
  const auto missing =
      testing::run_job(definitions, "count", "inputs: {rain: {csv: {path: none.csv}}}");
  ASSERT_TRUE(missing.ok());
  EXPECT_EQ(missing->report.status, RunStatus::Failure);
  EXPECT_NE(missing->report.error.to_string().find("step inputs.rain: "), std::string::npos);
  EXPECT_NE(missing->report.error.to_string().find("none.csv"), std::string::npos);
}

}  // namespace
}  // namespace penstock
