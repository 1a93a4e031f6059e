// What an op may answer besides a value: try again, give up, skip.
//
// run: job run upload
// expect: retry
// expect: SUCCESS  upload
#include <penstock/penstock.h>
#include <atomic>
#include <chrono>

namespace ps = penstock;

// [retry]
std::atomic<int> busy = 2;  // the server that this example has to deal with

ps::Result<int> upload(ps::OpContext& op) {
  if (busy-- > 0) return ps::RetryRequested("the server is busy");
  op.info("attempt " + std::to_string(op.facts().attempt) + " came through");
  return 201;
}
// [/retry]

// [answers]
ps::Status check_status(const int& status) {
  if (status >= 500)  // tried again, within the policy
    return ps::RetryRequested("server error", {.delay = std::chrono::milliseconds(2)});
  if (status >= 400)  // not tried again; the fact is kept with the failure
    return ps::Failure("refused", {{"status", status}}, false);
  return {};
}
ps::Result<int> clean_up(const int& status) {
  if (status == 201) return ps::Skip("nothing was left behind");
  return 1;
}
// [/answers]

// [policy]
ps::Result<ps::Definitions> definitions() {
  ps::DefinitionsBuilder defs;
  defs.op<upload>()
      .timeout(std::chrono::minutes(1))
      .retry({.max_retries = 5,
              .delay = std::chrono::milliseconds(1),
              .backoff = ps::Backoff::Exponential,
              .jitter = ps::Jitter::PlusMinus});
  defs.job("upload",
           [](ps::GraphBuilder& g) {
             auto status = g.op<upload>();
             g.op<check_status>(status);
             g.with({.alias = "tidy", .retry = ps::RetryPolicy{}}).op<clean_up>(status);
           })
      .retry({.max_retries = 1});  // for ops that have no policy of their own
  return defs.build();
}
// [/policy]

int main(int argc, char** argv) { return ps::main(argc, argv, definitions); }
