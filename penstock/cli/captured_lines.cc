#include "penstock/cli/captured_lines.h"

#include <fmt/format.h>

#include "penstock/base/text.h"
#include "penstock/run/logs/captured_format.h"

namespace penstock {

CapturedLines::CapturedLines(CommandContext& context, EventLog& log, RunId run, OutputStream stream,
                             std::string step, std::string text)
    : context_(context),
      log_(log),
      run_(run),
      stream_(stream),
      step_(std::move(step)),
      text_(std::move(text)),
      folder_(captured_folder(context.global.home, run)) {}

Status CapturedLines::show() {
  PENSTOCK_TRY(find_attempts());
  const auto names = captured_names(folder_);
  const std::set<std::string> there(names.begin(), names.end());
  for (const auto& name : order_) {
    auto& attempt = attempts_.at(name);
    if (!attempt.is_over && there.contains(name)) PENSTOCK_TRY(show(name, attempt));
  }
  return {};
}

/// An attempt whose output was kept is known from its start on; that it is over, from the event
/// that tells of the file.
Status CapturedLines::find_attempts() {
  EventQuery query{.run = run_, .after = seen_, .types = {"STEP_START", "LOGS_CAPTURED"}};
  if (!step_.empty()) query.step = step_;
  return log_.read(query, [&](const Event& event) {
    seen_ = event.seq;
    const auto name = captured_name(event.step, event.attempt, stream_);
    if (event.body.is<StepStart>() &&
        attempts_.try_emplace(name, Attempt{event.step, event.attempt}).second)
      order_.push_back(name);
    const auto* kept = event.body.get_if<LogsCaptured>();
    if (kept != nullptr && kept->stream == to_string(stream_)) {
      std::error_code ignored;
      if (!std::filesystem::exists(context_.global.home / kept->file, ignored))
        context_.warn(fmt::format("the {} of {} is gone: there is no {}", kept->stream, event.step,
                                  kept->file));
    }
    return true;
  });
}

Status CapturedLines::show(const std::string& name, Attempt& attempt) {
  std::error_code ignored;
  const bool is_packed = std::filesystem::exists(folder_ / (name + ".gz"), ignored);
  PENSTOCK_TRY(read_open(folder_, name, attempt.position, [&](std::int64_t number, auto line) {
    if (text_.empty() || line.find(text_) != line.npos) print(attempt, number, line);
    return true;
  }));
  attempt.is_over = is_packed;
  return {};
}

void CapturedLines::print(const Attempt& attempt, std::int64_t number, std::string_view line) {
  if (context_.global.json) {
    json_.push_back({{"step", attempt.step},
                     {"attempt", attempt.attempt},
                     {"line", number + 1},
                     {"text", printable(line)}});
    return;
  }
  const auto shown = printable(line) + "\n";
  context_.print(step_.empty() ? printable(attempt.step) + "  " + shown : shown);
}

Result<OutputStream> read_stream(const CommandContext& context) {
  const auto given = context.args.value("stream");
  for (const auto stream : {OutputStream::Out, OutputStream::Err})
    if (given == to_string(stream)) return stream;
  return make_error(ErrorCode::Config,
                    "--stream " + quote(given) + " is neither stdout nor stderr");
}

}  // namespace penstock
