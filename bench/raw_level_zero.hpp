// The peer on Level Zero: the loader's own calls on one immediate command list, made as a careful program without
// Halyard would: arguments and group sizes are set when they change, no events but where there is no other way to wait.
// Of the shape of raw_gpu.hpp; opened at run time, so that the benchmarks build without any SDK.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "open_library.hpp"

namespace bench {

// The first GPU, one list that keeps its order (or, where the driver has none, one with a barrier behind each command).
class RawLevelZero {
 public:
  using Memory = std::uint64_t;
  struct Kernel {
    void* function = nullptr;
    unsigned items = 0;  // of the workgroup that is set
  };

  std::string problem;  // empty when it is usable

  RawLevelZero() { problem = open(); }

  static const char* backend() { return "level_zero"; }
  static const char* name() { return "raw Level Zero"; }

  // Machine code of OpenCL C, in which RAW_KERNEL, RAW_ONE_ITEM, RAW_GLOBAL, RAW_RESTRICT and RAW_ID are written for
  // what languages differ in.
  std::string compile(const std::string& source) {
    const std::string text =
        "#define RAW_KERNEL __kernel\n#define RAW_GLOBAL __global\n#define RAW_ID get_global_id(0)\n"
        "#define RAW_RESTRICT restrict\n#define RAW_ONE_ITEM __attribute__((reqd_work_group_size(1, 1, 1)))\n" +
        source;
    void* library = open_first({"libocloc.so.1", "libocloc.so"});
    if (library == nullptr) return problem = "there is no libocloc.so", "";
    auto* const invoke = reinterpret_cast<Invoke*>(dlsym(library, "oclocInvoke"));
    if (invoke == nullptr) return problem = "libocloc.so lacks oclocInvoke", "";
    char device[16];
    std::snprintf(device, sizeof device, "0x%04x", device_id_);
    const char* words[] = {"ocloc", "compile", "-file",    "raw.cl",       "-device",
                           device,  "-64",     "-options", "-cl-std=CL2.0"};
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.c_str());
    const std::uint64_t size = text.size() + 1;
    const char* const name = "raw.cl";
    std::uint32_t count = 0;
    std::uint8_t** outputs = nullptr;
    std::uint64_t* sizes = nullptr;
    char** names = nullptr;
    const int code =
        invoke(9, words, 1, &bytes, &size, &name, 0, nullptr, nullptr, nullptr, &count, &outputs, &sizes, &names);
    std::string image, log;
    for (std::uint32_t i = 0; i < count; ++i) {
      const std::string file(names[i]), output(reinterpret_cast<const char*>(outputs[i]), sizes[i]);
      if (file == "stdout.log") log = output;
      if (file.size() > 4 && file.compare(file.size() - 4, 4, ".bin") == 0) image = output;
    }
    if (code != 0 || image.empty()) problem = "the raw kernel does not build: " + log;
    return image;
  }

  Kernel kernel(const std::string& source, const char* function) {
    const std::string code = compile(source);
    return problem.empty() ? load(code, function) : Kernel{};
  }

  Kernel load(const std::string& code, const char* function) {
    const ModuleDescription module_of{0x1b, nullptr, 1, code.size(), code.data(), "", nullptr};
    const KernelDescription kernel_of{0x1d, nullptr, 0, function};
    void* module = nullptr;
    Kernel made;
    if (call_.module_create(context_, device_, &module_of, &module, nullptr) != 0 ||
        call_.kernel_create(module, &kernel_of, &made.function) != 0) {
      problem = "the raw kernel can't be loaded";
    }
    return made;
  }

  template <class... Values>
  void set(Kernel& kernel, const Values&... values) {
    std::uint32_t at = 0;
    (call_.set_argument(kernel.function, at++, sizeof values, &values), ...);
  }
  bool launch(Kernel& kernel, unsigned groups, unsigned items) {
    if (kernel.items != items && call_.set_group_size(kernel.function, kernel.items = items, 1, 1) != 0) return false;
    const std::uint32_t count[3] = {groups, 1, 1};
    return in_order(call_.launch(list_, kernel.function, count, nullptr, 0, nullptr));
  }
  bool wait() {
    if (event_ == nullptr) return call_.list_wait(list_, UINT64_MAX) == 0;
    return call_.barrier(list_, event_, 0, nullptr) == 0 && call_.event_wait(event_, UINT64_MAX) == 0 &&
           call_.event_reset(event_) == 0;
  }

  Memory buffer(std::uint64_t bytes) {
    const MemoryDescription description{0x15, nullptr, 0, 0};
    void* made = nullptr;
    if (call_.allocate(context_, &description, bytes, 256, device_, &made) != 0) problem = "no raw buffer";
    return reinterpret_cast<std::uintptr_t>(made);
  }
  void release(Memory memory) { call_.release(context_, pointer(memory)); }
  // Host memory that the device reaches.
  void* pinned(std::uint64_t bytes) {
    const MemoryDescription description{0x16, nullptr, 0, 0};
    void* made = nullptr;
    if (call_.pinned(context_, &description, bytes, 256, &made) != 0) problem = "no pinned memory";
    return made;
  }
  void release_pinned(void* memory) { call_.release(context_, memory); }
  // Wait until they are done.
  bool write(Memory to, const void* from, std::uint64_t bytes) {
    return in_order(call_.copy(list_, pointer(to), from, bytes, nullptr, 0, nullptr)) && wait();
  }
  bool read(void* to, Memory from, std::uint64_t bytes) {
    return in_order(call_.copy(list_, to, pointer(from), bytes, nullptr, 0, nullptr)) && wait();
  }

 private:
  // Structures begin with their type and what is chained to them.
  struct ContextDescription {
    std::uint32_t type;
    const void* next;
    std::uint32_t flags;
  };
  struct QueueDescription {
    std::uint32_t type;
    const void* next;
    std::uint32_t ordinal, index, flags, mode, priority;
  };
  struct MemoryDescription {
    std::uint32_t type;
    const void* next;
    std::uint32_t flags, ordinal;
  };
  struct ModuleDescription {
    std::uint32_t type;
    const void* next;
    std::uint32_t format;
    std::size_t bytes;
    const void* data;
    const char* flags;
    const void* constants;
  };
  struct KernelDescription {
    std::uint32_t type;
    const void* next;
    std::uint32_t flags;
    const char* name;
  };
  struct PoolDescription {
    std::uint32_t type;
    const void* next;
    std::uint32_t flags, count;
  };
  struct EventDescription {
    std::uint32_t type;
    const void* next;
    std::uint32_t index, signal, wait;
  };
  struct DeviceProperties {
    std::uint32_t type;
    void* next;
    std::uint32_t kind, vendor, id;
    char rest[484];  // more than there is
  };
  struct Extension {
    char name[256];
    std::uint32_t version;
  };
  using Invoke = int(unsigned, const char*[], std::uint32_t, const std::uint8_t**, const std::uint64_t*,
                     const char* const*, std::uint32_t, const std::uint8_t**, const std::uint64_t*, const char**,
                     std::uint32_t*, std::uint8_t***, std::uint64_t**, char***);

  struct Calls {
    unsigned (*init)(std::uint32_t);
    unsigned (*drivers)(std::uint32_t*, void**);
    unsigned (*extensions)(void*, std::uint32_t*, Extension*);
    unsigned (*devices)(void*, std::uint32_t*, void**);
    unsigned (*properties)(void*, DeviceProperties*);
    unsigned (*context_create)(void*, const ContextDescription*, void**);
    unsigned (*list_create)(void*, void*, const QueueDescription*, void**);
    unsigned (*barrier)(void*, void*, std::uint32_t, void**);
    unsigned (*copy)(void*, void*, const void*, std::size_t, void*, std::uint32_t, void**);
    unsigned (*launch)(void*, void*, const std::uint32_t*, void*, std::uint32_t, void**);
    unsigned (*pool_create)(void*, const PoolDescription*, std::uint32_t, void**, void**);
    unsigned (*event_create)(void*, const EventDescription*, void**);
    unsigned (*event_wait)(void*, std::uint64_t);
    unsigned (*event_reset)(void*);
    unsigned (*allocate)(void*, const MemoryDescription*, std::size_t, std::size_t, void*, void**);
    unsigned (*pinned)(void*, const MemoryDescription*, std::size_t, std::size_t, void**);
    unsigned (*release)(void*, void*);
    unsigned (*module_create)(void*, void*, const ModuleDescription*, void**, void**);
    unsigned (*kernel_create)(void*, const KernelDescription*, void**);
    unsigned (*set_group_size)(void*, std::uint32_t, std::uint32_t, std::uint32_t);
    unsigned (*set_argument)(void*, std::uint32_t, std::size_t, const void*);
    unsigned (*list_wait)(void*, std::uint64_t);  // newer loaders alone; the last
  };
  static constexpr std::size_t kRequired = sizeof(Calls) / sizeof(void*) - 1;

  static const std::vector<const char*>& names() {
    static const std::vector<const char*> all = {"zeInit",
                                                 "zeDriverGet",
                                                 "zeDriverGetExtensionProperties",
                                                 "zeDeviceGet",
                                                 "zeDeviceGetProperties",
                                                 "zeContextCreate",
                                                 "zeCommandListCreateImmediate",
                                                 "zeCommandListAppendBarrier",
                                                 "zeCommandListAppendMemoryCopy",
                                                 "zeCommandListAppendLaunchKernel",
                                                 "zeEventPoolCreate",
                                                 "zeEventCreate",
                                                 "zeEventHostSynchronize",
                                                 "zeEventHostReset",
                                                 "zeMemAllocDevice",
                                                 "zeMemAllocHost",
                                                 "zeMemFree",
                                                 "zeModuleCreate",
                                                 "zeKernelCreate",
                                                 "zeKernelSetGroupSize",
                                                 "zeKernelSetArgumentValue"};
    return all;
  }

  static void* pointer(Memory memory) { return reinterpret_cast<void*>(static_cast<std::uintptr_t>(memory)); }

  // Behind each command, with what it answered.
  bool in_order(unsigned code) const {
    return code == 0 && (event_ == nullptr || call_.barrier(list_, nullptr, 0, nullptr) == 0);
  }

  std::string open() {
    void* library = open_first({"libze_loader.so.1", "libze_loader.so"});
    if (library == nullptr) return "there is no libze_loader.so.1";
    if (names().size() != kRequired) return "the names do not fit the calls";
    if (const char* missing = find_all(library, names(), &call_)) return std::string("the loader lacks ") + missing;
    const std::vector<const char*> newer = {"zeCommandListHostSynchronize"};
    find_all(library, newer, &call_.list_wait);
    void* driver = nullptr;
    std::uint32_t one = 1;
    if (call_.init(1) != 0 || call_.drivers(&one, &driver) != 0 || one == 0) return "the loader finds no driver";
    one = 1;
    if (call_.devices(driver, &one, &device_) != 0 || one == 0) return "the first driver has no device";
    DeviceProperties properties{};
    properties.type = 3;
    if (call_.properties(device_, &properties) != 0) return "the first device says nothing of itself";
    device_id_ = properties.id;
    const ContextDescription context{0xd, nullptr, 0};
    if (call_.context_create(driver, &context, &context_) != 0) return "no context";
    const bool keeps_order = call_.list_wait != nullptr && has(driver, "ZE_experimental_event_pool_counter_based");
    const QueueDescription queue{0xe, nullptr, 0, 0, keeps_order ? 2u : 0u, 2, 0};  // in order; asynchronous
    if (call_.list_create(context_, device_, &queue, &list_) != 0) return "no list";
    return keeps_order || make_event() ? "" : "no event";
  }

  bool has(void* driver, const char* extension) const {
    std::uint32_t count = 0;
    call_.extensions(driver, &count, nullptr);
    std::vector<Extension> all(count);
    call_.extensions(driver, &count, all.data());
    for (const Extension& one : all) {
      if (std::strncmp(one.name, extension, sizeof one.name) == 0) return true;
    }
    return false;
  }

  bool make_event() {
    const PoolDescription pool_of{0x10, nullptr, 1, 1};  // seen by the host
    const EventDescription event_of{0x11, nullptr, 0, 4, 4};
    void* pool = nullptr;
    return call_.pool_create(context_, &pool_of, 0, nullptr, &pool) == 0 &&
           call_.event_create(pool, &event_of, &event_) == 0;
  }

  Calls call_{};
  void *device_ = nullptr, *context_ = nullptr, *list_ = nullptr;
  void* event_ = nullptr;  // where lists keep no order
  std::uint32_t device_id_ = 0;
};

}  // namespace bench
