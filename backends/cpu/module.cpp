// Images of host kernels: which can be loaded, and what is checked before their code is called.
#include <cstring>
#include <new>
#include <utility>

#include "backends/cpu/cpu.hpp"
#include "backends/cpu/cpuinfo.hpp"
#include "halyard/detail/error.hpp"

namespace halyard::cpu {
namespace {

const hy_host_image* linked_image(const hy_b_image& image) noexcept {
  return static_cast<const hy_host_image*>(image.data);
}

hy_status check_image(const hy_host_image& image, hy_error* error) {
  if (image.version != HY_HOST_KERNEL_VERSION) {
    return fail(error, HY_CORRUPT_ARTIFACT,
                "the kernels were compiled for version %u of the host kernel interface, this library has %u; "
                "compile them anew",
                image.version, HY_HOST_KERNEL_VERSION);
  }
  if (image.kernels == nullptr && image.kernel_count != 0) {
    return fail(error, HY_CORRUPT_ARTIFACT, "the image of kernels for the host has no kernels");
  }
  if (target_rank(image.target) == 0) {
    return fail(error, HY_UNSUPPORTED, "the kernels need %s, this processor is %s", image.target, isa_name());
  }
  return HY_OK;
}

// The signature comes from the source, the entry from the compiled code: they must tell the same.
const char* kernel_problem(const hy_host_kernel& kernel, const hy_signature& signature) noexcept {
  if (kernel.arg_count != signature.param_count) return "its count of arguments is not the signature's";
  if (kernel.mode > HY_HOST_FIBERS) return "its mode is unknown";
  const bool fibers = kernel.mode == HY_HOST_FIBERS;
  if (fibers ? kernel.item == nullptr : kernel.range == nullptr) return "it has no code";
  const uint64_t items = uint64_t{kernel.workgroup[0]} * kernel.workgroup[1];
  if (items > host::kMaxWorkgroupItems || items * kernel.workgroup[2] > host::kMaxWorkgroupItems) return nullptr;
  if (signature.fixed_workgroup != 0 && items * kernel.workgroup[2] == 0) {
    return "its workgroup is not fixed as the signature says";
  }
  return nullptr;
}

}  // namespace

uint32_t Device::image_rank(const hy_b_image& image) noexcept {
  if (image.data == nullptr) return 0;
  if (image.format == HY_IMAGE_HOST_LINKED) {
    const hy_host_image& linked = *linked_image(image);
    if (linked.version != HY_HOST_KERNEL_VERSION) return 0;
    const uint32_t rank = target_rank(linked.target);
    return rank == 0 ? 0 : rank + 200;  // before one that has to be loaded
  }
  return image.format == HY_IMAGE_HOST_OBJECT ? target_rank(image.target) : 0;
}

hy_status Device::load(const hy_b_image& image, Module** out, hy_error* error) {
  const hy_host_image* host_image = nullptr;
  SharedObject object;
  if (image.format == HY_IMAGE_HOST_LINKED) {
    host_image = linked_image(image);
  } else if (image.format == HY_IMAGE_HOST_OBJECT) {
    hy_status status = object.load(host_, image.data, image.bytes, error);
    if (status == HY_OK) status = object.image(&host_image, error);
    if (status != HY_OK) return status;
  } else {
    return fail(error, HY_UNSUPPORTED, "the cpu device loads host images, not format %u", image.format);
  }
  if (host_image == nullptr) return fail(error, HY_CORRUPT_ARTIFACT, "the linked image of host kernels is null");
  const hy_status status = check_image(*host_image, error);
  if (status != HY_OK) return status;
  *out = new (std::nothrow) Module(*host_image, std::move(object));
  return *out != nullptr ? HY_OK : fail(error, HY_OUT_OF_MEMORY, "the host is out of memory");
}

hy_status Module::kernel(const hy_signature& signature, Kernel** out, hy_b_kernel_info* info, hy_error* error) {
  const hy_host_kernel* found = nullptr;
  for (uint32_t i = 0; i < image_.kernel_count && found == nullptr; ++i) {
    const hy_host_kernel& one = image_.kernels[i];
    if (one.name != nullptr && std::strcmp(one.name, signature.name) == 0) found = &one;
  }
  if (found == nullptr) return fail(error, HY_INVALID_ARGUMENT, "there is no kernel '%s' in the image", signature.name);
  if (const char* problem = kernel_problem(*found, signature)) {
    return fail(error, HY_CORRUPT_ARTIFACT, "kernel '%s' of the host image cannot be used: %s", signature.name,
                problem);
  }
  if (found->local_bytes > host::kLocalMemoryBytes) {
    return fail(error, HY_UNSUPPORTED, "kernel '%s' uses %llu bytes of local memory, the cpu device has %llu",
                signature.name, static_cast<unsigned long long>(found->local_bytes),
                static_cast<unsigned long long>(host::kLocalMemoryBytes));
  }
  const uint64_t items = uint64_t{found->workgroup[0]} * found->workgroup[1];
  if (items > host::kMaxWorkgroupItems || items * found->workgroup[2] > host::kMaxWorkgroupItems) {
    return fail(error, HY_UNSUPPORTED, "kernel '%s' has workgroups of %u x %u x %u items, the cpu device takes %u",
                signature.name, found->workgroup[0], found->workgroup[1], found->workgroup[2],
                host::kMaxWorkgroupItems);
  }
  const uint64_t stack_bytes = found->mode == HY_HOST_FIBERS ? host::kFiberStackBytes : host::kWorkerStackBytes;
  const uint64_t room = stack_bytes - stack_bytes / 8;  // the rest is for calls and for variables of the phases
  const uint64_t kept = found->private_bytes + (found->mode == HY_HOST_PHASES ? found->local_bytes : 0);
  if (kept > room) {
    return fail(
        error, HY_UNSUPPORTED,
        "kernel '%s' keeps %llu bytes of private and local memory on a thread's stack, the cpu device has room for "
        "%llu; use a smaller workgroup or smaller HY_PRIVATE arrays",
        signature.name, static_cast<unsigned long long>(kept), static_cast<unsigned long long>(room));
  }
  *out = new (std::nothrow) Kernel(*found, signature);
  if (*out == nullptr) return fail(error, HY_OUT_OF_MEMORY, "the host is out of memory");
  info->max_workgroup_items = host::kMaxWorkgroupItems;
  std::memcpy(info->workgroup, found->workgroup, sizeof info->workgroup);
  info->preferred_multiple = found->mode == HY_HOST_FIBERS ? 1 : 16;
  info->local_bytes = found->local_bytes;
  info->private_bytes = 0;
  return HY_OK;
}

hy_status Kernel::bind(Stream& stream, Bound** out, hy_error* error) {
  std::unique_ptr<host::Launcher> launcher;
  const hy_status status = host::Launcher::create(kernel_, signature_, stream.queue(), estimate_, &launcher, error);
  if (status != HY_OK) return status;
  *out = new (std::nothrow) Bound(std::move(launcher));
  return *out != nullptr ? HY_OK : fail(error, HY_OUT_OF_MEMORY, "the host is out of memory");
}

}  // namespace halyard::cpu
