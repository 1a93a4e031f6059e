// The port to where values of steps are kept outside the memory of a run: for later runs that reuse
// them, and for recovery.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "penstock/base/clock.h"
#include "penstock/base/ids.h"
#include "penstock/base/result.h"
#include "penstock/model/value.h"

namespace penstock {

/// Which value of which run.
struct ValueKey {
  RunId run = {};
  std::string step = {};         ///< step key
  std::int32_t attempt = 0;      ///< a late attempt writes beside, never over, a newer one
  std::string output = {};       ///< name of the output
  std::string mapping_key = {};  ///< of dynamic outputs
};

/// A value that was stored, as HANDLED_OUTPUT tells of it.
struct StoredValue {
  std::string manager = {};  ///< who stored it
  std::string object = {};   ///< where, in the manager's words
  std::uint64_t bytes = 0;
  std::string hash = {};    ///< of the bytes
  std::string layout = {};  ///< of the value type, as it was then
  /// Of a file that an IO manager stored through OutputContext::stage(): the run that did; then
  /// `object` is its absolute path. Empty: another kind of object.
  RunId file_of = {};
  friend bool operator==(const StoredValue&, const StoredValue&) = default;
};

/// A file that a store has, whether or not anybody knows of it.
struct ValueFile {
  std::string object;  ///< as in StoredValue
  RunId run = {};      ///< empty: it lies where none of ours should
  std::uint64_t bytes = 0;
  Time written{};
  std::int32_t pid = 0;  ///< of the process that was writing it; 0: it is whole
};

/// Keeps values. Thread-safe. A value is whole and durable when save() returns, or not there.
class ValueStore {
 public:
  virtual ~ValueStore() = default;

  /// Store a value. Refused when its type is not portable; Exhausted when the disk is full.
  virtual Result<StoredValue> save(const ValueKey& key, const Value& value) = 0;
  /// Read a value back. NotFound when it is gone; Corrupt when it is damaged, or of another layout
  /// than `type` has now.
  virtual Result<Value> load(const StoredValue& stored, const ValueType& type) = 0;
  /// True when load() of a value of this type could succeed: it is there, with its size and layout.
  virtual bool has(const StoredValue& stored, const ValueType& type) = 0;
  /// Remove a value; no error when it is gone.
  virtual Status remove(const StoredValue& stored) = 0;

  /// Read a stored value through: NotFound when it is gone, Corrupt when size or hash differ.
  virtual Status verify(const StoredValue& stored) = 0;
  /// Whether a value takes a file of its own, which files() tells of.
  virtual bool is_file(const StoredValue& stored) const = 0;
  /// All files there are, in order of their names; of one run, or of all when it is empty.
  virtual Result<std::vector<ValueFile>> files(const RunId& run = {}) = 0;
};

}  // namespace penstock
