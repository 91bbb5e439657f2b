// Loaded images and launches of their kernels.
#pragma once

#include "tests/drivers/gpu_fake/image.hpp"
#include "tests/drivers/gpu_fake/kernel_abi.hpp"
#include "tests/drivers/gpu_fake/stream.hpp"

namespace gpu_fake {

struct Module : Object {
  ~Module() override;
  const char* kind() const override { return "module"; }
  void* library = nullptr;
  int file = -1;
  hy_fake_now* now = nullptr;
  char* shared = nullptr;  // local memory of all its kernels
  size_t shared_bytes = 0;
  std::string target;
  int pending = 0;     // launches of its kernels under way; guarded by `running`
  std::mutex running;  // one kernel of it at a time: its local memory and ids are its own
  std::mutex functions_mutex;
  std::map<std::string, void*> functions;  // handles given out
};

struct Function : Object {
  const char* kind() const override { return "function"; }
  std::shared_ptr<Module> module;
  std::string name;
  const hy_fake_kernel* kernel = nullptr;
  size_t shared_bytes = 0;    // from NAME__hy_meta, where there is one
  unsigned required[3] = {};  // the workgroup that it was compiled for; 0: any
  unsigned most_threads = 0;
};

// Whether images of `target` run on a device of `architecture`: a code of codes.hpp.
using FitsFn = int(const Image& image, const std::string& architecture, std::string* why);

int load_module(const std::shared_ptr<Context>& context, const void* image, FitsFn* fits, void** handle,
                std::string* why);
// Of a shared object that was taken out of its image already.
int load_elf(const std::shared_ptr<Context>& context, const std::string& elf, const std::string& target, void** handle,
             std::string* why);
int unload_module(const std::shared_ptr<Module>& module, const char* function);
// Null: the module has no such kernel.
std::shared_ptr<Function> make_function(const std::shared_ptr<Module>& module, const std::string& name);
int get_function(const std::shared_ptr<Module>& module, const char* name, void** handle);
// A global of the module becomes memory of the device.
int get_global(const std::shared_ptr<Module>& module, const char* name, uintptr_t* address, size_t* bytes);

struct Geometry {
  hy_fake_uint3 groups{}, items{};
  size_t dynamic_shared = 0;
};
// A launch, checked, as a command for streams of `context`. `arguments`: a pointer a parameter.
int prepare_launch(const std::shared_ptr<Function>& function, const std::shared_ptr<Context>& context,
                   const Geometry& geometry, void** arguments, const char* caller, Command* out);
int launch(const std::shared_ptr<Function>& function, const std::shared_ptr<Stream>& stream, const Geometry& geometry,
           void** arguments, const char* caller);

unsigned threads_per_block();
size_t shared_per_block();
unsigned wave_size();
std::string architecture(int device);

}  // namespace gpu_fake
