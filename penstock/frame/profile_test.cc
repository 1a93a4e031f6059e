#include "penstock/frame/profile.h"

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <random>

#include "penstock/frame/detail/frame_for_test.h"

namespace penstock {
namespace {

using detail::make_category_column;
using detail::make_column;
using detail::make_frame;
using detail::make_text_column;
using T = DataType;

struct Naive {
  double min = std::numeric_limits<double>::infinity();
  double max = -std::numeric_limits<double>::infinity();
  double mean = 0, stddev = 0;
  std::int64_t nulls = 0;
};

template <class V>
Naive naive_of(const std::vector<std::optional<V>>& values) {
  Naive naive;
  double count = 0;
  for (const auto& value : values) {
    if (!value) {
      ++naive.nulls;
      continue;
    }
    naive.min = std::min(naive.min, double(*value));
    naive.max = std::max(naive.max, double(*value));
    naive.mean += double(*value);
    ++count;
  }
  naive.mean /= count;
  for (const auto& value : values)
    if (value) naive.stddev += std::pow(double(*value) - naive.mean, 2);
  naive.stddev = std::sqrt(naive.stddev / count);
  return naive;
}

template <class V>
void expect_like_naive(T type, double scale, double offset) {
  std::mt19937 random(7);
  std::vector<std::optional<V>> values;
  for (int i = 0; i < 10'007; ++i)
    values.push_back(random() % 3 == 0 ? std::optional<V>()
                                       : V(offset + scale * double(random() % 1000)));
  const auto naive = naive_of(values);
  const auto column = make_column<V>(type, values);
  const Field field = {.name = "x", .type = type};
  auto merged = profile_column(field, column, 0, 4321).value();
  merged.merge(profile_column(field, column, 4321, 0).value());
  merged.merge(profile_column(field, column, 4321, 10'007 - 4321).value());
  for (const auto& got : {profile_column(field, column, 0, 10'007).value(), merged}) {
    EXPECT_EQ(got.rows, 10'007);
    EXPECT_EQ(got.nulls, naive.nulls);
    EXPECT_EQ(got.min->rounded(), naive.min);
    EXPECT_EQ(got.max->rounded(), naive.max);
    EXPECT_NEAR(got.mean, naive.mean, 1e-9 * std::abs(naive.mean));
    EXPECT_NEAR(got.sum, naive.mean * double(got.values()), 1e-9 * std::abs(got.sum));
    EXPECT_NEAR(got.stddev(), naive.stddev, 1e-7 * naive.stddev);
  }
}

TEST(Profile, NumbersAgreeWithTheNaiveWay) {
  expect_like_naive<float>(T::Float32, 0.125, 0);
  expect_like_naive<double>(T::Float64, 0.001, 1e6);  // a large mean, a small spread
  expect_like_naive<std::int32_t>(T::Int32, -3, 5);
  expect_like_naive<std::int64_t>(T::Int64, 1, 1e12);
}

TEST(Profile, IntegersAreExact) {
  const std::int64_t odd = 9007199254740993;
  const Field field = {.name = "id", .type = T::Int64};
  const auto column = make_column<std::int64_t>(T::Int64, {odd, {}, -odd - 2, odd});
  auto got = *profile_column(field, column, 0, 1);
  got.merge(*profile_column(field, column, 1, 3));
  const auto json = to_json(got);
  EXPECT_EQ(json["min"].dump(), "-9007199254740995");
  EXPECT_EQ(json["max"].dump(), "9007199254740993");
  EXPECT_EQ(json["sum"].dump(), "9007199254740991");
  EXPECT_EQ(got.min, ExactNumber{-odd - 2});
  const auto ends =
      make_column<std::int64_t>(T::Int64, {INT64_MAX, INT64_MAX, INT64_MIN, INT64_MAX});
  const auto sum_of = [&](std::int64_t first, std::int64_t count) {
    return to_json(*profile_column(field, ends, first, count))["sum"].dump();
  };
  EXPECT_EQ(sum_of(0, 2), "18446744073709551614");
  EXPECT_EQ(sum_of(2, 1), "-9223372036854775808");
  EXPECT_EQ(sum_of(1, 2), "-1");
  EXPECT_EQ(sum_of(0, 3), "9223372036854775806");
  EXPECT_EQ(to_json(*profile_column(field, ends, 2, 2))["max"].dump(), "9223372036854775807");
}

TEST(Profile, InfinitiesAreShown) {
  const Field field = {.name = "x", .type = T::Float64};
  const auto column = make_column<double>(T::Float64, {1.0, -INFINITY, 2.0, INFINITY});
  auto got = *profile_column(field, column, 0, 1);
  got.merge(*profile_column(field, column, 1, 1));
  got.merge(*profile_column(field, column, 2, 1));
  EXPECT_EQ(to_json(got).dump(),
            R"({"name":"x","type":"float64","rows":3,"nulls":0,"min":"-inf","max":2.0,)"
            R"("mean":"-inf","sum":"-inf","stddev":"nan"})");
  EXPECT_EQ(to_json(*profile_column(field, column, 0, 4))["max"], "inf");
  EXPECT_EQ(to_json(*profile_column(field, column, 0, 4))["sum"], "nan");
}

TEST(Profile, NansAreCountedApart) {
  const auto column = make_column<float>(T::Float32, {1.F, NAN, {}, 3.F, NAN});
  const auto got = profile_column({.name = "x", .type = T::Float32}, column, 0, 5).value();
  EXPECT_EQ(got.nans, 2);
  EXPECT_EQ(got.values(), 2);
  EXPECT_EQ(got.min->rounded(), 1);
  EXPECT_EQ(got.max->rounded(), 3);
  EXPECT_EQ(got.mean, 2);
  EXPECT_EQ(got.stddev(), 1);
}

TEST(Profile, OnlyNullsHaveNoFigures) {
  const auto column = make_column<double>(T::Float64, {{}, {}});
  const auto got = profile_column({.name = "x", .type = T::Float64}, column, 0, 2).value();
  EXPECT_EQ(to_json(got).dump(), R"({"name":"x","type":"float64","rows":2,"nulls":2})");
}

TEST(Profile, CategoriesCountTheTextsThatOccur) {
  const Field field = {.name = "code", .type = T::Category};
  auto profile =
      profile_column(field, make_category_column({"c", "b", "a"}, {"b", {}, "c"}), 0, 3).value();
  EXPECT_EQ(profile.categories, (std::set<std::string, std::less<>>{"b", "c"}));
  profile.merge(profile_column(field, make_category_column({"a", "b"}, {"a", "b"}), 0, 2).value());
  EXPECT_EQ(
      to_json(profile).dump(),
      R"({"name":"code","type":"category","rows":5,"nulls":1,"min":"a","max":"c","distinct":3})");
}

TEST(Profile, TextHeldEitherWayGivesTheSame) {
  const Field field = {.name = "unit", .type = T::Text};
  const detail::Texts texts = {"2", "10", {}, "CT1", "10"};
  const auto plain = profile_column(field, make_text_column(texts), 0, 5).value();
  const auto category =
      profile_column(field, make_category_column({"CT1", "10", "2", "0"}, texts), 0, 5).value();
  const auto* expected =
      R"({"name":"unit","type":"text","rows":5,"nulls":1,"min":"10","max":"CT1"})";
  EXPECT_EQ(to_json(plain).dump(), expected);
  EXPECT_EQ(to_json(category).dump(), expected);
}

TEST(Profile, TimesAreShownAsTimes) {
  const auto frame = make_frame(
      {{.name = "at", .type = T::Timestamp}, {.name = "day", .type = T::Date}},
      {make_column<std::int64_t>(T::Timestamp, {1'483'246'800'000, {}, 1'483'250'400'000}),
       make_column<std::int32_t>(T::Date, {17'167, -1, {}})});
  EXPECT_EQ(
      to_json(profile_frame(frame).value()).dump(),
      R"({"rows":3,"columns":[{"name":"at","type":"timestamp","rows":3,"nulls":1,)"
      R"("min":"2017-01-01T05:00:00.000000Z","max":"2017-01-01T06:00:00.000000Z"},)"
      R"({"name":"day","type":"date","rows":3,"nulls":1,"min":"1969-12-31","max":"2017-01-01"}]})");
}

TEST(Profile, FramesMergeColumnByColumn) {
  const auto frame = make_frame({{.name = "x"}}, {make_column<std::int32_t>(T::Int32, {4, 6})});
  FrameProfile all;
  all.merge(profile_frame(frame).value()).value();
  all.merge(profile_frame(frame).value()).value();
  EXPECT_EQ(all.rows, 4);
  EXPECT_EQ(all.find("x")->sum, 20);
  EXPECT_EQ(all.find("y"), nullptr);
  const auto other =
      make_frame({{.name = "x", .type = T::Float32}}, {make_column<float>(T::Float32, {1.F})});
  EXPECT_EQ(all.merge(profile_frame(other).value()).error().message,
            "profiles of column x (int32) and column x (float32) cannot be merged");
}

}  // namespace
}  // namespace penstock
