// The fake libze_loader.so.1: modules from SPIR-V and from native images, kernels and their launches.
#include <algorithm>
#include <cstring>

#include "tests/drivers/gpu_fake/spirv.hpp"
#include "tests/drivers/gpu_fake/ze.hpp"

namespace gpu_fake::ze {
namespace {

// What the device lacks of what a module uses, "" for nothing.
std::string lacking(const SpirvFacts& facts, const ZeDevice& device) {
  const auto uses = [&](uint32_t capability) {
    return std::find(facts.capabilities.begin(), facts.capabilities.end(), capability) != facts.capabilities.end();
  };
  if (uses(kCapabilityFloat64) && setting_of("fp64", device.number, "1") == "0") return "double precision";
  if (uses(kCapabilityInt64Atomics) && setting_of("atomics64", device.number, "1") == "0") return "atomics of 64 bits";
  return "";
}

int load_spirv(const std::shared_ptr<Context>& context, const ZeDevice& device, const std::string& bytes, void** handle,
               std::string* log) {
  SpirvFacts facts;
  if (!read_spirv(bytes, &facts)) {
    *log = "error: the module is not SPIR-V, or is cut off";
    return ZE_RESULT_ERROR_MODULE_BUILD_FAILURE;
  }
  const std::string refused = setting("refuse", "");
  for (const std::string& kernel : facts.kernels) {
    if (kernel == refused) *log = "error: in kernel '" + kernel + "': the fake driver was told to refuse it";
  }
  if (const std::string lacks = lacking(facts, device); !lacks.empty()) {
    *log =
        "error: the device has no " + lacks + "; in kernel '" + (facts.kernels.empty() ? "" : facts.kernels[0]) + "'";
  }
  if (!log->empty()) return ZE_RESULT_ERROR_MODULE_BUILD_FAILURE;
  const SpirvResult made = translate_spirv(bytes);
  *log = made.log;
  if (!made.good || load_elf(context, made.elf, "spirv", handle, log) != kSuccess) {
    return ZE_RESULT_ERROR_MODULE_BUILD_FAILURE;
  }
  return kSuccess;
}

int load_native(const std::shared_ptr<Context>& context, const ZeDevice& device, const std::string& bytes,
                void** handle, std::string* log) {
  Image image;
  if (read_image(bytes.data(), &image, log, bytes.size()) != kSuccess) return kInvalidImage;
  const Product& product = product_of(device.number);
  if (image.kind != Image::kZebin || image.target != product.word) {
    *log = "error: the image is for " + image.target + ", the device is " + product.word;
    return kNoBinaryForGpu;
  }
  return load_elf(context, image.elf, image.target, handle, log);
}

// What is wrong with a launch of the kernel as it stands.
ze_result_t check_state(const Kernel& kernel, const List& list, const char* function) {
  const char* const name = kernel.function->name.c_str();
  if (list.copies_only) {
    return wrong(ZE_RESULT_ERROR_INVALID_COMMAND_LIST_TYPE, "%s of %s in a list for copies", function, name);
  }
  if (kernel.items.x == 0) {
    return wrong(ZE_RESULT_ERROR_INVALID_GROUP_SIZE_DIMENSION, "%s of %s: no group size was set", function, name);
  }
  for (size_t i = 0; i < kernel.arguments.size(); ++i) {
    if (!kernel.arguments[i].empty()) continue;
    return wrong(ZE_RESULT_ERROR_INVALID_ARGUMENT, "%s of %s: argument %zu was not set", function, name, i);
  }
  // Allowed by the letter, as arguments are taken at the append; but our streams have a kernel each.
  if (kernel.pending != 0 && kernel.last != &list) {
    return wrong(ZE_RESULT_ERROR_HANDLE_OBJECT_IN_USE, "%s of %s, which runs in another list", function, name);
  }
  return ZE_RESULT_SUCCESS;
}

}  // namespace
}  // namespace gpu_fake::ze

using namespace gpu_fake;
using namespace gpu_fake::ze;

#define ZE_KERNEL(name, handle)            \
  ZE_FIND(Kernel, name, handle, "kernel"); \
  const Alone alone(name->busy, "kernel", __func__)

namespace halyard::level_zero {

ze_result_t zeModuleCreate(ze_context_handle_t context, ze_device_handle_t device, const ze_module_desc_t* description,
                           ze_module_handle_t* out, ze_module_build_log_handle_t* log) {
  ZE_ENTER();
  ZE_CONTEXT(in, context);
  ZE_DEVICE(on, device);
  if (!ZE_PLAIN(description, MODULE_DESC)) return ZE_RESULT_ERROR_INVALID_ENUMERATION;
  const auto part = in->of.find(on->index);
  if (part == in->of.end() || description->pInputModule == nullptr || description->inputSize == 0 || out == nullptr) {
    return wrong(ZE_RESULT_ERROR_INVALID_NULL_POINTER, "%s without an image, or for another driver's device", __func__);
  }
  if (part->second->lost != 0) return as_result(part->second->lost);
  const std::string bytes(reinterpret_cast<const char*>(description->pInputModule), description->inputSize);
  const bool spirv = description->format == ZE_MODULE_FORMAT_IL_SPIRV;
  std::string text;
  void* handle = nullptr;
  const int code = spirv ? load_spirv(part->second, *on, bytes, &handle, &text)
                         : load_native(part->second, *on, bytes, &handle, &text);
  std::lock_guard lock(machine().mutex);
  if (log != nullptr) {
    auto made = std::make_shared<BuildLog>();
    made->context = part->second;
    made->text = text;
    *log = static_cast<ze_module_build_log_handle_t>(machine().add(made));
  }
  if (code == kSuccess) *out = static_cast<ze_module_handle_t>(handle);
  return as_result(code);
}

ze_result_t zeModuleDestroy(ze_module_handle_t module) {
  ZE_ENTER_RELEASE();
  ZE_FIND(Module, found, module, "module");
  std::lock_guard lock(machine().mutex);
  for (const auto& [handle, object] : machine().objects) {
    if (object->kind() != std::string("kernel")) continue;
    const auto& kernel = static_cast<const Kernel&>(*object);
    if (kernel.module == found) misuse(0, "%s while its kernel %s is left", __func__, kernel.function->name.c_str());
  }
  machine().drop(module);
  ZE_RETURN_RELEASE(ZE_RESULT_SUCCESS);
}

ze_result_t zeModuleBuildLogDestroy(ze_module_build_log_handle_t log) {
  ZE_ENTER_RELEASE();
  ZE_FIND(BuildLog, found, log, "build log");
  std::lock_guard lock(machine().mutex);
  machine().drop(log);
  ZE_RETURN_RELEASE(ZE_RESULT_SUCCESS);
}

ze_result_t zeModuleBuildLogGetString(ze_module_build_log_handle_t log, size_t* bytes, char* out) {
  ZE_ENTER();
  ZE_FIND(BuildLog, found, log, "build log");
  const size_t total = found->text.size() + 1;
  if (out != nullptr) std::memcpy(out, found->text.c_str(), std::min(*bytes, total));
  *bytes = total;
  return ZE_RESULT_SUCCESS;
}

ze_result_t zeKernelCreate(ze_module_handle_t module, const ze_kernel_desc_t* description, ze_kernel_handle_t* out) {
  ZE_ENTER();
  ZE_FIND(Module, in, module, "module");
  if (!ZE_PLAIN(description, KERNEL_DESC)) return ZE_RESULT_ERROR_INVALID_ENUMERATION;
  if (description->pKernelName == nullptr) {
    return wrong(ZE_RESULT_ERROR_INVALID_NULL_POINTER, "%s without a name", __func__);
  }
  auto made = std::make_shared<Kernel>();
  made->context = in->context;
  made->module = in;
  made->function = make_function(in, description->pKernelName);
  if (made->function == nullptr) return ZE_RESULT_ERROR_INVALID_KERNEL_NAME;
  made->arguments.resize(made->function->kernel->parameter_count);
  std::lock_guard lock(machine().mutex);
  *out = static_cast<ze_kernel_handle_t>(machine().add(made));
  return ZE_RESULT_SUCCESS;
}

ze_result_t zeKernelDestroy(ze_kernel_handle_t kernel) {
  ZE_ENTER_RELEASE();
  ZE_KERNEL(found, kernel);
  if (found->pending != 0) misuse(0, "%s of %s while it runs", __func__, found->function->name.c_str());
  std::lock_guard lock(machine().mutex);
  machine().drop(kernel);
  ZE_RETURN_RELEASE(ZE_RESULT_SUCCESS);
}

ze_result_t zeKernelSetGroupSize(ze_kernel_handle_t kernel, uint32_t x, uint32_t y, uint32_t z) {
  ZE_ENTER();
  ZE_KERNEL(found, kernel);
  const auto& required = found->function->required;
  const uint64_t items = uint64_t{x} * y * z;
  if (items == 0 || items > threads_per_block()) {
    return wrong(ZE_RESULT_ERROR_INVALID_GROUP_SIZE_DIMENSION, "%s: %u x %u x %u items", __func__, x, y, z);
  }
  if (required[0] != 0 && (x != required[0] || y != required[1] || z != required[2])) {
    return wrong(ZE_RESULT_ERROR_INVALID_GROUP_SIZE_DIMENSION,
                 "%s: %u x %u x %u items, and %s was compiled for %u x %u x %u", __func__, x, y, z,
                 found->function->name.c_str(), required[0], required[1], required[2]);
  }
  found->items = {x, y, z};
  return ZE_RESULT_SUCCESS;
}

ze_result_t zeKernelSetArgumentValue(ze_kernel_handle_t kernel, uint32_t index, size_t bytes, const void* value) {
  ZE_ENTER();
  ZE_KERNEL(found, kernel);
  const hy_fake_kernel& facts = *found->function->kernel;
  const char* const name = found->function->name.c_str();
  if (index >= facts.parameter_count) {
    return wrong(ZE_RESULT_ERROR_INVALID_KERNEL_ARGUMENT_INDEX, "%s: argument %u of %s, which takes %u", __func__,
                 index, name, facts.parameter_count);
  }
  const hy_fake_parameter& parameter = facts.parameters[index];
  if (parameter.pointer > 1) {
    return wrong(ZE_RESULT_ERROR_UNSUPPORTED_FEATURE, "%s: local memory as argument %u of %s", __func__, index, name);
  }
  if (bytes != parameter.bytes) {
    return wrong(ZE_RESULT_ERROR_INVALID_KERNEL_ARGUMENT_SIZE, "%s: %zu bytes for argument %u of %s, which has %u",
                 __func__, bytes, index, name, parameter.bytes);
  }
  if (value == nullptr && parameter.pointer == 0) {
    return wrong(ZE_RESULT_ERROR_INVALID_NULL_POINTER, "%s: argument %u of %s is NULL", __func__, index, name);
  }
  found->arguments[index].assign(bytes, 0);
  if (value != nullptr) std::memcpy(found->arguments[index].data(), value, bytes);
  return ZE_RESULT_SUCCESS;
}

ze_result_t zeKernelGetProperties(ze_kernel_handle_t kernel, ze_kernel_properties_t* out) {
  ZE_ENTER();
  ZE_KERNEL(found, kernel);
  if (!ZE_PLAIN(out, KERNEL_PROPERTIES)) return ZE_RESULT_ERROR_INVALID_ENUMERATION;
  out->numKernelArgs = found->function->kernel->parameter_count;
  out->requiredGroupSizeX = found->function->required[0];
  out->requiredGroupSizeY = found->function->required[1];
  out->requiredGroupSizeZ = found->function->required[2];
  out->requiredNumSubGroups = out->requiredSubgroupSize = 0;
  out->maxSubgroupSize = wave_size();
  out->maxNumSubgroups = (threads_per_block() + wave_size() - 1) / wave_size();
  out->localMemSize = static_cast<uint32_t>(found->function->shared_bytes);
  out->privateMemSize = out->spillMemSize = 0;
  std::memset(out->uuid, 0, sizeof out->uuid);
  return ZE_RESULT_SUCCESS;
}

ze_result_t zeCommandListAppendLaunchKernel(ze_command_list_handle_t list, ze_kernel_handle_t kernel,
                                            const ze_group_count_t* groups, ze_event_handle_t signal,
                                            uint32_t wait_count, ze_event_handle_t* waits) {
  ZE_ENTER();
  ZE_FIND(List, in, list, "command list");
  ZE_KERNEL(found, kernel);
  if (const ze_result_t code = check_state(*found, *in, __func__)) return code;
  if (groups == nullptr) return wrong(ZE_RESULT_ERROR_INVALID_NULL_POINTER, "%s without groups", __func__);
  std::vector<void*> arguments;
  for (auto& argument : found->arguments) arguments.push_back(argument.data());
  Command command;
  const Geometry geometry{{groups->groupCountX, groups->groupCountY, groups->groupCountZ}, found->items, 0};
  if (const int code = prepare_launch(found->function, in->context, geometry, arguments.data(), __func__, &command)) {
    return as_result(code);
  }
  // Counted until it has run or is dropped.
  ++found->pending;
  found->last = in.get();
  const std::shared_ptr<void> running(found.get(), [found](void*) { --found->pending; });
  command.run = [running, run = std::move(command.run)] { return run(); };
  return append(in, std::move(command), {signal, wait_count, waits}, __func__);
}

}  // namespace halyard::level_zero
