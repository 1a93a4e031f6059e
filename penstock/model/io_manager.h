// Who stores an output of an op, and loads it again: a resource of type IoManager.
//
// An IO manager is any type with these two members, thread-safe both; a resource is made of it by
// the function that opens it: `defs.resource<ps::IoManager>("warehouse", &open_warehouse)`.
//
//   ps::Result<ps::StoredObject> handle_output(const ps::OutputContext& output,
//                                              const ps::Value& value) const;
//   ps::Result<ps::Value> load_input(const ps::InputContext& input) const;
//
// What stores a file begins it with output.stage(path), see staged_file.h. penstock/io/ has some
// that do.
#pragma once

#include <concepts>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <typeinfo>
#include <vector>

#include "penstock/base/result.h"
#include "penstock/model/metadata.h"
#include "penstock/model/op_def.h"
#include "penstock/model/staged_file.h"
#include "penstock/model/value.h"

namespace penstock {

/// Which output of which step is to be stored.
struct OutputContext {
  std::string run_id = {};
  std::string job = {};
  std::string step_key = {};  ///< `state_year.extract[ID2017]`
  std::string op = {};
  std::string output = {};                 ///< `result` for an op's only output
  std::vector<std::string> map_keys = {};  ///< outermost first; of a dynamic output, its own last
  std::int32_t attempt = 0;
  std::map<std::string, std::string> tags = {};
  Metadata metadata = {};     ///< what the op added to the output
  std::string item_key = {};  ///< of a dynamic output: the mapping key of the item
  std::shared_ptr<OutputStage> staging = std::make_shared<OutputStage>();  ///< the engine's

  /// Begin the file that will be at `path`, such as `out/2017.txt`: it is written aside, and the
  /// engine puts it in its place when the log names it. One per output.
  Result<StagedFile> stage(const std::filesystem::path& path) const {
    PENSTOCK_TRY(staging->open(path));
    return StagedFile(staging);
  }
};

/// Which object is to be loaded, and for whom.
struct InputContext {
  std::string run_id = {};
  std::string step_key = {};  ///< of the step that reads
  StoredObject object = {};
  const ValueType* type = nullptr;  ///< of the value that is wanted
};

template <class M>
concept IoManagerLike = requires(const M& manager, const OutputContext& output,
                                 const InputContext& input, const Value& value) {
  { manager.handle_output(output, value) } -> std::same_as<Result<StoredObject>>;
  { manager.load_input(input) } -> std::same_as<Result<Value>>;
};

/// An IO manager of any type. Cheap to copy.
class IoManager {
 public:
  template <IoManagerLike M>
    requires(!std::same_as<M, IoManager>)
  IoManager(M manager) : impl_(std::make_shared<const Impl<M>>(std::move(manager))) {}

  /// Store a value: in a file that is staged, or elsewhere, whole or not at all. An error, or an
  /// exception, makes the step fail.
  Result<StoredObject> handle_output(const OutputContext& output, const Value& value) const {
    return call_user_code([&] { return impl_->handle_output(output, value); });
  }
  /// Load what handle_output() stored. NotFound when it is gone.
  Result<Value> load_input(const InputContext& input) const {
    return call_user_code([&] { return impl_->load_input(input); });
  }

 private:
  struct Base {
    virtual ~Base() = default;
    virtual Result<StoredObject> handle_output(const OutputContext&, const Value&) const = 0;
    virtual Result<Value> load_input(const InputContext&) const = 0;
  };
  template <class M>
  struct Impl final : Base {
    explicit Impl(M from) : manager(std::move(from)) {}
    Result<StoredObject> handle_output(const OutputContext& output,
                                       const Value& value) const override {
      return manager.handle_output(output, value);
    }
    Result<Value> load_input(const InputContext& input) const override {
      return manager.load_input(input);
    }
    M manager;
  };
  std::shared_ptr<const Base> impl_;
};

/// The resource that an output's manager is.
inline ResourceNeed manager_need(std::string name) {
  return {std::move(name), &typeid(IoManager), "penstock::IoManager"};
}

}  // namespace penstock
