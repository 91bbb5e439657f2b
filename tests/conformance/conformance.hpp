// The conformance suite as a library: every behaviour that a device of any backend owes an application, as a case that
// passes, fails or is skipped by name. `halyard conformance` and vendors' own programs run it through this header.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "halyard/halyard.hpp"

namespace halyard::conformance {

enum class Outcome : std::uint8_t { passed, failed, skipped };

/** "passed", "failed" or "skipped". */
const char* outcome_name(Outcome outcome) noexcept;

/** What came of one case. */
struct CaseResult {
  std::string name;  ///< "group.sentence_about_the_behaviour": stable, to be named in filters and reports.
  Outcome result = Outcome::passed;
  std::string reason;  ///< Failed: file, line, values, bounds and the seed. Skipped: the capability that is missing.
  double seconds = 0;
};

/** What to run and how. */
struct Options {
  std::string
      filter;  ///< Words separated by ',': runs the cases whose names contain one, and none of those after a '-'.
  std::uint64_t seed = 0;  ///< Of the random input; 0 takes a fresh one. It is in the summary and in every failure.
  bool quick = false;      ///< Smaller sizes and fewer repetitions, for slow builds (sanitizers, simulators).
  bool full = false;       ///< Adds what takes long.
  /** The driver has no hardware behind it, so nothing that it computes or copies arrives: a case is left, as skipped,
   *  where it compares such a result. All calls must still succeed or be refused as they should. */
  bool without_hardware = false;
  std::string bundles;  ///< A folder with NAME.hkb of the suite's kernel files NAME.hk; where there is one, its images
                        ///< must be for the device, and none of its kernels may be compiled. Empty: sources alone.
  RuntimeOptions runtime = {};  ///< How cases that need a runtime of their own make one; as the given runtime was made.
};

/** The whole run. */
struct Summary {
  std::uint32_t passed = 0;
  std::uint32_t failed = 0;
  std::uint32_t skipped = 0;
  std::uint64_t seed = 0;
  std::uint32_t from_bundles = 0;  ///< Kernels that were taken from images in Options::bundles.
  std::vector<CaseResult> cases;
};

/** Told of each case: before it runs with its name (`result` null), after it with what came of it. */
using Listener = std::function<void(const std::string& name, const CaseResult* result)>;

/** Runs the suite on one device, one case after the other, in the calling thread. Never throws; a case that fails does
 *  not end the run. */
Summary run(Runtime& runtime, Device& device, const Options& options = {}, const Listener& listener = {});

/** Names of all cases, in the order in which they run. */
std::vector<std::string> case_names();

}  // namespace halyard::conformance
