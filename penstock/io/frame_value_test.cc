#include <gtest/gtest.h>

#include "penstock/frame/column.h"
#include "penstock/model/value.h"

namespace penstock {
namespace {

TEST(FrameValue, SaysItsSizeAndShape) {
  auto schema = std::make_shared<Schema>();
  schema->name = "hours";
  schema->fields.push_back({.name = "load", .type = DataType::Float32});
  Frame frame;
  frame.schema = schema;
  frame.columns.push_back(Column::make(DataType::Float32));
  frame.columns[0].get<float>().resize(1000);
  frame.rows = 1000;
  const auto value = Value::make(std::move(frame));
  EXPECT_EQ(value.type()->name, "frame");
  EXPECT_GE(value.bytes(), 4000u);
  EXPECT_EQ(value.summary().value(),
            (Metadata{{"table", "hours"}, {"rows", 1000}, {"columns", 1}}));
}

}  // namespace
}  // namespace penstock
