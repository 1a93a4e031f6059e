// Runs a decoder on changed copies of valid inputs; those that reach new code are changed further.
// Built with PENSTOCK_FUZZ it sees which code an input reaches.
//
// Each decoder runs in a child process, so that a crash, a hang or an allocation without bound ends
// only the child; the input that did it is then written to a file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace penstock::fuzz {

/// A decoder under test.
struct Target {
  std::string_view name;
  /// Valid inputs, to start with.
  std::vector<std::string> (*seeds)();
  /// Decode `bytes`. Whatever the bytes are, it must return; a broken promise calls broken().
  void (*run)(std::string_view bytes);
  bool planted = false;  ///< has a fault on purpose, to test the fuzzer; only run by its name
};

/// What is fuzzed, in alphabetical order.
std::span<const Target> targets();

/// How long a target is run, and with what.
struct Options {
  std::uint64_t runs = 0;         ///< inputs at most; 0: no limit
  double seconds = 0;             ///< time at most; 0: no limit
  std::uint64_t seed = 1;         ///< of the pseudo-random changes
  std::filesystem::path corpus;   ///< folder with one folder of inputs per target; may be absent
  std::filesystem::path keep;     ///< where inputs that reach new code are written; empty: nowhere
  std::filesystem::path crashes;  ///< where an input that crashed is written
};

/// Fuzz one target. Prints one line; false after a crash, a hang or a broken promise.
bool fuzz(const Target& target, const Options& options);

/// Report that a decoder broke a promise (say, that what it decodes it also encodes), and abort.
[[noreturn]] void broken(std::string_view promise);

/// Bytes as a file without a name; its path is valid in this process until the next call.
std::filesystem::path as_file(std::string_view bytes);

/// Changed copies of inputs. The same seed gives the same copies.
class Mutator {
 public:
  explicit Mutator(std::uint64_t seed) : state_(seed * 2 + 1) {}
  /// A changed copy of `input`, perhaps with parts of `other`; `constants` are values that the
  /// decoder compared something with.
  std::string mutate(std::string_view input, std::string_view other,
                     std::span<const std::uint64_t> constants);
  /// A number from 0 to count - 1.
  std::size_t below(std::size_t count);

 private:
  void mutate_once(std::string& bytes, std::string_view other,
                   std::span<const std::uint64_t> constants);
  std::uint64_t next();
  std::uint64_t state_;
};

/// Which code was reached since reset(). Without PENSTOCK_FUZZ nothing is ever reached.
namespace coverage {
void reset();
/// Whether something was reached that no input before did; notes it.
bool found_new();
/// How many different things were reached by all inputs.
std::size_t reached();
/// Values that were compared with something, the latest ones.
std::span<const std::uint64_t> constants();
}  // namespace coverage

}  // namespace penstock::fuzz
