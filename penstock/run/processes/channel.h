// Messages between the coordinator and a worker process: a socket for what is small, sealed shared
// memory for what is large.
//
// A message is one run of bytes: values, each where a reader may use it in place, then a header
// that says where they lie. Up to kInlineBytes it travels in the packet; a larger one is written to
// a memfd, sealed and sent as a descriptor. The reader maps it: nobody copies it, and nobody can
// change it or cut it short any more.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "penstock/base/byte_archive.h"
#include "penstock/base/file_descriptor.h"
#include "penstock/model/value.h"

namespace penstock {

/// What a message is about; the numbers are spoken inside one program only.
enum class MessageKind : std::uint8_t {
  // to the worker
  Hello,      ///< which run this is
  RunStep,    ///< run an attempt
  YieldDone,  ///< what became of an item that was handed on
  Stop,       ///< ask the running attempt to stop
  Quit,       ///< close resources and end
  // from the worker
  Ready,      ///< it can run steps
  Record,     ///< an event of the attempt
  RecordRun,  ///< an event of the run: a resource was opened or closed
  Show,       ///< an event to show, not to record
  Yield,      ///< an item of a dynamic output
  Ended       ///< how the attempt ended
};

/// Where a value lies in its message; `there` is false for a missing one.
struct Extent {
  bool there = false;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

/// A message that was received.
struct Message {
  MessageKind kind = MessageKind::Quit;
  SharedBytes bytes;   ///< the whole message
  SharedBytes header;  ///< what `kind` says

  /// The header as the struct that belongs to the kind; Corrupt when it is none.
  template <class T>
  Result<T> as() const {
    ByteReader in(header);
    T value = ValueCodec<T>::decode(in);
    if (!in.ok()) return in.status().error();
    return value;
  }
  /// A value of the message; what can be used where it lies keeps the message alive.
  Result<Value> value(const Extent& extent, const ValueType& type) const;
};

/// Gathers the bytes of one message: values first, then send().
class MessageWriter final : public ByteSink {
 public:
  static constexpr std::size_t kInlineBytes = 32 * 1024;

  MessageWriter() = default;
  MessageWriter(const MessageWriter&) = delete;
  MessageWriter& operator=(const MessageWriter&) = delete;

  /// Add a value, or nothing for an empty one.
  Result<Extent> add(const Value& value);
  Status write(std::string_view bytes) override;
  /// Bytes so far, and the memory that holds them when they are many.
  std::uint64_t size() const { return size_; }
  const FileDescriptor& memory() const { return memory_; }
  const std::string& small() const { return small_; }
  /// Make what was written unchangeable; nothing more is added.
  Status seal();

 private:
  Status move_to_memory();
  std::string small_;
  FileDescriptor memory_;
  std::uint64_t size_ = 0;
};

/// One end of the socket. Sending is thread-safe, one thread receives.
class Channel {
 public:
  explicit Channel(FileDescriptor socket) : socket_(std::move(socket)) {}

  /// Send the values in `values` with a header. WorkerLost when the other end is gone.
  template <class T>
  Status send(MessageKind kind, const T& header, MessageWriter& values) const {
    StringSink sink;
    ByteWriter out(sink);
    ValueCodec<T>::encode(out, header);
    PENSTOCK_TRY(out.finish());
    return send_bytes(kind, sink.take(), values);
  }
  template <class T>
  Status send(MessageKind kind, const T& header) const {
    MessageWriter none;
    return send(kind, header, none);
  }
  Status send(MessageKind kind) const { return send(kind, Nothing()); }

  /// The next message; nothing when the other end is closed, or, unless `wait`, when there is none.
  Result<std::optional<Message>> receive(bool wait = true) const;
  int descriptor() const { return socket_.get(); }

 private:
  Status send_bytes(MessageKind kind, const std::string& header, MessageWriter& values) const;
  FileDescriptor socket_;
};

/// Send bytes and descriptors as one packet; -1 and errno as sendmsg() does.
ssize_t send_packet(int socket, std::string_view bytes, const int* descriptors, std::size_t count);
/// Receive one packet. Received descriptors go to `descriptors`, in order, up to `count`.
ssize_t receive_packet(int socket, char* bytes, std::size_t size, int flags,
                       FileDescriptor* descriptors, std::size_t count);

}  // namespace penstock
