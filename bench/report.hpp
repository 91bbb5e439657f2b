// What a benchmark program prints: a line a comparison, and with --json the document "halyard.bench/1".
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness.hpp"
#include "machine.hpp"

namespace bench {

// What was measured, in the words of the document.
struct Case {
  std::string name = {};     // "launch_and_wait"
  std::string device = {};   // "opencl"
  std::string dtype = {};    // "float", or empty
  std::string shape = {};    // "4096x4096", "64 B"
  std::string variant = {};  // how, where there is more than one way
  double work = 0;           // of one operation, in `unit`-seconds: bytes for "B/s"; 0: no figure
  std::string unit = {};
};

// What a comparison must be. A ratio or a difference is judged by its median.
struct Limit {
  enum class Of { nothing, ratio, difference_s, candidate_s } of = Of::nothing;
  double most = 0;
  double most_difference_s = 0;  // besides; 0: none
  static Limit ratio(double most) { return {Of::ratio, most, 0}; }
  static Limit ratio_and_difference_s(double most, double difference_s) { return {Of::ratio, most, difference_s}; }
  static Limit difference_s(double most) { return {Of::difference_s, most, 0}; }
  static Limit candidate_s(double most) { return {Of::candidate_s, most, 0}; }
};

// A figure without a peer, such as instructions or processor time at rest.
struct Single {
  std::string name;
  std::string device;
  double value = 0;
  std::string unit;
  double most = 0;
};

class Report {
 public:
  // Reads --json, --rounds N, --segment and --most SECONDS, --keep-disturbed, --only TEXT and --help; the rest is left
  // to arguments().
  Report(const char* what, int argc, char** argv);
  Options& options() { return options_; }
  const std::vector<std::string>& arguments() const { return arguments_; }

  // Whether a case of this name is wanted (--only).
  bool wants(const std::string& name) const;

  // Whether the arguments name this device, or none.
  bool wants_device(const std::string& device) const;

  // Compares, unless the case is not wanted, and writes the line. `setting` says how the peer was set up.
  template <class Candidate, class Peer>
  void compare(const Case& what, const std::string& peer, const std::string& setting, Limit limit,
               Candidate&& candidate, Peer&& work_of_peer) {
    compare(what, peer, setting, limit, options_, candidate, work_of_peer);
  }
  template <class Candidate, class Peer>
  void compare(const Case& what, const std::string& peer, const std::string& setting, Limit limit,
               const Options& options, Candidate&& candidate, Peer&& work_of_peer) {
    if (!wants(what.name)) return;
    SystemClock clock;
    add(what, peer, setting, limit, bench::compare(clock, options, candidate, work_of_peer));
  }

  void add(const Case& what, const std::string& peer, const std::string& setting, Limit limit,
           const Comparison& result);
  void add(const Single& single);

  // Says that something can't be measured here and why.
  void skip(const std::string& name, const std::string& reason);

  // The same of a device; ends the program where its arguments name the device.
  void skip_device(const std::string& name, const std::string& device, const std::string& reason);

  // Writes the document where it was asked for. The exit status: 0, or 2 when a limit was missed.
  int finish();

 private:
  std::string what_;
  Options options_;
  bool json_ = false;
  bool missed_ = false;
  bool undecided_ = false;  // a case had too few undisturbed rounds
  std::string only_;
  std::vector<std::string> arguments_;
  std::vector<std::string> cases_;  // as JSON
  void line(const char* format, ...) __attribute__((format(printf, 2, 3)));
};

// Ends the program with a sentence: a benchmark has nobody to hand an error to.
[[noreturn]] void stop(const char* format, ...) __attribute__((format(printf, 1, 2)));

}  // namespace bench
