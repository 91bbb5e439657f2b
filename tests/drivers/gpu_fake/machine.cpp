#include "tests/drivers/gpu_fake/machine.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "tests/drivers/gpu_fake/stream.hpp"

namespace gpu_fake {
namespace {

constexpr size_t kGiB = size_t{1} << 30;
std::atomic<Machine*> current_machine{nullptr};
std::mutex machine_mutex;

// The old machine stays, as threads of its streams may still hold it; the new one knows it, so that no tool takes it
// for lost.
void restart() {
  std::lock_guard lock(machine_mutex);
  Machine* const old = current_machine;
  if (old != nullptr && old->memory.count(true) == 0) {
    for (Device& device : old->devices) device.region = nullptr;
    old->host_region = nullptr;
  }
  auto* made = new Machine;
  made->before = old;
  made->epoch = old == nullptr ? 0 : old->epoch + 1;
  current_machine = made;
}

int64_t live(const char* kind) {
  Machine& m = machine();
  const std::string wanted = kind == nullptr ? "" : kind;
  std::lock_guard lock(m.mutex);
  if (wanted == "bytes") {
    size_t bytes = 0;
    for (const Device& device : m.devices) bytes += device.used_bytes;
    return static_cast<int64_t>(bytes);
  }
  int64_t count = wanted.empty() || wanted == "allocation" ? static_cast<int64_t>(m.memory.count(true)) : 0;
  for (const auto& [handle, object] : m.objects) {
    const std::string is = object->kind();
    const bool given = is != "function" && is != "driver" && is != "device";  // not by anybody's asking for one more
    const bool counts = given && (is != "context" || kVendor.own_contexts);
    if (wanted.empty() ? counts : wanted == is) ++count;
  }
  for (const Device& device : m.devices) {  // what exists without anybody's asking
    if (device.default_pool != nullptr && (wanted.empty() || wanted == "pool")) --count;
  }
  return count;
}

void make_default_pool(Machine& m, Device& device) {
  device.default_pool = std::make_shared<Pool>();
  device.default_pool->device = device.index;
  m.add(device.default_pool);
  device.pools.push_back(device.default_pool);
}

}  // namespace

Machine& machine() {
  if (Machine* made = current_machine.load(std::memory_order_acquire)) return *made;
  std::lock_guard lock(machine_mutex);
  if (current_machine == nullptr) {
    current_machine = new Machine;
    set_driver_hooks(restart, live);
  }
  return *current_machine;
}

__attribute__((constructor)) static void hooks() { set_driver_hooks(restart, live); }

void* Machine::add(const std::shared_ptr<Object>& object) {
  object->handle = reinterpret_cast<void*>(next_handle);
  next_handle += 64;
  objects[object->handle] = object;
  return object->handle;
}

std::shared_ptr<Object> Machine::find(void* handle, const char* kind, const char* function) {
  std::lock_guard lock(mutex);
  const auto found = objects.find(handle);
  if (found != objects.end() && found->second->kind() == std::string(kind)) return found->second;
  const auto gone = destroyed.find(handle);
  if (found != objects.end()) {
    misuse(0, "%s got a %s where it takes a %s", function, found->second->kind(), kind);
  } else if (gone != destroyed.end()) {
    misuse(0, "%s got a %s that was destroyed already", function, gone->second);
  } else {
    misuse(0, "%s got %p, which is no %s", function, handle, kind);
  }
  return nullptr;
}

void Machine::drop(void* handle) {
  const auto found = objects.find(handle);
  if (found == objects.end()) return;
  destroyed[handle] = found->second->kind();
  objects.erase(found);
}

int initialize() {
  Machine& m = machine();
  if (m.initialized.load(std::memory_order_acquire)) return kSuccess;
  std::lock_guard lock(m.mutex);
  if (m.initialized) return kSuccess;
  const int64_t count = kVendor.device_total != nullptr ? kVendor.device_total() : setting_number("devices", 2);
  if (count == 0) return kNoDevice;
  m.host_region = std::make_unique<Region>(64 * kGiB);
  for (int i = 0; i < count; ++i) {
    Device& device = m.devices.emplace_back();
    const size_t bytes = std::strtoull(setting_of("memory", i, std::to_string(4 * kGiB)).c_str(), nullptr, 0);
    device.index = i;
    device.memory_bytes = bytes;
    device.region = std::make_unique<Region>(std::max(4 * bytes, 16 * kGiB));
    make_default_pool(m, device);
  }
  m.initialized = true;
  return kSuccess;
}

int check_device(int device, const char* function) {
  Machine& m = machine();
  std::lock_guard lock(m.mutex);
  if (!m.initialized) return misuse(kNotInitialized, "%s was called before initialisation", function);
  if (device < 0 || static_cast<size_t>(device) >= m.devices.size()) {
    return misuse(kInvalidDevice, "%s got device %d of %zu", function, device, m.devices.size());
  }
  return kSuccess;
}

std::shared_ptr<Context> retain_primary(int device) {
  Machine& m = machine();
  std::lock_guard lock(m.mutex);
  std::shared_ptr<Context>& primary = m.devices[static_cast<size_t>(device)].primary;
  if (primary == nullptr) {
    primary = std::make_shared<Context>();
    primary->device = device;
    primary->number = m.next_context++;
    m.add(primary);
    primary->null_stream = make_stream(primary, 0, 0);
  }
  ++primary->retains;
  return primary;
}

// Streams end by themselves once their work is done; memory and handles go at once.
int release_primary(int device, const char* function) {
  Machine& m = machine();
  std::vector<AllocationRef> memory;
  std::vector<std::shared_ptr<Object>> objects;
  std::shared_ptr<Context> gone;
  {
    std::lock_guard lock(m.mutex);
    std::shared_ptr<Context>& primary = m.devices[static_cast<size_t>(device)].primary;
    if (primary == nullptr) return misuse(kInvalidContext, "%s of a context that nobody retains", function);
    if (--primary->retains > 0) return kSuccess;
    gone = primary;
    primary = nullptr;
    for (const auto& [handle, object] : m.objects) {
      if (object->context == gone) objects.push_back(object);
    }
  }
  drain(gone);
  for (const auto& object : objects) {
    if (setting("leaks", "") != "allowed" && object->kind() != std::string("function")) {
      misuse(0, "%s: a %s was left in the context of device %d", function, object->kind(), device);
    }
  }
  for (const AllocationRef& allocation : m.memory.of_context(gone->number)) {
    if (setting("leaks", "") != "allowed" && allocation->kind != MemoryKind::kGlobal) {
      misuse(0, "%s: %zu bytes were left in the context of device %d", function, allocation->bytes, device);
    }
    release_memory(allocation, function);
  }
  std::lock_guard lock(m.mutex);
  for (const auto& object : objects) m.drop(object->handle);
  m.drop(gone->handle);
  close_stream(*gone->null_stream);
  gone->null_stream = nullptr;
  return kSuccess;
}

// Partitions of one device say its UUID and address, all of them.
static int physical(int device) { return setting_number("partitions", 0) != 0 ? 0 : device; }

std::string uuid_bytes(int device) {
  std::string bytes = "halyard's fake-";
  bytes.resize(16);
  bytes[15] = static_cast<char>(setting_number("uuid", 0x10) + physical(device));
  return bytes;
}

int pci_bus(int device) { return static_cast<int>(setting_number("pci", 0x41)) + physical(device) * 0x10; }

std::string pci_address(int device) {
  char text[32];
  std::snprintf(text, sizeof text, "0000:%02x:00.0", static_cast<unsigned>(pci_bus(device)));
  return text;
}

}  // namespace gpu_fake
