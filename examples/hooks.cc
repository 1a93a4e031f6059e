// Hooks: functions that are called when a step has ended, and a time limit for the whole run.
//
// expect: note_success: measure gave 4 bytes
// expect: send_mail: mail to ops@example.org: publish failed: the server refused, status 403
#include <penstock/penstock.h>
#include <penstock/testing/run_job.h>
#include <chrono>
#include <cstdio>

namespace ps = penstock;

struct Mail {
  std::string to;
};

int measure() { return 42; }
ps::Status publish(const int&) {
  return ps::Failure("the server refused", {{"status", 403}}, false);
}

// [hooks]
void note_success(ps::HookContext& hook) {
  for (const auto& output : hook.outputs())
    hook.info(hook.step().step_key + " gave " + std::to_string(output.bytes) + " bytes");
}
void send_mail(ps::HookContext& hook, ps::Resource<Mail> mail) {
  hook.warning("mail to " + mail->to + ": " + hook.step().step_key + " failed: " +
               hook.error().message + ", status " + hook.metadata().at(0).second.display());
}

ps::Result<ps::Definitions> definitions() {
  ps::DefinitionsBuilder defs;
  defs.resource<Mail>("mail", [] { return Mail{"ops@example.org"}; });
  defs.op<measure>().on_success<note_success>();  // of every use of the op
  defs.job("nightly",
           [](ps::GraphBuilder& g) {
             auto measured = g.op<measure>();
             g.with({.hooks = {ps::failure_hook<send_mail>()}}).op<publish>(measured);  // of this
           })
      .on_success<note_success>()  // of every step of the job
      .max_runtime(std::chrono::hours(2));
  return defs.build();
}
// [/hooks]

int main() {
  const auto run = ps::testing::run_job(*definitions(), "nightly");
  for (const auto& message : run->all<ps::LogMessage>())
    std::printf("%s: %s\n", message.logger.c_str(), message.text.c_str());
}
