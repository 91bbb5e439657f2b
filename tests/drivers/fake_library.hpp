// Opens a fake driver or run-time compiler for a test: its functions by name, and its control.
#pragma once

#include <dlfcn.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

#include "runtime/kernels/dialect.hpp"
#include "tests/drivers/gpu_fake/fake_control.hpp"

namespace halyard::test {

class FakeLibrary {
 public:
  explicit FakeLibrary(const char* path) : library_(dlopen(path, RTLD_NOW | RTLD_LOCAL)) {
    if (library_ == nullptr) ADD_FAILURE() << dlerror();
  }
  void* find(const std::string& name) const { return dlsym(library_, name.c_str()); }
  // Calls a function whose name and signature the caller knows.
  template <class Signature, class... Arguments>
  auto call(const char* name, Arguments... arguments) const {
    auto* function = reinterpret_cast<Signature*>(find(name));
    if (function == nullptr) ADD_FAILURE() << name << " is not exported";
    return function(arguments...);
  }

  int configure(const char* key, const std::string& value) const {
    return call<halyard_fake_configure_fn>("halyard_fake_configure", key, value.c_str());
  }
  std::string misuses() const { return call<halyard_fake_misuses_fn>("halyard_fake_misuses"); }
  int64_t live(const char* kind) const { return call<halyard_fake_live_fn>("halyard_fake_live", kind); }
  uint64_t calls(const char* name) const { return call<halyard_fake_calls_fn>("halyard_fake_calls", name); }

 private:
  void* library_;
};

// A kernel file of the tree, as the vendor's compiler gets it.
inline std::string device_text(const std::string& path, hy_dialect dialect) {
  std::ifstream file(std::string(HALYARD_ROOT) + "/" + path, std::ios::binary);
  std::stringstream source;
  source << file.rdbuf();
  std::string text;
  hy_error error{};
  EXPECT_EQ(dialect::expand(source.str(), path, dialect, {}, &text, &error), HY_OK) << error.message;
  return text;
}

// The last parameter of every kernel.
struct DeviceGrid {
  unsigned long long first[3];
  unsigned long long groups[3];
};

}  // namespace halyard::test
