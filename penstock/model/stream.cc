#include "penstock/model/stream.h"

#include <algorithm>

namespace penstock {

StreamChannel::StreamChannel(std::size_t capacity, std::size_t readers)
    : capacity_(std::max<std::size_t>(1, capacity)), next_(readers, std::uint64_t(0)) {}

bool StreamChannel::is_wanted() const {
  return std::ranges::any_of(next_, [](const auto& next) { return next.has_value(); });
}

bool StreamChannel::write(Value batch) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return broken_ || !is_wanted() || waiting_.size() < capacity_; });
  if (broken_) throw StreamBroken(*broken_);
  if (!is_wanted()) return false;
  waiting_.push_back(std::move(batch));
  most_waiting_ = std::max(most_waiting_, waiting_.size());
  changed_.notify_all();
  return true;
}

Value StreamChannel::read(std::size_t reader) {
  std::unique_lock lock(mutex_);
  auto& next = next_.at(reader);
  if (!next) return {};
  const auto has_more = [&] { return *next < first_ + waiting_.size(); };
  changed_.wait(lock, [&] { return broken_ || closed_ || has_more(); });
  if (broken_) throw StreamBroken(*broken_);
  if (!has_more()) return {};
  auto batch = waiting_[std::size_t(*next - first_)];
  ++*next;
  drop_read();
  return batch;
}

/// Forget the batches that no reader needs any more.
void StreamChannel::drop_read() {
  std::uint64_t least = first_ + waiting_.size();
  for (const auto& next : next_)
    if (next) least = std::min(least, *next);
  for (; first_ < least; ++first_) waiting_.pop_front();
  changed_.notify_all();
}

void StreamChannel::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  changed_.notify_all();
}

void StreamChannel::leave(std::size_t reader) {
  const std::lock_guard lock(mutex_);
  next_.at(reader).reset();
  drop_read();
}

void StreamChannel::fail(std::string why) {
  const std::lock_guard lock(mutex_);
  if (!broken_) broken_ = std::move(why);
  changed_.notify_all();
}

std::int64_t StreamChannel::batches() const {
  const std::lock_guard lock(mutex_);
  return std::int64_t(first_ + waiting_.size());
}

std::size_t StreamChannel::most_waiting() const {
  const std::lock_guard lock(mutex_);
  return most_waiting_;
}

}  // namespace penstock
