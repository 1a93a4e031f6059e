// The port to where values of steps are kept outside the memory of a run: for later runs that reuse
// them, and for recovery.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

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
  friend bool operator==(const StoredValue&, const StoredValue&) = default;
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
};

}  // namespace penstock
