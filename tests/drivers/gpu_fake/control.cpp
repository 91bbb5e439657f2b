#include "tests/drivers/gpu_fake/control.hpp"

#include <pthread.h>
#include <unistd.h>

#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <sstream>
#include <vector>

#include "tests/drivers/gpu_fake/codes.hpp"
#include "tests/drivers/gpu_fake/fake_control.hpp"

namespace gpu_fake {
namespace {

struct Order {
  std::string name;
  uint64_t at = 0;  // counted from 1
  int code = 0;
  bool from_there_on = false;
  uint64_t seen = 0;
};

struct Control {
  std::mutex mutex;
  std::map<std::string, std::string> settings;
  std::vector<Order> orders;
  std::string hang, abort;
  std::string misuses;
  std::map<std::string, uint64_t> base_counts;  // of the last "orders"
  const char* failed = nullptr;
  uint64_t lose_at = 0, launches = 0;
  int lose_code = 700;
  RestartFn* restart = nullptr;
  LiveFn* live = nullptr;
};

std::atomic<const Call*> first_call{nullptr};
std::atomic<bool> has_orders{false}, forked{false};

// Never destroyed: streams' threads may outlive the statics.
Control& control() {
  static Control* one = [] {
    pthread_atfork(nullptr, nullptr, [] { forked = true; });
    return new Control;
  }();
  return *one;
}

const char* const kKeys[] = {
    "devices", "memory", "name", "architecture", "uuid", "pci", "driver_version", "runtime_version", "ptx_version",
    "compute_mode", "peers", "pools", "managed", "threads_per_block", "shared_per_block", "wave_size", "grid_y",
    "leaks", "hide", "compiler", "partitions",
    // Level Zero's
    "drivers", "tiles", "npu", "modern", "api", "device_id", "integrated", "fp64", "fp16", "atomics64", "hierarchy",
    "zero", "reorder", "refuse", "timer", "timestamp_bits", "timestamp_from", "unshared", "llvm"};

bool add_order(const char* value, bool from_there_on) {
  Order order;
  std::istringstream words(value);
  std::string code;
  if (!(words >> order.name >> order.at >> code) || order.at == 0) return false;
  order.code = static_cast<int>(std::strtol(code.c_str(), nullptr, 0));
  order.from_there_on = from_there_on;
  control().orders.push_back(order);
  return true;
}

void count_from_here() {
  for (const Call* call = first_call; call != nullptr; call = call->next()) {
    control().base_counts[call->name()] = call->count();
  }
}

bool configure_locked(const std::string& key, const char* value) {
  Control& c = control();
  if (key == "fail" || key == "fail_from") {
    if (!add_order(value, key == "fail_from")) return false;
  } else if (key == "lose_from_launch") {
    c.launches = 0, c.lose_code = 700;
    if (std::sscanf(value, "%lu %i", &c.lose_at, &c.lose_code) < 1) return false;
  } else if (key == "hang") {
    c.hang = value;
  } else if (key == "abort") {
    c.abort = value;
  } else if (key == "orders") {
    c.orders.clear(), c.hang.clear(), c.abort.clear();
    c.lose_at = 0, c.failed = nullptr;
    count_from_here();
  } else if (key == "misuses") {
    c.misuses.clear();
  } else if (key == "settings") {
    c.settings.clear();
  } else {
    for (const char* known : kKeys) {
      if (key == known) {
        c.settings[key] = value;
        return true;
      }
    }
    return false;
  }
  has_orders = !c.orders.empty() || !c.hang.empty() || !c.abort.empty();
  return true;
}

void read_environment() {
  const char* text = std::getenv(kEnvironment);
  std::istringstream pairs(text == nullptr ? "" : text);
  for (std::string pair; std::getline(pairs, pair, ';');) {
    const std::size_t equals = pair.find('=');
    const std::string value = equals == std::string::npos ? "" : pair.substr(equals + 1);
    if (!pair.empty() && !configure_locked(pair.substr(0, equals), value.c_str())) {
      std::fprintf(stderr, "%s: '%s' is not understood\n", kEnvironment, pair.c_str());
      std::abort();
    }
  }
}

void ensure_environment() {
  static std::once_flag once;
  std::call_once(once, [] {
    std::lock_guard lock(control().mutex);
    read_environment();
  });
}

bool names(const std::string& pattern, const char* name) { return pattern == "*" || pattern == name; }

int ordered(const char* name) {
  Control& c = control();
  std::unique_lock lock(c.mutex);
  if (!c.abort.empty() && names(c.abort, name)) std::abort();
  if (!c.hang.empty() && names(c.hang, name)) {
    lock.unlock();
    for (;;) pause();
  }
  int code = 0;
  for (Order& order : c.orders) {
    if (!names(order.name, name)) continue;
    ++order.seen;
    const bool due = order.from_there_on ? order.seen >= order.at : order.seen == order.at;
    if (due && code == 0) code = order.code, c.failed = name;
  }
  return code;
}

}  // namespace

thread_local bool inside_host_function = false;

Call::Call(const char* name) : name_(name), next_(first_call.load()) {
  while (!first_call.compare_exchange_weak(next_, this)) {
  }
}

int Call::enter() {
  ensure_environment();
  count_.fetch_add(1, std::memory_order_relaxed);
  if (forked) return misuse(kNotInitialized, "%s was called in a forked child", name_);
  if (inside_host_function) return misuse(kNotPermitted, "%s was called from inside a host function", name_);
  return has_orders.load(std::memory_order_relaxed) ? ordered(name_) : 0;
}

int misuse(int code, const char* format, ...) {
  char line[512];
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  std::lock_guard lock(control().mutex);
  if (control().misuses.size() < 65536) control().misuses += std::string(line) + "\n";
  return code;
}

std::string setting(const char* key, const std::string& otherwise) {
  ensure_environment();
  std::lock_guard lock(control().mutex);
  const auto found = control().settings.find(key);
  return found == control().settings.end() ? otherwise : found->second;
}

int64_t setting_number(const char* key, int64_t otherwise) {
  const std::string text = setting(key, "");
  return text.empty() ? otherwise : std::strtoll(text.c_str(), nullptr, 0);
}

std::string setting_of(const char* key, int device, const std::string& otherwise) {
  std::istringstream values(setting(key, otherwise));
  std::string value;
  for (int i = 0; i <= device && std::getline(values, value, ','); ++i) {
  }
  return value;
}

bool launch_loses_device(int* code) {
  Control& c = control();
  std::lock_guard lock(c.mutex);
  *code = c.lose_code;
  return c.lose_at != 0 && ++c.launches >= c.lose_at;
}

void set_driver_hooks(RestartFn* restart, LiveFn* live) {
  control().restart = restart;
  control().live = live;
}

}  // namespace gpu_fake

GPU_FAKE_EXPORT int halyard_fake_configure(const char* key, const char* value) {
  using namespace gpu_fake;
  ensure_environment();
  if (std::strcmp(key, "restart") == 0) {
    if (control().restart != nullptr) control().restart();
    return 0;
  }
  std::lock_guard lock(control().mutex);
  return configure_locked(key, value) ? 0 : 1;
}

GPU_FAKE_EXPORT uint64_t halyard_fake_calls(const char* name) {
  using namespace gpu_fake;
  std::lock_guard lock(control().mutex);
  uint64_t calls = 0;
  for (const Call* call = first_call; call != nullptr; call = call->next()) {
    const auto base = control().base_counts.find(call->name());
    if (name == nullptr || names(name, call->name())) {
      calls += call->count() - (base == control().base_counts.end() ? 0 : base->second);
    }
  }
  return calls;
}

GPU_FAKE_EXPORT const char* halyard_fake_failed() {
  std::lock_guard lock(gpu_fake::control().mutex);
  return gpu_fake::control().failed;
}

GPU_FAKE_EXPORT const char* halyard_fake_misuses() {
  static thread_local std::string text;
  std::lock_guard lock(gpu_fake::control().mutex);
  text = gpu_fake::control().misuses;
  return text.c_str();
}

GPU_FAKE_EXPORT int64_t halyard_fake_live(const char* kind) {
  return gpu_fake::control().live == nullptr ? 0 : gpu_fake::control().live(kind);
}
