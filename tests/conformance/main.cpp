// Runs the conformance suite on one device and prints every case: the program behind the tests conformance.cpu,
// conformance.opencl and conformance.template, and a model for a vendor's own.
//
//   conformance_suite [--device SELECTOR] [--plugin PATH] [--filter WORDS] [--seed N] [--at-least N] [--quick] [--full]
//                     [--list] [--failures-only] [--fake LIBRARY] [--bundles FOLDER] [--without-hardware]
//
// --fake: the device is a fake driver's (tests/drivers), which must have noted no misuse at the end.
//
// Exit codes: 0 all passed or skipped, 1 failures or fewer passed than --at-least, 64 wrong usage, 77 no such device.
#include <dlfcn.h>

#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string>
#include <thread>

#include "tests/conformance/conformance.hpp"
#include "tests/drivers/gpu_fake/fake_control.hpp"

namespace {

using namespace halyard::conformance;

struct Arguments {
  std::string device;
  std::string plugin;
  std::string fake;
  std::uint32_t at_least = 0;
  bool list = false;
  bool failures_only = false;
  Options options;
};

bool parse(int argc, char** argv, Arguments& out) {
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const auto value = [&]() -> const char* { return i + 1 < argc ? argv[++i] : ""; };
    if (word == "--device") {
      out.device = value();
    } else if (word == "--plugin") {
      out.plugin = value();
    } else if (word == "--fake") {
      out.fake = value();
    } else if (word == "--bundles") {
      out.options.bundles = value();
    } else if (word == "--filter") {
      out.options.filter = value();
    } else if (word == "--seed") {
      out.options.seed = std::strtoull(value(), nullptr, 0);
    } else if (word == "--at-least") {
      out.at_least = static_cast<std::uint32_t>(std::strtoul(value(), nullptr, 10));
    } else if (word == "--quick") {
      out.options.quick = true;
    } else if (word == "--full") {
      out.options.full = true;
    } else if (word == "--without-hardware") {
      out.options.without_hardware = true;
    } else if (word == "--list") {
      out.list = true;
    } else if (word == "--failures-only") {
      out.failures_only = true;
    } else {
      std::fprintf(stderr, "conformance_suite: unknown word '%s'\n", word.c_str());
      return false;
    }
  }
  return true;
}

// Names on standard error a case that takes very long, so that a hang is not a riddle.
class Watch {
 public:
  Watch() : thread_([this] { run(); }) {}
  ~Watch() {
    {
      std::lock_guard lock(mutex_);
      done_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }
  void begin(const std::string& name) {
    std::lock_guard lock(mutex_);
    name_ = name;
    ++number_;
    changed_.notify_all();
  }

 private:
  void run() {
    std::unique_lock lock(mutex_);
    while (!done_) {
      const int seen = number_;
      const bool moved = changed_.wait_for(lock, std::chrono::seconds(60), [&] { return done_ || number_ != seen; });
      if (!moved && !name_.empty()) std::fprintf(stderr, "still running: %s\n", name_.c_str());
    }
  }
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string name_;
  int number_ = 0;
  bool done_ = false;
  std::thread thread_;
};

// At once, so that nothing is lost when a later case takes the process down.
void print(const Arguments& arguments, const CaseResult& item) {
  if (arguments.failures_only && item.result != Outcome::failed) return;
  std::printf("%-7s %7.3f s  %s%s%s\n", outcome_name(item.result), item.seconds, item.name.c_str(),
              item.reason.empty() ? "" : ": ", item.reason.c_str());
  std::fflush(stdout);
}

int report(const Arguments& arguments, const halyard::Device& device, const Summary& summary) {
  double seconds = 0;
  for (const CaseResult& item : summary.cases) seconds += item.seconds;
  std::printf("%s (%s:%u): %u passed, %u failed, %u skipped in %.1f s, seed %llu\n", device.info().name,
              device.info().backend, device.info().index, summary.passed, summary.failed, summary.skipped, seconds,
              static_cast<unsigned long long>(summary.seed));
  if (!arguments.options.bundles.empty()) {
    std::printf("%u kernels were taken from images in %s\n", summary.from_bundles, arguments.options.bundles.c_str());
    if (summary.from_bundles == 0) return 1;
  }
  if (summary.cases.empty()) {
    std::printf("no case's name matches '%s'; --list names them\n", arguments.options.filter.c_str());
    return 64;
  }
  if (summary.passed < arguments.at_least && arguments.options.filter.empty()) {
    std::printf("at least %u have to pass\n", arguments.at_least);
    return 1;
  }
  return summary.failed == 0 ? 0 : 1;
}

// What the fake driver that the backend has open saw wrongly done; each line is a failure.
bool used_well(const std::string& fake) {
  void* driver = dlopen(fake.c_str(), RTLD_NOW | RTLD_NOLOAD);
  auto* misuses =
      driver == nullptr ? nullptr : reinterpret_cast<halyard_fake_misuses_fn*>(dlsym(driver, "halyard_fake_misuses"));
  if (misuses == nullptr) {
    std::printf("the fake driver %s was not used\n", fake.c_str());
    return false;
  }
  const std::string text = misuses();
  if (text.empty()) return true;
  std::printf("the fake driver was called wrongly:\n%s\n", text.c_str());
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  if (!parse(argc, argv, arguments)) return 64;
  if (std::getenv("HALYARD_CONFORMANCE_QUICK") != nullptr) arguments.options.quick = true;
  if (arguments.list) {
    for (const std::string& name : case_names()) std::printf("%s\n", name.c_str());
    return 0;
  }
  if (!arguments.plugin.empty()) arguments.options.runtime.plugins = arguments.plugin.c_str();
  auto runtime = halyard::Runtime::create(arguments.options.runtime);
  if (!runtime) {
    std::fprintf(stderr, "conformance_suite: %s\n", runtime.error().c_str());
    return 1;
  }
  auto device = runtime->device(arguments.device.empty() ? nullptr : arguments.device.c_str());
  if (!device) {
    std::printf("skipped: %s\n", device.error().c_str());
    return device.error().code() == halyard::ErrorCode::unavailable ? 77 : 1;
  }
  Summary summary;
  {
    Watch watch;
    summary = run(*runtime, *device, arguments.options, [&](const std::string& name, const CaseResult* result) {
      if (result == nullptr) {
        watch.begin(name);
      } else {
        print(arguments, *result);
      }
    });
  }
  const int code = report(arguments, *device, summary);
  return arguments.fake.empty() || used_well(arguments.fake) ? code : 1;
}
