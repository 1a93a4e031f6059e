#include "penstock/run/processes/channel.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "penstock/base/shortage.h"

namespace penstock {
namespace {

constexpr std::size_t kAlign = 64;               // of values in their message
constexpr std::size_t kMaxDescriptors = 8;       // in one packet
constexpr std::size_t kPopulate = 1024 * 1024;   // mappings up to this size are read in at once
constexpr std::uint64_t kInMemory = 1ULL << 63;  // in a tail: the message lies in the descriptor

/// Ends every packet, and every message in memory.
struct Tail {
  std::uint64_t header = 0;  // where the header begins
  std::uint64_t kind = 0;    // with kInMemory: the packet holds only this tail
  std::uint64_t size = 0;    // of the message in memory
};

Error failed(const char* what) {
  return make_error(errno == ENOMEM || errno == ENOSPC || errno == EMFILE || errno == ENFILE
                        ? ErrorCode::Exhausted
                        : ErrorCode::Io,
                    std::string(what) + ": " + std::strerror(errno));
}

Result<SharedBytes> map_memory(const FileDescriptor& memory, std::size_t size) {
  if (size == 0) return SharedBytes();
  const int populate = size <= kPopulate ? MAP_POPULATE : 0;
  void* at = ::mmap(nullptr, size, PROT_READ, MAP_SHARED | populate, memory.get(), 0);
  if (at == MAP_FAILED) return failed("shared memory cannot be mapped");
  std::shared_ptr<const void> owner(
      at, [size](const void* mapped) { ::munmap(const_cast<void*>(mapped), size); });
  return SharedBytes{std::move(owner), {static_cast<const char*>(at), size}};
}

SharedBytes copy_aligned(const char* bytes, std::size_t size) {
  if (size == 0) return {};
  void* at = std::aligned_alloc(kAlign, (size + kAlign - 1) / kAlign * kAlign);
  PENSTOCK_CHECK(at != nullptr, "no memory for a message");
  std::memcpy(at, bytes, size);
  return {std::shared_ptr<const void>(at, std::free), {static_cast<const char*>(at), size}};
}

}  // namespace

Result<Value> Message::value(const Extent& extent, const ValueType& type) const {
  if (!extent.there) return Value();
  if (extent.offset > bytes.bytes.size() || extent.size > bytes.bytes.size() - extent.offset)
    return make_error(ErrorCode::Corrupt, "a value lies outside of its message");
  return Value::decode(type, {bytes.owner, bytes.bytes.substr(extent.offset, extent.size)});
}

Result<Extent> MessageWriter::add(const Value& value) {
  if (!value) return Extent();
  if (const auto over = std::size_t(size_ % kAlign); over != 0)
    PENSTOCK_TRY(write(std::string(kAlign - over, '\0')));
  Extent extent{true, size_, 0};
  PENSTOCK_TRY(value.encode(*this));
  extent.size = size_ - extent.offset;
  return extent;
}

Status MessageWriter::write(std::string_view bytes) {
  if (!memory_ && size_ + bytes.size() > kInlineBytes) PENSTOCK_TRY(move_to_memory());
  size_ += bytes.size();
  if (!memory_) {
    small_.append(bytes);
    return {};
  }
  while (!bytes.empty()) {
    const auto wrote = ::write(memory_.get(), bytes.data(), bytes.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return failed("shared memory cannot be written");
    bytes.remove_prefix(std::size_t(wrote));
  }
  return {};
}

Status MessageWriter::move_to_memory() {
  memory_ = FileDescriptor(wait_out_shortage(
      [] { return ::memfd_create("penstock-values", MFD_CLOEXEC | MFD_ALLOW_SEALING); }));
  if (!memory_) return failed("shared memory cannot be made");
  const auto begun = std::move(small_);
  small_.clear();
  size_ = 0;
  return begun.empty() ? Status() : write(begun);
}

Status MessageWriter::seal() {
  constexpr int kSeals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL;
  if (memory_ && ::fcntl(memory_.get(), F_ADD_SEALS, kSeals) != 0)
    return failed("shared memory cannot be sealed");
  return {};
}

Status Channel::send_bytes(MessageKind kind, const std::string& header,
                           MessageWriter& values) const {
  Tail tail{values.size(), std::uint64_t(kind), 0};
  PENSTOCK_TRY(values.write(header));
  tail.size = values.size();
  std::string packet = values.small();
  if (values.memory()) {
    PENSTOCK_TRY(values.seal());
    tail.kind |= kInMemory;
  }
  packet.append(reinterpret_cast<const char*>(&tail), sizeof tail);
  const int memory = values.memory().get();
  while (send_packet(socket_.get(), packet, &memory, values.memory() ? 1 : 0) < 0) {
    if (errno == EINTR) continue;
    if (errno == EPIPE || errno == ECONNRESET)
      return make_error(ErrorCode::WorkerLost, "the process at the other end has ended");
    return failed("a message cannot be sent");
  }
  return {};
}

Result<std::optional<Message>> Channel::receive(bool wait) const {
  std::array<char, MessageWriter::kInlineBytes + sizeof(Tail)> packet;
  FileDescriptor memory;
  ssize_t size = 0;
  do {
    size = receive_packet(socket_.get(), packet.data(), packet.size(), wait ? 0 : MSG_DONTWAIT,
                          &memory, 1);
  } while (size < 0 && errno == EINTR);
  if (size == 0 || (size < 0 && (errno == EAGAIN || errno == ECONNRESET)))
    return std::optional<Message>();
  if (size < 0) return failed("a message cannot be received");
  const auto damaged = make_error(ErrorCode::Corrupt, "a message between processes is damaged");
  Tail tail;
  if (std::size_t(size) < sizeof tail) return damaged;
  std::memcpy(&tail, packet.data() + size - sizeof tail, sizeof tail);
  Message message;
  message.kind = MessageKind(tail.kind & ~kInMemory);
  if ((tail.kind & kInMemory) != 0 && !memory)
    return make_error(ErrorCode::Exhausted,
                      "a value between processes cannot be received: too many open files; raise "
                      "the hard limit (ulimit -Hn), or run fewer --jobs",
                      std::string(kShortage));
  if ((tail.kind & kInMemory) != 0)
    message.bytes = PENSTOCK_TRY(map_memory(memory, tail.size));
  else
    message.bytes = copy_aligned(packet.data(), std::size_t(size) - sizeof tail);
  if (tail.header > message.bytes.bytes.size()) return damaged;
  message.header = {message.bytes.owner, message.bytes.bytes.substr(tail.header)};
  return std::optional<Message>(std::move(message));
}

ssize_t send_packet(int socket, std::string_view bytes, const int* descriptors, std::size_t count) {
  iovec part{const_cast<char*>(bytes.data()), bytes.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(kMaxDescriptors * sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (count > 0) {
    message.msg_control = control.data();
    message.msg_controllen = CMSG_SPACE(count * sizeof(int));
    auto* head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(count * sizeof(int));
    std::memcpy(CMSG_DATA(head), descriptors, count * sizeof(int));
  }
  return ::sendmsg(socket, &message, MSG_NOSIGNAL);
}

ssize_t receive_packet(int socket, char* bytes, std::size_t size, int flags,
                       FileDescriptor* descriptors, std::size_t count) {
  iovec part{bytes, size};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(kMaxDescriptors * sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const auto received = ::recvmsg(socket, &message, flags | MSG_CMSG_CLOEXEC);
  if (received < 0) return received;
  std::size_t taken = 0;
  for (auto* head = CMSG_FIRSTHDR(&message); head != nullptr; head = CMSG_NXTHDR(&message, head)) {
    if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS) continue;
    const auto here = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < here; ++i) {
      int number = -1;
      std::memcpy(&number, CMSG_DATA(head) + i * sizeof(int), sizeof number);
      FileDescriptor descriptor(number);  // what is not wanted is closed
      if (taken < count) descriptors[taken++] = std::move(descriptor);
    }
  }
  return received;
}

}  // namespace penstock
