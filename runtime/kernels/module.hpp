// Modules: kernels of one source compiled for one device with given constants, made once and shared by all kernels that
// come from them. A module lives as long as its bundle and its device.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "halyard/backend.h"
#include "halyard/halyard.h"

namespace halyard::kernels {

struct Module {
  hy_bundle* bundle = nullptr;    // not held: the bundle unloads its modules when it goes
  std::uint32_t source = 0;       // of the bundle
  std::string constants;          // canonical text: part of the module's name
  std::mutex making;              // held while it is compiled and loaded, so that threads that want the same one wait
  hy_b_module* handle = nullptr;  // null until it was loaded
  hy_image_format format = 0;
  bool from_cache = false;
};

// The modules of one device. Threads may use it at once; compiling one module does not hold up another.
class ModuleTable {
 public:
  explicit ModuleTable(hy_device* device);  // which outlives it
  ~ModuleTable();                           // unloads; no kernel of the device is left then
  ModuleTable(const ModuleTable&) = delete;
  ModuleTable& operator=(const ModuleTable&) = delete;

  struct Request {
    hy_bundle* bundle;
    std::uint32_t source;
    const char* kernel;  // that is wanted of it, for messages
  };
  // The module for a source with the caller's constants; compiled and loaded if it is not yet.
  hy_status acquire(const Request& request, std::span<const hy_constant> constants, Module** out, hy_error* error);

  // Unloads the modules of a bundle that goes away.
  void forget(hy_bundle* bundle) noexcept;

 private:
  Module* find_or_add(hy_bundle* bundle, std::uint32_t source, std::string constants);

  hy_device* device_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Module>> modules_;
};

}  // namespace halyard::kernels
