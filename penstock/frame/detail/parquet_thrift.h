// Writes Thrift's compact protocol, in which Parquet keeps page headers and footers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace penstock::detail {

/// Type codes of the compact protocol.
enum class ThriftType : std::uint8_t {
  True = 1,
  False = 2,
  I16 = 4,
  I32 = 5,
  I64 = 6,
  Binary = 8,
  List = 9,
  Struct = 12
};

/// Appends structs to a string, field by field, in ascending order of field ids.
class ThriftWriter {
 public:
  explicit ThriftWriter(std::string& out) : out_(out) {}

  void i16(int id, std::int16_t value) { number(id, ThriftType::I16, value); }
  void i32(int id, std::int32_t value) { number(id, ThriftType::I32, value); }
  void i64(int id, std::int64_t value) { number(id, ThriftType::I64, value); }
  void boolean(int id, bool value) { field(id, value ? ThriftType::True : ThriftType::False); }
  void binary(int id, std::string_view bytes) {
    field(id, ThriftType::Binary);
    binary_element(bytes);
  }
  /// Start a list; its elements follow.
  void list(int id, ThriftType element, std::size_t size) {
    field(id, ThriftType::List);
    if (size < 15) {
      put(std::uint8_t(size << 4 | unsigned(element)));
    } else {
      put(std::uint8_t(0xF0U | unsigned(element)));
      varint(size);
    }
  }
  void begin_struct(int id) {
    field(id, ThriftType::Struct);
    begin_element();
  }
  /// Start a struct that is a list's element or the outermost one.
  void begin_element() {
    last_ids_.push_back(last_id_);
    last_id_ = 0;
  }
  void end_struct() {
    put(0);
    last_id_ = last_ids_.back();
    last_ids_.pop_back();
  }
  /// A struct without fields, such as a choice of a union that has no parameters.
  void empty_struct(int id) {
    begin_struct(id);
    end_struct();
  }
  void i32_element(std::int32_t value) { varint(zigzag(value)); }
  void binary_element(std::string_view bytes) {
    varint(bytes.size());
    out_.append(bytes);
  }

 private:
  static std::uint64_t zigzag(std::int64_t value) {
    return std::uint64_t(value) << 1 ^ std::uint64_t(value >> 63);
  }
  void put(std::uint8_t byte) { out_.push_back(char(byte)); }
  void varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) put(std::uint8_t(value | 0x80));
    put(std::uint8_t(value));
  }
  void field(int id, ThriftType type) {
    const int step = id - last_id_;
    if (step > 0 && step <= 15) {
      put(std::uint8_t(unsigned(step) << 4 | unsigned(type)));
    } else {
      put(std::uint8_t(type));
      varint(zigzag(id));
    }
    last_id_ = id;
  }
  void number(int id, ThriftType type, std::int64_t value) {
    field(id, type);
    varint(zigzag(value));
  }

  std::string& out_;
  int last_id_ = 0;
  std::vector<int> last_ids_;
};

}  // namespace penstock::detail
