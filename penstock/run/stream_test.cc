#include "penstock/model/stream.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "penstock/model/definitions_builder.h"
#include "penstock/testing/run_job.h"

namespace penstock {
namespace {

using testing::TestOptions;

/// Where the units of a run may be: in the calling thread, with one slot, with several.
std::vector<TestOptions> everywhere() {
  return {{.executor = ExecutorKind::Inline},
          {.executor = ExecutorKind::Threads, .jobs = 1},
          {.executor = ExecutorKind::Threads, .jobs = 4}};
}

template <class F>
Definitions define(F body) {
  DefinitionsBuilder defs;
  defs.job("job", body);
  auto made = defs.build();
  PENSTOCK_CHECK(made.ok(), made.ok() ? "" : made.error().to_string());
  return *made;
}

Stream<int> numbers(OpContext& op) {
  Stream<int> out(op);
  for (int i = 1; i <= 100; ++i) out.write(i);
  return out;
}
int sum(const Stream<int>& in) {
  int total = 0;
  while (const int* number = in.next()) total += *number;
  return total;
}

TEST(Streams, ReachTheirReadersWhileTheyAreWritten) {
  for (const auto& options : everywhere()) {
    const auto run = testing::run_job(define([](GraphBuilder& g) {
                                        auto all = g.with({.buffer = 2}).op<numbers>();
                                        g.op<sum>(all);
                                        g.with({.alias = "again"}).op<sum>(all);
                                      }),
                                      "job", "", options);
    EXPECT_TRUE(run->succeeded());
    EXPECT_EQ(run->value<int>("sum"), 5050);
    EXPECT_EQ(run->value<int>("again"), 5050);
    const auto outputs = run->all<StepOutput>();
    ASSERT_EQ(outputs.size(), 3u);
    EXPECT_EQ(outputs[0].value_type, "stream of int");
    EXPECT_EQ(outputs[0].metadata, (Metadata{{"batches", 100}}));
  }
}

TEST(Streams, GoThroughSeveralStepsAndEachItem) {
  for (const auto& options : everywhere()) {
    const auto run = testing::run_job(
        define([](GraphBuilder& g) {
          auto items = g.op("items", []() {
            Dynamic<int> all;
            for (const int n : {3, 4}) all.yield(std::to_string(n), n);
            return all;
          });
          auto doubled = items
                             .map("count",
                                  [](OpContext& op, const int& n) {
                                    Stream<int> out(op);
                                    for (int i = 1; i <= n; ++i) out.write(i);
                                    return out;
                                  })
                             .map("twice", [](OpContext& op, const Stream<int>& in) {
                               Stream<int> out(op);
                               while (const int* n = in.next()) out.write(2 * *n);
                               return out;
                             });
          g.op(
              "total", [](const std::vector<int>& sums) { return sums.at(0) * 100 + sums.at(1); },
              doubled.map<sum>().collect());
        }),
        "job", "", options);
    EXPECT_TRUE(run->succeeded()) << run->report.error.to_string();
    EXPECT_EQ(run->value<int>("total"), 12 * 100 + 20);
  }
}

TEST(Streams, EndForTheWriterWhenNobodyReadsOn) {
  for (const auto& options : everywhere()) {
    std::atomic<int> written = 0;
    const auto run =
        testing::run_job(define([&](GraphBuilder& g) {
                           auto all = g.op("endless", [&](OpContext& op) {
                             Stream<int> out(op);
                             while (out.write(7)) ++written;
                             return out;
                           });
                           g.op("first", [](const Stream<int>& in) { return *in.next(); }, all);
                         }),
                         "job", "", options);
    EXPECT_TRUE(run->succeeded());
    EXPECT_EQ(run->value<int>("first"), 7);
    EXPECT_LE(written, 1 + 4 + 1);
  }
}

TEST(Streams, AreTriedAgainAsAUnit) {
  for (const auto& options : everywhere()) {
    std::atomic<int> attempts = 0;
    const auto run = testing::run_job(
        define([&](GraphBuilder& g) {
          auto all = g.with({.retry = RetryPolicy{.max_retries = 1}})
                         .op("writer", [&](OpContext& op) -> Result<Stream<int>> {
                           Stream<int> out(op);
                           out.write(1);
                           if (attempts++ == 0)
                             return make_error(ErrorCode::UserFailure, "the disk is gone");
                           out.write(2);
                           return out;
                         });
          g.op("reader", [](const Stream<int>& in) { return sum(in); }, all);
        }),
        "job", "", options);
    EXPECT_TRUE(run->succeeded()) << run->report.error.to_string();
    EXPECT_EQ(run->value<int>("reader"), 3);
    const auto failures = run->all<StepFailure>();
    ASSERT_EQ(failures.size(), 2u);
    EXPECT_EQ(failures[0].error.message, "the disk is gone");
    EXPECT_EQ(failures[1].error.message, "writer, which it shares a stream with, failed");
    EXPECT_EQ(run->events_of({"STEP_UP_FOR_RETRY"}),
              (std::vector<std::string>{"STEP_UP_FOR_RETRY writer", "STEP_UP_FOR_RETRY reader"}));
  }
}

TEST(Streams, StopTheirWriterWhenAReaderFails) {
  for (const auto& options : everywhere()) {
    const auto run =
        testing::run_job(define([](GraphBuilder& g) {
                           auto all = g.op("endless", [](OpContext& op) {
                             Stream<int> out(op);
                             while (out.write(7)) continue;
                             return out;
                           });
                           g.op(
                               "reader",
                               [](const Stream<int>& in) -> Result<int> {
                                 in.next();
                                 return make_error(ErrorCode::InvalidData, "seven is not a number");
                               },
                               all);
                         }),
                         "job", "", options);
    EXPECT_FALSE(run->succeeded());
    EXPECT_EQ(run->report.error.message, "seven is not a number");
    EXPECT_EQ(run->report.failed_steps, (std::vector<std::string>{"reader", "endless"}));
  }
}

TEST(Streams, AreStoppedByACancel) {
  for (const auto& options : everywhere()) {
    std::stop_source cancel;
    auto cancelable = options;
    cancelable.cancel = cancel.get_token();
    const auto run = testing::run_job(define([&](GraphBuilder& g) {
                                        auto all = g.op("writer", [&](OpContext& op) {
                                          Stream<int> out(op);
                                          out.write(1);
                                          cancel.request_stop();
                                          while (out.write(7)) continue;
                                          return out;
                                        });
                                        g.op<sum>(all);
                                      }),
                                      "job", "", cancelable);
    EXPECT_EQ(run->report.status, RunStatus::Canceled);
    EXPECT_EQ(run->report.steps.canceled, 2);
  }
}

TEST(Streams, AreNotReadByWhatWaitsForTheirEnd) {
  const auto definitions = define([](GraphBuilder& g) {
    auto out = g.op(
        "both", [](OpContext & op) -> Outputs<Out<"rows", Stream<int>>, Out<"name", int>> {
          return {{Stream<int>(op, "rows")}, {1}};
        });
    g.op(
        "reader", [](const Stream<int>&, const int&) { return 1; }, out.get<"rows">(),
        g.op("between", [](const int& n) { return n; }, out.get<"name">()));
  });
  const auto run = testing::run_job(definitions, "job");
  ASSERT_FALSE(run.ok());
  EXPECT_EQ(run.error().message,
            "step \"reader\" runs together with steps that it shares a stream with, and also waits "
            "for one of them to end; give it that value by the stream");
}

TEST(Streams, AreMadeOfBatchesInDirectCalls) {
  EXPECT_EQ(sum(Stream<int>(std::vector<int>{1, 2, 3})), 6);
  OpContext op;
  EXPECT_EQ(sum(numbers(op)), 5050);
}

TEST(StreamChannel, HoldsNoMoreThanItsCapacity) {
  StreamChannel channel(3, 2);
  std::thread writer([&] {
    for (int i = 0; i < 1000; ++i) channel.write(Value::make(i));
    channel.close();
  });
  const auto read = [&](std::size_t reader) {
    int expected = 0;
    while (const auto batch = channel.read(reader)) EXPECT_EQ(batch.as<int>(), expected++);
    EXPECT_EQ(expected, 1000);
  };
  std::thread slow([&] { read(1); });
  read(0);
  slow.join();
  writer.join();
  EXPECT_LE(channel.most_waiting(), 3u);
  EXPECT_EQ(channel.batches(), 1000);
}

}  // namespace
}  // namespace penstock
