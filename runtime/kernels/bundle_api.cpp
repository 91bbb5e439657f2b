// The bundle's handles of the C API: from source, file, memory and what is linked into the program.
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "halyard/backend_adapter.hpp"
#include "runtime/core/fork.hpp"
#include "runtime/core/objects.hpp"
#include "runtime/kernels/bundle.hpp"
#include "runtime/kernels/constants.hpp"
#include "runtime/kernels/module.hpp"

namespace halyard::kernels {

std::mutex& links_mutex() noexcept {
  static constinit std::mutex mutex;
  [[maybe_unused]] static const bool guarded = (core::guard_over_fork(mutex), true);
  return mutex;
}

namespace {

// sizeof(hy_linked_bundle) in version 0.1: a program built then works with any later library. What a later version adds
// to the structure must be read only where `size` has it.
constexpr std::uint32_t kFirstLinkedBytes = 32;
static_assert(sizeof(hy_linked_bundle) >= kFirstLinkedBytes);

using BundlePointer = std::unique_ptr<hy_bundle>;

BundlePointer make(hy_runtime* runtime) {
  auto bundle = std::make_unique<hy_bundle>();
  bundle->runtime = runtime;
  hy_runtime_retain(runtime);
  return bundle;
}

hy_status check_arguments(hy_runtime* runtime, hy_bundle** out, hy_error* error) {
  if (runtime == nullptr || out == nullptr) return fail(error, HY_INVALID_ARGUMENT, "runtime and out must not be NULL");
  return core::forked(runtime) ? core::fail_forked(error) : HY_OK;
}

// The signatures, once all parameters are in place and their addresses final.
void add_kernel(hy_bundle* bundle, const char* name, std::size_t first_param, std::size_t param_count, bool fixed,
                std::uint32_t source) {
  bundle->kernels.push_back(
      {{name, bundle->params.data() + first_param, static_cast<std::uint32_t>(param_count), fixed ? 1u : 0u}, source});
}

void read_manifest(hy_bundle* bundle) {
  const BundleImage& image = bundle->image;
  for (const format::Source& source : image.sources())
    bundle->sources.push_back({image.string(source.file), image.text(source)});
  for (const format::Kernel& kernel : image.kernels()) {
    for (const format::Param& param : image.params(kernel)) {
      bundle->params.push_back({param.kind, param.type, image.string(param.name)});
    }
  }
  std::size_t first = 0;
  for (const format::Kernel& kernel : image.kernels()) {
    add_kernel(bundle, image.string(kernel.name), first, kernel.param_count,
               (kernel.flags & format::kFixedWorkgroup) != 0, kernel.source);
    first += kernel.param_count;
  }
  for (const format::Constant& constant : image.defaults()) {
    bundle->defaults.push_back({image.string(constant.name), image.string(constant.value)});
  }
  sort_constants(&bundle->defaults);
}

hy_status check_names(const hy_bundle& bundle, const char* name, hy_error* error) {
  std::vector<std::string_view> names;
  for (const hy_bundle::Kernel& kernel : bundle.kernels) names.emplace_back(kernel.signature.name);
  std::sort(names.begin(), names.end());
  if (std::adjacent_find(names.begin(), names.end()) == names.end()) return HY_OK;
  return fail(error, HY_CORRUPT_ARTIFACT, "%s has two kernels of one name; make it again with halyardc", name);
}

// Parameters that many kernels claim as theirs would multiply: a file can't ask for more than its own size.
hy_status check_size(const BundleImage& image, std::uint64_t bytes, const char* name, hy_error* error) {
  std::uint64_t params = 0;
  for (const format::Kernel& kernel : image.kernels()) params += kernel.param_count;
  if (params <= bytes / sizeof(format::Param)) return HY_OK;
  return fail(error, HY_CORRUPT_ARTIFACT, "%s is damaged (its parameters); make it again with halyardc", name);
}

hy_status open_image(hy_bundle* bundle, const void* data, std::uint64_t bytes, const char* name, hy_error* error) {
  bundle->origin = name;
  if (hy_status status = bundle->image.open(data, bytes, name, error); status != HY_OK) return status;
  if (hy_status status = check_size(bundle->image, bytes, name, error); status != HY_OK) return status;
  bundle->has_image = true;
  read_manifest(bundle);
  return check_names(*bundle, name, error);
}

hy_status map_file(hy_bundle* bundle, const char* path, hy_error* error) {
  const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return fail(error, HY_UNAVAILABLE, "bundle %s can't be opened: %s", path, strerror(errno));
  struct stat seen {};
  void* mapping = MAP_FAILED;
  const bool is_file = fstat(fd, &seen) == 0 && S_ISREG(seen.st_mode);
  if (is_file && seen.st_size > 0) {
    mapping = mmap(nullptr, static_cast<std::size_t>(seen.st_size), PROT_READ, MAP_PRIVATE, fd, 0);
  }
  const int problem = errno;
  close(fd);
  if (!is_file) return fail(error, HY_UNAVAILABLE, "bundle %s is not a file", path);
  if (seen.st_size == 0) return fail(error, HY_CORRUPT_ARTIFACT, "%s is no Halyard bundle (.hkb): it is empty", path);
  if (mapping == MAP_FAILED) return fail(error, HY_UNAVAILABLE, "bundle %s can't be read: %s", path, strerror(problem));
  bundle->mapping = mapping;
  bundle->mapping_bytes = static_cast<std::uint64_t>(seen.st_size);
  return HY_OK;
}

hy_status scan_source(hy_bundle* bundle, const char* file, hy_error* error) {
  if (hy_status status = dialect::scan(bundle->owned_text, file, &bundle->owned_names, error); status != HY_OK)
    return status;
  if (bundle->owned_names.empty()) {
    return fail(error, HY_COMPILE_FAILED, "%s:1: there is no HY_KERNEL(name, ...) in this file", file);
  }
  for (const dialect::Signature& kernel : bundle->owned_names) {
    for (const dialect::Parameter& parameter : kernel.parameters) {
      bundle->params.push_back({parameter.kind, parameter.type, parameter.name.c_str()});
    }
  }
  std::size_t first = 0;
  for (const dialect::Signature& kernel : bundle->owned_names) {
    add_kernel(bundle, kernel.name.c_str(), first, kernel.parameters.size(), kernel.fixed_workgroup, 0);
    first += kernel.parameters.size();
  }
  bundle->sources.push_back({file, bundle->owned_text});
  return HY_OK;
}

// Which source of the bundle a linked host image was compiled from: its kernels' names tell.
hy_status add_linked(hy_bundle* bundle, const void* address, hy_error* error) {
  const auto* image = static_cast<const hy_host_image*>(address);
  if (image == nullptr || image->version != HY_HOST_KERNEL_VERSION) {
    return fail(error, HY_CORRUPT_ARTIFACT, "a linked host image is of another Halyard; build the program again");
  }
  for (std::uint32_t i = 0; i < image->kernel_count; ++i) {
    const hy_bundle::Kernel* kernel = bundle->find(image->kernels[i].name);
    if (kernel == nullptr || (i > 0 && kernel->source != bundle->linked.back().source)) {
      return fail(error, HY_CORRUPT_ARTIFACT, "a linked host image has a kernel '%s' that its bundle does not know",
                  image->kernels[i].name);
    }
    if (i == 0) bundle->linked.push_back({image, kernel->source});
  }
  return HY_OK;
}

}  // namespace
}  // namespace halyard::kernels

// Whoever made a module of this bundle forgets it now; no kernel of it is left.
hy_bundle::~hy_bundle() {
  {
    std::lock_guard lock(halyard::kernels::links_mutex());
    for (halyard::kernels::ModuleTable* table : users) table->forget(this);
  }
  if (mapping != nullptr) munmap(mapping, mapping_bytes);
  hy_runtime_release(runtime);
}

const hy_bundle::Kernel* hy_bundle::find(std::string_view name) const noexcept {
  for (const Kernel& kernel : kernels) {
    if (name == kernel.signature.name) return &kernel;
  }
  return nullptr;
}

using namespace halyard;           // NOLINT: the C API below is one with them
using namespace halyard::kernels;  // NOLINT

extern "C" {

hy_status hy_bundle_from_source(hy_runtime* runtime, const char* text, uint64_t bytes, const char* file,
                                hy_bundle** out, hy_error* error) {
  if (hy_status status = check_arguments(runtime, out, error); status != HY_OK) return status;
  if (text == nullptr && bytes != 0) return fail(error, HY_INVALID_ARGUMENT, "text must not be NULL");
  return stop_exceptions(error, [&] {
    BundlePointer bundle = make(runtime);
    bundle->owned_text.assign(text == nullptr ? "" : text, bytes);
    const hy_status status = scan_source(bundle.get(), file == nullptr ? "kernel" : file, error);
    if (status == HY_OK) *out = bundle.release();
    return status;
  });
}

hy_status hy_bundle_from_file(hy_runtime* runtime, const char* path, hy_bundle** out, hy_error* error) {
  if (hy_status status = check_arguments(runtime, out, error); status != HY_OK) return status;
  if (path == nullptr) return fail(error, HY_INVALID_ARGUMENT, "path must not be NULL");
  return stop_exceptions(error, [&] {
    BundlePointer bundle = make(runtime);
    hy_status status = map_file(bundle.get(), path, error);
    if (status == HY_OK) status = open_image(bundle.get(), bundle->mapping, bundle->mapping_bytes, path, error);
    if (status == HY_OK) *out = bundle.release();
    return status;
  });
}

hy_status hy_bundle_from_memory(hy_runtime* runtime, const void* data, uint64_t bytes, hy_bundle** out,
                                hy_error* error) {
  if (hy_status status = check_arguments(runtime, out, error); status != HY_OK) return status;
  if (data == nullptr) return fail(error, HY_INVALID_ARGUMENT, "data must not be NULL");
  return stop_exceptions(error, [&] {
    BundlePointer bundle = make(runtime);
    const hy_status status = open_image(bundle.get(), data, bytes, "the bundle in memory", error);
    if (status == HY_OK) *out = bundle.release();
    return status;
  });
}

hy_status hy_bundle_from_linked(hy_runtime* runtime, const hy_linked_bundle* linked, hy_bundle** out, hy_error* error) {
  if (hy_status status = check_arguments(runtime, out, error); status != HY_OK) return status;
  if (linked == nullptr || linked->size < kFirstLinkedBytes || linked->data == nullptr ||
      (linked->host_images == nullptr && linked->host_image_count != 0)) {
    return fail(error, HY_INVALID_ARGUMENT, "linked must be a table that halyard_add_kernels() made");
  }
  return stop_exceptions(error, [&] {
    BundlePointer bundle = make(runtime);
    hy_status status = open_image(bundle.get(), linked->data, linked->bytes, "the linked bundle", error);
    for (uint32_t i = 0; status == HY_OK && i < linked->host_image_count; ++i) {
      status = add_linked(bundle.get(), linked->host_images[i], error);
    }
    if (status == HY_OK) *out = bundle.release();
    return status;
  });
}

void hy_bundle_retain(hy_bundle* bundle) {
  if (bundle != nullptr) bundle->refs.retain();
}

void hy_bundle_release(hy_bundle* bundle) {
  if (bundle == nullptr || !bundle->refs.release()) return;
  if (!core::forked(bundle->runtime)) delete bundle;
}

hy_status hy_bundle_kernel_count(hy_bundle* bundle, uint32_t* out, hy_error* error) {
  if (bundle == nullptr || out == nullptr) return fail(error, HY_INVALID_ARGUMENT, "bundle and out must not be NULL");
  *out = static_cast<uint32_t>(bundle->kernels.size());
  return HY_OK;
}

hy_status hy_bundle_signature(hy_bundle* bundle, uint32_t index, const hy_signature** out, hy_error* error) {
  if (bundle == nullptr || out == nullptr) return fail(error, HY_INVALID_ARGUMENT, "bundle and out must not be NULL");
  if (index >= bundle->kernels.size()) {
    return fail(error, HY_INVALID_ARGUMENT, "index %u: the bundle has %zu kernels", index, bundle->kernels.size());
  }
  *out = &bundle->kernels[index].signature;
  return HY_OK;
}

}  // extern "C"
