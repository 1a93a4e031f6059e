// Hooks: functions that are called when a step has ended, and a time limit for the whole run.
//
// expect: note_success: measure gave 4 bytes
// expect: send_mail: mail from penstock@example.org to night@example.org: publish failed: the
// server refused, status 403
#include <penstock/penstock.h>
#include <penstock/testing/run_job.h>
#include <chrono>
#include <cstdio>

namespace ps = penstock;

struct Mail {
  std::string from;
};

int measure() { return 42; }
ps::Status publish(const int&) {
  return ps::Failure("the server refused", {{"status", 403}}, false);
}

// [hooks]
// What a document says of a hook, for all its uses: hooks: {send_mail: {config: {to: …}}}
struct MailConfig {
  std::string to = "ops@example.org";
  static void describe(ps::ConfigSchema<MailConfig>& s) {
    s.field("to", &MailConfig::to).describe("who is told of failures");
  }
};

void note_success(ps::HookContext& hook) {
  for (const auto& output : hook.outputs())
    hook.info(hook.step().step_key + " gave " + std::to_string(output.bytes) + " bytes");
}
void send_mail(ps::HookContext& hook, const MailConfig& config, ps::Resource<Mail> mail) {
  hook.warning("mail from " + mail->from + " to " + config.to + ": " + hook.step().step_key +
               " failed: " + hook.error().message + ", status " +
               hook.metadata().at(0).second.display());
}

ps::Result<ps::Definitions> definitions() {
  ps::DefinitionsBuilder defs;
  defs.resource<Mail>("mail", [] { return Mail{"penstock@example.org"}; });
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
  const auto run = ps::testing::run_job(*definitions(), "nightly",
                                        "hooks: {send_mail: {config: {to: night@example.org}}}");
  for (const auto& message : run->all<ps::LogMessage>())
    std::printf("%s: %s\n", message.logger.c_str(), message.text.c_str());
}
