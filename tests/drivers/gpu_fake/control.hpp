// How tests steer a fake driver and learn what it saw: settings, orders to fail, counts of calls, and the list of
// misuses. Each fake library holds its own copy; the functions of fake_control.hpp are its face.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

namespace gpu_fake {

// One exported function: counts its calls and answers what was ordered of it.
class Call {
 public:
  explicit Call(const char* name);
  // 0, or the code that this call has to answer. May hang or abort, as ordered.
  int enter();
  const char* name() const { return name_; }
  uint64_t count() const { return count_.load(std::memory_order_relaxed); }
  const Call* next() const { return next_; }

 private:
  const char* name_;
  std::atomic<uint64_t> count_{0};
  const Call* next_;
};

// Notes that the driver was called wrongly. Returns `code`, so that a check is one statement.
int misuse(int code, const char* format, ...) __attribute__((format(printf, 2, 3)));

// A setting's value, or `otherwise`.
std::string setting(const char* key, const std::string& otherwise);
int64_t setting_number(const char* key, int64_t otherwise);
// Of one device: the values stand with commas between them, and the last is that of all further devices.
std::string setting_of(const char* key, int device, const std::string& otherwise);

// The launch (counted over all devices) from which on the device is lost, and with which code; 0: none.
bool launch_loses_device(int* code);

// Set in threads that run an application's host function.
extern thread_local bool inside_host_function;

// Answers requests that only the driver can (fake_control.hpp: "restart", live counts). Registered by it.
using RestartFn = void();
using LiveFn = int64_t(const char* kind);
void set_driver_hooks(RestartFn* restart, LiveFn* live);

// The environment variable that holds the settings of this library, "key=value;key=value".
extern const char* const kEnvironment;
// What a call from inside a host function answers here.
extern const int kNotPermitted;

}  // namespace gpu_fake

#define GPU_FAKE_EXPORT extern "C" __attribute__((visibility("default")))
// At the top of every exported function that may fail.
#define GPU_FAKE_ENTER()                       \
  static ::gpu_fake::Call call_here(__func__); \
  if (const int ordered_code = call_here.enter()) return ordered_code
// At the top of those that release something: they do it and answer the code all the same, so that nothing leaks.
#define GPU_FAKE_ENTER_RELEASE()               \
  static ::gpu_fake::Call call_here(__func__); \
  const int ordered_code = call_here.enter()
#define GPU_FAKE_RETURN_RELEASE(code) return ordered_code != 0 ? ordered_code : (code)
