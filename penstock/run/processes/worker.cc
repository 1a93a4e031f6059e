#include "penstock/run/processes/worker.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "penstock/base/narrow.h"
#include "penstock/base/shortage.h"
#include "penstock/base/text.h"
#include "penstock/run/processes/worker_process.h"

namespace penstock {
namespace {

constexpr int kMemoryEvery = 10;  // milliseconds between looks at limited memory
constexpr std::chrono::seconds kCloseGrace{10};
constexpr std::size_t kLastWords = 4 * 1024;  // of standard error, in the error of a death

void set_timer(const FileDescriptor& timer, Micros after) {
  itimerspec at{};
  after = std::max(after, Micros());
  at.it_value.tv_sec = after.count() / 1'000'000;
  at.it_value.tv_nsec = std::max<long>(1, after.count() % 1'000'000 * 1000);
  ::timerfd_settime(timer.get(), 0, &at, nullptr);
}
void stop_timer(const FileDescriptor& timer) {
  const itimerspec never{};
  ::timerfd_settime(timer.get(), 0, &never, nullptr);
}

void clear(const FileDescriptor& counter) {
  std::uint64_t ignored = 0;
  while (::read(counter.get(), &ignored, sizeof ignored) < 0 && errno == EINTR) {
  }
}

Error no_worker(int error) {
  return make_error(ErrorCode::Exhausted,
                    std::string("no worker process can be started: ") + std::strerror(error),
                    std::string(is_shortage(error) ? kShortage : ""));
}

bool is_readable(const FileDescriptor& descriptor) {
  pollfd watched{descriptor.get(), POLLIN, 0};
  return ::poll(&watched, 1, 0) > 0;
}

}  // namespace

/// One attempt, or the end of a worker, being watched until it is over.
class Worker::Drive {
 public:
  /// Without a task it is the worker's end that is waited for.
  Drive(Worker& worker, const WorkerPorts& ports, const StepTask* task, OutputSink* output)
      : worker_(worker), ports_(ports), task_(task), output_(output) {
    clear(worker_.wake_);
  }

  /// The result of the attempt; nothing when the process ended instead.
  std::optional<StepResult> wait(std::stop_token stop) {
    const std::stop_callback wake(std::move(stop), [this] {
      const std::uint64_t one = 1;
      while (::write(worker_.wake_.get(), &one, sizeof one) < 0 && errno == EINTR) {
      }
    });
    while ((!result_ || was_killed()) && !worker_.ended_) look();
    stop_timer(worker_.timer_);
    take_output();
    if (was_killed()) return {};  // though it was so quick as to be done before that
    return std::move(result_);
  }

  /// From the request to stop on, the process is not to live longer than the grace.
  void ask_to_stop(MessageKind how) {
    if (stage_ != Stage::Running) return;
    stage_ = Stage::Asked;
    const auto sent = worker_.channel_.send(how);
    if (!sent.ok()) return;  // it has ended: its report comes
    set_timer(worker_.timer_, grace() / 2);
  }

  /// For its memory.
  bool was_killed() const { return memory_used_ > 0; }
  bool asked() const { return stage_ != Stage::Running; }
  std::int64_t memory_used() const { return memory_used_; }
  std::string last_words() && { return std::move(last_words_); }

 private:
  enum class Stage : std::uint8_t { Running, Asked, Terminated, Killed };

  void look() {
    std::array<pollfd, 6> watched{{{hung_up_ ? -1 : worker_.channel_.descriptor(), POLLIN, 0},
                                   {worker_.reports_.get(), POLLIN, 0},
                                   {worker_.wake_.get(), POLLIN, 0},
                                   {worker_.timer_.get(), POLLIN, 0},
                                   {worker_.out_.get(), POLLIN, 0},
                                   {worker_.err_.get(), POLLIN, 0}}};
    const bool limited = worker_.memory_->limited() && !was_killed();
    if (::poll(watched.data(), watched.size(), limited ? kMemoryEvery : -1) < 0) return;
    if (limited) watch_memory();
    if (watched[4].revents != 0) take_output(worker_.out_, OutputStream::Out);
    if (watched[5].revents != 0) take_output(worker_.err_, OutputStream::Err);
    if (watched[1].revents != 0) return take_end();
    if (watched[0].revents != 0 && !take_message())
      hung_up_ = (watched[0].revents & (POLLHUP | POLLERR)) != 0;
    if (watched[2].revents != 0) {
      clear(worker_.wake_);
      ask_to_stop(MessageKind::Stop);
    }
    if (watched[3].revents != 0) go_further();
  }

  /// Resources are closed in peace, however little time a step is given to stop.
  Micros grace() const {
    return task_ != nullptr ? worker_.options_.grace
                            : std::max<Micros>(worker_.options_.grace, kCloseGrace);
  }

  void watch_memory() {
    memory_used_ = worker_.memory_->excess();
    if (was_killed()) worker_.send_signal(SIGKILL);
  }

  void go_further() {
    clear(worker_.timer_);
    if (stage_ == Stage::Asked) {
      stage_ = Stage::Terminated;
      worker_.send_signal(SIGTERM);
      set_timer(worker_.timer_, grace() / 2);
    } else if (stage_ == Stage::Terminated) {
      stage_ = Stage::Killed;
      worker_.send_signal(SIGKILL);
    }
  }

  /// The process has ended. What it had sent before counts.
  void take_end() {
    worker_.read_report();
    while (!result_ && take_message()) {
    }
  }

  bool take_message() {
    auto received = worker_.channel_.receive(false);
    if (!received.ok()) return give_up(std::move(received).error()), false;
    if (!*received) return false;
    if (auto taken = take(**received); !taken.ok()) give_up(std::move(taken).error());
    return true;
  }

  Status take(const Message& message) {
    if (task_ == nullptr && message.kind != MessageKind::RecordRun)
      return {};  // a thread that an op has left behind talks on
    switch (message.kind) {
      case MessageKind::Record:
        worker_ports().record(PENSTOCK_TRY(event_of(message)));
        return {};
      case MessageKind::Show:
        worker_ports().show(PENSTOCK_TRY(event_of(message)));
        return {};
      case MessageKind::RecordRun: {
        auto event = PENSTOCK_TRY(event_of(message));
        ports_.record_run(std::move(event.body));
        return {};
      }
      case MessageKind::Yield:
        return take_item(message);
      case MessageKind::Ended: {
        const auto ended = PENSTOCK_TRY(message.as<messages::Ended>());
        auto result = messages::unpack(ended, message, *op());
        if (is_damaged(result)) return std::move(result).error();
        result_.emplace();
        if (result.ok())
          *result_ = *std::move(result);
        else
          result_->status = std::move(result).error().within("its outputs");
        return {};
      }
      default:
        return make_error(ErrorCode::Corrupt, "a worker process sent what only we may send");
    }
  }

  /// Whether the bytes are to blame, and so the worker, rather than what a user's decode() threw.
  template <class T>
  static bool is_damaged(const Result<T>& read) {
    return !read.ok() && read.error().code == ErrorCode::Corrupt;
  }

  Status take_item(const Message& message) {
    auto item = PENSTOCK_TRY(message.as<messages::Yield>());
    if (item.port >= op()->outputs.size())
      return make_error(ErrorCode::Corrupt, "a worker process sent an item of no output");
    auto value = message.value(item.value, *op()->outputs[item.port].type);
    if (is_damaged(value)) return std::move(value).error();
    auto status = value.ok() ? worker_ports().yield(*task_, item.port, std::move(item.key),
                                                    *std::move(value))
                             : Status(std::move(value).error().within("item " + quote(item.key)));
    messages::YieldDone done;
    if (!status.ok()) done.error = std::move(status).error();
    const auto sent = worker_.channel_.send(MessageKind::YieldDone, done);
    return {};  // not sent: the process has ended, and its report comes
  }

  /// Who sends what cannot be read is not to be trusted with another step.
  void give_up(Error error) {
    worker_.send_signal(SIGKILL);
    if (result_ || was_killed()) return;
    result_ = StepResult();
    result_->status = std::move(error).within("worker process " + std::to_string(worker_.pid_));
    worker_.ended_ = true;
  }

  Result<Event> event_of(const Message& message) const {
    const auto told = PENSTOCK_TRY(message.as<messages::Told>());
    Event event;
    event.run = worker_.run_;
    event.level = told.level;
    event.body = PENSTOCK_TRY(messages::body_of(told));
    event.time = ports_.clock.now();  // the times of a run come from one clock
    if (task_ != nullptr) {
      event.step = task_->key;
      event.attempt = task_->attempt;
    }
    return event;
  }

  void take_output() {
    take_output(worker_.out_, OutputStream::Out);
    take_output(worker_.err_, OutputStream::Err);
  }
  void take_output(FileDescriptor& from, OutputStream stream) {
    std::array<char, 64 * 1024> bytes;
    while (from) {
      const auto got = ::read(from.get(), bytes.data(), bytes.size());
      if (got < 0 && errno == EINTR) continue;
      if (got == 0) from.close();  // its end was closed by all who had it
      if (got <= 0) return;
      const std::string_view text(bytes.data(), std::size_t(got));
      if (output_ != nullptr) output_->write(stream, text);
      if (stream == OutputStream::Err) keep_last_words(text);
    }
  }
  void keep_last_words(std::string_view text) {
    last_words_.append(text);
    if (last_words_.size() > 2 * kLastWords) last_words_.erase(0, last_words_.size() - kLastWords);
  }

  StepPorts& worker_ports() const { return ports_.steps; }
  const OpDef* op() const { return worker_.plan_.steps[task_->ref.step].op.get(); }

  Worker& worker_;
  const WorkerPorts& ports_;
  const StepTask* task_;
  OutputSink* output_;
  Stage stage_ = Stage::Running;
  std::optional<StepResult> result_;
  bool hung_up_ = false;  // the socket is closed; the report of the end is still to come
  std::int64_t memory_used_ = 0;
  std::string last_words_;
};

Worker::Worker(WorkerLink link, const RunPlan& plan, RunId run, const ProcessOptions& options)
    : plan_(plan),
      run_(run),
      options_(options),
      channel_(std::move(link.socket)),
      reports_(std::move(link.reports)),
      out_(std::move(link.out)),
      err_(std::move(link.err)),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      timer_(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)) {
  for (const auto* pipe : {&out_, &err_})
    if (*pipe) ::fcntl(pipe->get(), F_SETFL, O_NONBLOCK);
}

Worker::~Worker() {
  if (!ended_) send_signal(SIGKILL);
}

Result<std::unique_ptr<Worker>> Worker::start(const Zygote& zygote, RunId run,
                                              const ProcessOptions& options,
                                              const std::filesystem::path& home, bool capture) {
  auto link = PENSTOCK_TRY(zygote.fork_worker(capture));
  std::unique_ptr<Worker> worker(new Worker(std::move(link), zygote.plan(), run, options));
  PENSTOCK_TRY(worker->begin(zygote, home));
  return worker;
}

Status Worker::begin(const Zygote& zygote, const std::filesystem::path& home) {
  WorkerReport begun;
  ssize_t got = 0;
  while ((got = ::read(reports_.get(), &begun, sizeof begun)) < 0 && errno == EINTR) {
  }
  if (got != sizeof begun) {
    ended_ = true;
    if (zygote.alive()) return no_worker(EMFILE);  // it could not even take what reports
    return make_error(ErrorCode::WorkerLost, "the process that starts worker processes has ended");
  }
  if (begun.pid == 0) {
    ended_ = true;
    return no_worker(begun.error);
  }
  pid_ = begun.pid;
  // By number: the functions of this name in glibc 2.36 cannot be linked from C++.
  process_ = FileDescriptor(narrow<int>(::syscall(SYS_pidfd_open, pid_, 0)));
  if (!process_ || !wake_ || !timer_) {
    ::kill(pid_, SIGKILL);  // its number is its own until the zygote has reaped it
    ended_ = true;
    return no_worker(EMFILE);
  }
  PENSTOCK_TRY(await_ready());
  memory_.emplace(pid_);
  memory_kills_ = count_memory_kills();
  return channel_.send(MessageKind::Hello, messages::Hello{run_.to_string(), home});
}

/// It is ready, or has ended for want of a thread.
Status Worker::await_ready() {
  const auto first = PENSTOCK_TRY(channel_.receive());
  if (first && first->kind == MessageKind::Ready) return {};
  if (read_report() && WIFEXITED(end_.status) && WEXITSTATUS(end_.status) == kNoThread)
    return no_worker(EAGAIN);
  return make_error(ErrorCode::Exhausted, "a worker process ended before it could run a step");
}

void Worker::send_signal(int signal) const {
  if (process_) ::syscall(SYS_pidfd_send_signal, process_.get(), signal, nullptr, 0);
}

bool Worker::read_report() {
  WorkerReport told;
  ssize_t got = 0;
  while ((got = ::read(reports_.get(), &told, sizeof told)) < 0 && errno == EINTR) {
  }
  ended_ = true;
  end_.reported = got == sizeof told;
  end_.status = told.status;
  end_.peak_rss = told.peak_rss;
  return end_.reported;
}

bool Worker::alive() {
  if (!ended_ && is_readable(reports_)) read_report();
  return !ended_;
}

/// Write down an attempt and its inputs. They are let go: what the process needs is in the message.
Status Worker::send_task(StepTask& task) const {
  MessageWriter values;
  messages::RunStep wanted{task.ref.step, task.ref.copy, task.attempt, task.key, task.map_keys, {}};
  const auto& inputs = plan_.steps[task.ref.step].op->inputs;
  for (std::size_t i = 0; i < task.inputs.size(); ++i) {
    auto& input = task.inputs[i];
    auto gathered = input.gather ? input.gather(input.parts) : std::move(input.parts[0]);
    input.parts.clear();
    if (!gathered.ok())
      return std::move(gathered).error().within("input " + quote(inputs[i].name));
    auto value = *std::move(gathered);
    if (value && value.type() != inputs[i].type) {
      PENSTOCK_CHECK(inputs[i].type == &value_type_of<Nothing>(), "an input is of another type");
      value = Value::make<Nothing>({});  // only the order counts
    }
    auto extent = values.add(value);
    if (!extent.ok()) return std::move(extent).error().within("input " + quote(inputs[i].name));
    wanted.inputs.push_back(*extent);
  }
  auto sent = channel_.send(MessageKind::RunStep, wanted, values);
  if (!sent.ok() && sent.error().code == ErrorCode::WorkerLost) return {};  // its report comes
  return sent;
}

StepResult Worker::run(StepTask& task, std::stop_token stop, std::uint64_t memory_limit,
                       const WorkerPorts& ports, OutputSink& output) {
  ++served_;
  memory_->begin(memory_limit);
  Drive drive(*this, ports, &task, &output);
  if (auto sent = send_task(task); !sent.ok()) {
    StepResult failed;
    failed.status = std::move(sent);
    return failed;
  }
  if (auto result = drive.wait(std::move(stop))) return std::move(*result);
  end_.memory_limit = memory_->limit();
  end_.memory_used = drive.memory_used();
  end_.asked_to_stop = drive.asked();
  end_.system_was_short = count_memory_kills() > memory_kills_;
  end_.last_words = std::move(drive).last_words();
  return result_of(end_);
}

void Worker::quit(const WorkerPorts& ports) {
  if (!alive()) return;
  memory_->begin(0);
  Drive drive(*this, ports, nullptr, nullptr);
  drive.ask_to_stop(MessageKind::Quit);
  drive.wait({});
}

}  // namespace penstock
