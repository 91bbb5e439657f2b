#include "tests/drivers/gpu_fake/module.hpp"

#include <dlfcn.h>
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>

#include "tests/drivers/gpu_fake/grid.hpp"

namespace gpu_fake {
namespace {

// The file stays open for as long as the library: its number is part of the name by which the loader knows it.
void* open_privately(const std::string& elf, int* kept, std::string* why) {
  const int file = memfd_create("halyard-fake-module", MFD_CLOEXEC);
  size_t written = 0;
  while (file >= 0 && written < elf.size()) {
    const ssize_t part = write(file, elf.data() + written, elf.size() - written);
    if (part <= 0) break;
    written += static_cast<size_t>(part);
  }
  void* library = nullptr;
  if (written == elf.size()) {
    const std::string path = "/proc/self/fd/" + std::to_string(file);
    library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) *why = dlerror();
  }
  if (library == nullptr && file >= 0) close(file);
  *kept = file;
  return library;
}

template <class T>
T* symbol(void* library, const std::string& name) {
  return static_cast<T*>(dlsym(library, name.c_str()));
}

size_t size_of_symbol(void* address) {
  Dl_info info{};
  void* entry = nullptr;
  if (dladdr1(address, &info, &entry, RTLD_DL_SYMENT) == 0 || entry == nullptr) return 0;
  return static_cast<const ElfW(Sym)*>(entry)->st_size;
}

// Whether a kernel may be given `address` as a buffer.
int check_pointer(const Function& function, const Context& context, unsigned index, uintptr_t address,
                  std::vector<AllocationRef>* uses, const char* caller) {
  if (address == 0) return kSuccess;
  const AllocationRef found = machine().memory.find(address, 0);
  if (found == nullptr) {
    return misuse(kInvalidValue, "%s: argument %u of %s, %p, points into no allocation", caller, index,
                  function.name.c_str(), reinterpret_cast<void*>(address));
  }
  if (found->given_back) {
    return misuse(kInvalidValue, "%s: argument %u of %s is memory that was given back", caller, index,
                  function.name.c_str());
  }
  if (!reaches(context, *found)) {
    return misuse(kInvalidValue, "%s: argument %u of %s is memory of another context", caller, index,
                  function.name.c_str());
  }
  uses->push_back(found);
  return kSuccess;
}

bool within(const hy_fake_uint3& v, unsigned x, unsigned y, unsigned z) {
  return v.x > 0 && v.y > 0 && v.z > 0 && v.x <= x && v.y <= y && v.z <= z;
}

bool within_items(const Geometry& g) {
  const uint64_t most = kVendor.max_items_a_dimension;
  return uint64_t{g.groups.x} * g.items.x <= most && uint64_t{g.groups.y} * g.items.y <= most &&
         uint64_t{g.groups.z} * g.items.z <= most;
}

int check_geometry(const Function& function, const Geometry& g, const char* caller) {
  const auto most_y = static_cast<unsigned>(setting_number("grid_y", kVendor.max_grid_y));
  const uint64_t items = uint64_t{g.items.x} * g.items.y * g.items.z;
  if (!within(g.groups, 0x7FFFFFFF, most_y, most_y) ||
      !within(g.items, 1024, 1024, kVendor.wave_size == 32 ? 64 : 1024) || items > threads_per_block() ||
      !within_items(g)) {
    return misuse(kInvalidValue, "%s of %s: %u x %u x %u groups of %u x %u x %u items are beyond the limits", caller,
                  function.name.c_str(), g.groups.x, g.groups.y, g.groups.z, g.items.x, g.items.y, g.items.z);
  }
  if (items > function.most_threads) {
    return misuse(kLaunchOutOfResources, "%s of %s: %lu items, and it was compiled for %u", caller,
                  function.name.c_str(), items, function.most_threads);
  }
  if (function.shared_bytes + g.dynamic_shared > shared_per_block()) {
    return misuse(kInvalidValue, "%s of %s: %zu bytes of local memory are more than there are", caller,
                  function.name.c_str(), function.shared_bytes + g.dynamic_shared);
  }
  return kSuccess;
}

// The arguments as they are now; they may change once the launch has returned. Each is aligned for any type.
struct Arguments {
  struct alignas(64) Chunk {
    char bytes[64];
  };
  std::vector<Chunk> chunks;
  std::vector<void*> pointers;

  void add(const void* from, size_t bytes) {
    offsets.push_back(chunks.size());
    chunks.resize(chunks.size() + (bytes + sizeof(Chunk) - 1) / sizeof(Chunk));
    std::memcpy(&chunks[offsets.back()], from, bytes);
  }
  void finish() {
    for (const size_t offset : offsets) pointers.push_back(&chunks[offset]);
  }

 private:
  std::vector<size_t> offsets;
};

int run_kernel(const Function& function, const Geometry& geometry, const Arguments& arguments, const char* caller) {
  Module& module = *function.module;
  std::lock_guard lock(module.running);
  Launch launch;
  launch.kernel = function.kernel;
  launch.now = module.now;
  launch.shared = module.shared;
  launch.shared_bytes = module.shared_bytes;
  launch.groups = geometry.groups;
  launch.items = geometry.items;
  launch.wave_size = wave_size();
  launch.arguments = const_cast<void**>(arguments.pointers.data());
  std::string why;
  if (run_grid(launch, &why)) return kSuccess;
  return misuse(kLaunchFailed, "%s of %s: %s", caller, function.name.c_str(), why.c_str());
}

}  // namespace

Module::~Module() {
  if (library == nullptr) return;
  dlclose(library);
  close(file);
}

unsigned threads_per_block() { return static_cast<unsigned>(setting_number("threads_per_block", 1024)); }
size_t shared_per_block() {
  return static_cast<size_t>(setting_number("shared_per_block", kVendor.wave_size == 32 ? 48 * 1024 : 64 * 1024));
}
unsigned wave_size() { return static_cast<unsigned>(setting_number("wave_size", kVendor.wave_size)); }
std::string architecture(int device) { return setting_of("architecture", device, kVendor.architecture); }

int load_module(const std::shared_ptr<Context>& context, const void* data, FitsFn* fits, void** handle,
                std::string* why) {
  Image image;
  if (const int code = read_image(data, &image, why)) return code;
  if (const int code = fits(image, architecture(context->device), why)) return code;
  return load_elf(context, image.elf, image.target, handle, why);
}

int load_elf(const std::shared_ptr<Context>& context, const std::string& elf, const std::string& target, void** handle,
             std::string* why) {
  auto module = std::make_shared<Module>();
  module->context = context;
  module->target = target;
  module->library = open_privately(elf, &module->file, why);
  if (module->library == nullptr) return kInvalidImage;
  module->now = symbol<hy_fake_now>(module->library, "hy_fake_state");
  char** const range = symbol<char*>(module->library, "hy_fake_shared_range");
  if (module->now == nullptr || range == nullptr) return kInvalidImage;
  module->shared = range[0];
  module->shared_bytes = static_cast<size_t>(range[1] - range[0]);
  Machine& m = machine();
  std::lock_guard lock(m.mutex);
  *handle = m.add(module);
  return kSuccess;
}

int unload_module(const std::shared_ptr<Module>& module, const char* function) {
  Machine& m = machine();
  m.memory.remove_globals(module.get());
  std::lock_guard lock(m.mutex);
  for (const auto& [name, handle] : module->functions) {
    if (m.objects[handle].use_count() > 1) misuse(0, "%s while a launch of %s is under way", function, name.c_str());
    m.drop(handle);
  }
  m.drop(module->handle);
  return kSuccess;
}

std::shared_ptr<Function> make_function(const std::shared_ptr<Module>& module, const std::string& name) {
  const auto* kernel = symbol<hy_fake_kernel>(module->library, "hy_fake_kernel_" + name);
  if (kernel == nullptr) return nullptr;
  auto function = std::make_shared<Function>();
  function->context = module->context;
  function->module = module;
  function->name = name;
  function->kernel = kernel;
  function->most_threads = kernel->most_threads == 0 ? threads_per_block() : kernel->most_threads;
  if (const auto* meta = symbol<unsigned long long>(module->library, name + "__hy_meta")) {
    function->shared_bytes = static_cast<size_t>(meta[3]);
  }
  if (const auto* bytes = symbol<unsigned>(module->library, "hy_fake_local_" + name)) function->shared_bytes = *bytes;
  if (const auto* required = symbol<unsigned>(module->library, "hy_fake_required_" + name)) {
    std::memcpy(function->required, required, sizeof function->required);
  }
  return function;
}

int get_function(const std::shared_ptr<Module>& module, const char* name, void** handle) {
  std::lock_guard functions_lock(module->functions_mutex);
  if (const auto known = module->functions.find(name); known != module->functions.end()) {
    *handle = known->second;
    return kSuccess;
  }
  const auto function = make_function(module, name);
  if (function == nullptr) return kNotFound;
  Machine& m = machine();
  std::lock_guard lock(m.mutex);
  *handle = module->functions[name] = m.add(function);
  return kSuccess;
}

int get_global(const std::shared_ptr<Module>& module, const char* name, uintptr_t* address, size_t* bytes) {
  void* found = symbol<void>(module->library, name);
  if (found == nullptr) return kNotFound;
  const size_t size = size_of_symbol(found);
  Machine& m = machine();
  const auto base = reinterpret_cast<uintptr_t>(found);
  if (m.memory.find_base(base) == nullptr) {
    const AllocationRef made = m.memory.adopt(base, size);
    made->kind = MemoryKind::kGlobal;
    made->device = module->context->device;
    made->context = module->context->number;
    made->owner = module.get();
  }
  if (address != nullptr) *address = base;
  if (bytes != nullptr) *bytes = size;
  return kSuccess;
}

int prepare_launch(const std::shared_ptr<Function>& function, const std::shared_ptr<Context>& context,
                   const Geometry& geometry, void** arguments, const char* caller, Command* out) {
  if (function->context != context) {
    return misuse(kInvalidHandle, "%s of %s in a stream of another context", caller, function->name.c_str());
  }
  if (const int code = check_geometry(*function, geometry, caller)) return code;
  const hy_fake_kernel& kernel = *function->kernel;
  if (kernel.parameter_count > 0 && arguments == nullptr) {
    return misuse(kInvalidValue, "%s of %s: no arguments, and it takes %u", caller, function->name.c_str(),
                  kernel.parameter_count);
  }
  auto kept = std::make_shared<Arguments>();
  for (unsigned i = 0; i < kernel.parameter_count; ++i) {
    const hy_fake_parameter& parameter = kernel.parameters[i];
    if (!is_readable(arguments[i], parameter.bytes)) {
      return misuse(kInvalidValue, "%s of %s: argument %u cannot be read", caller, function->name.c_str(), i);
    }
    kept->add(arguments[i], parameter.bytes);
    if (parameter.pointer == 0) continue;
    uintptr_t address = 0;
    std::memcpy(&address, arguments[i], sizeof address);
    if (const int code = check_pointer(*function, *context, i, address, &out->uses, caller)) return code;
  }
  kept->finish();
  int lost_code = 0;
  const bool loses = launch_loses_device(&lost_code);
  out->run = [function, geometry, kept, caller, loses, lost_code] {
    return loses ? lost_code : run_kernel(*function, geometry, *kept, caller);
  };
  return kSuccess;
}

int launch(const std::shared_ptr<Function>& function, const std::shared_ptr<Stream>& stream, const Geometry& geometry,
           void** arguments, const char* caller) {
  Command command;
  if (const int code = prepare_launch(function, stream->context, geometry, arguments, caller, &command)) return code;
  return submit(stream, std::move(command));
}

}  // namespace gpu_fake
