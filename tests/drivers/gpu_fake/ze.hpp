// What the parts of the fake libze_loader share: its exports, declared from the backend's list of functions, what its
// handles stand for, and the checks at the top of every call.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "backends/level_zero/abi.hpp"
#include "tests/drivers/gpu_fake/machine.hpp"
#include "tests/drivers/gpu_fake/module.hpp"
#include "tests/drivers/gpu_fake/stream.hpp"
#include "tests/drivers/gpu_fake/ze_products.hpp"

namespace gpu_fake::ze {
using namespace halyard::level_zero;

// By the setting "architecture"; the first where that is none.
const Product& product_of(int root);

struct Driver : Object {
  const char* kind() const override { return "driver"; }
  bool npu = false;
  std::vector<struct ZeDevice*> roots;
};

// A root or a tile. The index is the core's.
struct ZeDevice : Object {
  const char* kind() const override { return "device"; }
  Driver* driver = nullptr;
  int index = 0, number = 0;  // `number` of its root, counted over all drivers
  int tile = -1;              // -1: a root
  ZeDevice* root = nullptr;   // null: it is one
  std::vector<ZeDevice*> tiles;
};

// What zeInit made of the settings.
struct Front {
  bool modern = true, flat = true;
  uint32_t api = 0;
  std::vector<std::shared_ptr<Driver>> drivers;
  std::vector<std::shared_ptr<ZeDevice>> devices;  // by the core's index
};
// Null before zeInit.
Front* front();
ZeDevice* device_of(void* handle, const char* function);
// By the setting "peers": 0, 1, or the rows of a matrix over the roots, "110/110/001". Tiles go with their root.
bool can_access(const ZeDevice& device, const ZeDevice& peer);

// A context holds one of the core's for each device of its driver.
struct ZeContext : Object {
  const char* kind() const override { return "context"; }
  Driver* driver = nullptr;
  std::map<int, std::shared_ptr<Context>> of;
  const std::shared_ptr<Context>& any() const { return of.begin()->second; }
  bool owns(uint64_t number) const;
};

struct EventPool : Object {
  const char* kind() const override { return "event pool"; }
  std::shared_ptr<ZeContext> owner;
  uint32_t count = 0;
  bool counter_based = false, host_visible = false;
  std::vector<const ZeDevice*> devices;  // none: all
  std::set<uint32_t> used;
};

// An ordinary event has one ticket from its creation, or its last reset, on; one that counts gets a new one each time.
struct ZeEvent : Event {
  std::shared_ptr<EventPool> pool;
  uint32_t index = 0;
  std::atomic<int> signals{0}, waits{0}, host_waits{0};  // under way
  std::weak_ptr<Stream> signaller;
};
bool is_signalled(ZeEvent& event);

struct List : Stream {
  const char* kind() const override { return "command list"; }
  std::shared_ptr<ZeContext> owner;
  const ZeDevice* device = nullptr;
  bool in_order = false, synchronous = false, copies_only = false;
  std::atomic<bool> busy{false};
};

struct Kernel : Object {
  const char* kind() const override { return "kernel"; }
  std::shared_ptr<Module> module;
  std::shared_ptr<Function> function;
  std::vector<std::vector<char>> arguments;  // empty: not set
  hy_fake_uint3 items{};                     // 0: not set
  std::atomic<bool> busy{false};
  std::atomic<int> pending{0};
  const List* last = nullptr;
};

struct BuildLog : Object {
  const char* kind() const override { return "build log"; }
  std::string text;
};

// Appends a command whose waits and signal are checked and done here.
struct Sync {
  ze_event_handle_t signal = nullptr;
  uint32_t count = 0;
  ze_event_handle_t* waits = nullptr;
};
ze_result_t append(const std::shared_ptr<List>& list, Command command, const Sync& sync, const char* function);

// The core's codes in Level Zero's words.
ze_result_t as_result(int code);
// Notes a misuse, and answers `code`.
ze_result_t wrong(ze_result_t code, const char* format, ...) __attribute__((format(printf, 2, 3)));
// Whether zeInit was called.
bool is_ready(const char* function);

// Of a structure that the caller filled or wants filled: its type, and nothing chained.
template <class T>
bool has_type(const T* structure, ze_structure_type_t expected, const char* name, const char* function) {
  if (structure == nullptr || structure->stype != expected) {
    wrong(ZE_RESULT_ERROR_INVALID_ENUMERATION, "%s: %s has the wrong type", function, name);
    return false;
  }
  return true;
}
template <class T>
bool is_plain(const T* structure, ze_structure_type_t expected, const char* name, const char* function) {
  if (!has_type(structure, expected, name, function)) return false;
  if (structure->pNext == nullptr) return true;
  wrong(ZE_RESULT_ERROR_INVALID_ARGUMENT, "%s: %s has something chained that the driver does not know", function, name);
  return false;
}
#define ZE_PLAIN(structure, type) ::gpu_fake::ze::is_plain(structure, ZE_STRUCTURE_TYPE_##type, #structure, __func__)

// Hands out handles as every function that lists things does.
template <class Handle, class List>
ze_result_t give_list(uint32_t* count, Handle* out, const List& list, const char* function) {
  if (count == nullptr) return wrong(ZE_RESULT_ERROR_INVALID_NULL_POINTER, "%s without a count", function);
  const auto total = static_cast<uint32_t>(list.size());
  if (*count == 0 || *count > total) *count = total;
  for (uint32_t i = 0; out != nullptr && i < *count; ++i) out[i] = reinterpret_cast<Handle>(list[i]->handle);
  return ZE_RESULT_SUCCESS;
}

// Notes when a second thread comes to an object that is one thread's at a time.
class Alone {
 public:
  Alone(std::atomic<bool>& busy, const char* kind, const char* function) : busy_(busy), first_(!busy.exchange(true)) {
    if (!first_) misuse(0, "%s: another thread uses the %s at the same time", function, kind);
  }
  ~Alone() {
    if (first_) busy_ = false;
  }
  Alone(const Alone&) = delete;
  Alone& operator=(const Alone&) = delete;

 private:
  std::atomic<bool>& busy_;
  bool first_;
};

}  // namespace gpu_fake::ze

namespace halyard::level_zero {
#define ZE_DECLARE(name, result, parameters) GPU_FAKE_EXPORT result name parameters;
HALYARD_ZE_REQUIRED(ZE_DECLARE)
#ifndef HALYARD_FAKE_ZE_OLD
HALYARD_ZE_OPTIONAL(ZE_DECLARE)
#endif
#undef ZE_DECLARE
}  // namespace halyard::level_zero

#define ZE_ENTER()                                                                               \
  static ::gpu_fake::Call call_here(__func__);                                                   \
  if (const int ordered_code = call_here.enter()) return static_cast<ze_result_t>(ordered_code); \
  if (!::gpu_fake::ze::is_ready(__func__)) return ZE_RESULT_ERROR_UNINITIALIZED
#define ZE_ENTER_RELEASE()                     \
  static ::gpu_fake::Call call_here(__func__); \
  const int ordered_code = call_here.enter()
#define ZE_RETURN_RELEASE(code) return ordered_code != 0 ? static_cast<ze_result_t>(ordered_code) : (code)
// Declares `name` as what a handle stands for, or returns.
#define ZE_FIND(type, name, handle, kind)                           \
  const auto name = ::gpu_fake::find<type>(handle, kind, __func__); \
  if (name == nullptr) return ZE_RESULT_ERROR_INVALID_NULL_HANDLE
#define ZE_DEVICE(name, handle)                                       \
  ZeDevice* const name = ::gpu_fake::ze::device_of(handle, __func__); \
  if (name == nullptr) return ZE_RESULT_ERROR_INVALID_NULL_HANDLE
#define ZE_CONTEXT(name, handle) ZE_FIND(ZeContext, name, handle, "context")
