#include "backends/level_zero/module.hpp"

#include <cstring>

#include "halyard/detail/error.hpp"

namespace halyard::level_zero {
namespace {

std::string text_of(const Api& api, ze_module_build_log_handle_t log) {
  size_t bytes = 0;
  if (api.zeModuleBuildLogGetString(log, &bytes, nullptr) != ZE_RESULT_SUCCESS || bytes <= 1) return "";
  std::string text(bytes, '\0');
  if (api.zeModuleBuildLogGetString(log, &bytes, text.data()) != ZE_RESULT_SUCCESS) return "";
  text.resize(std::strlen(text.c_str()));
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text;
}

// The workgroup that the source fixes is in the image, and the driver tells it: zeros mean that it is not there.
bool take_workgroup(const ze_kernel_properties_t& properties, uint32_t (&out)[3]) {
  out[0] = properties.requiredGroupSizeX;
  out[1] = properties.requiredGroupSizeY;
  out[2] = properties.requiredGroupSizeZ;
  return out[0] != 0 && out[1] != 0 && out[2] != 0;
}

hy_status fail_arguments(const hy_signature& signature, uint32_t count, hy_error* error) {
  return halyard::fail(error, HY_CORRUPT_ARTIFACT,
                       "the image's %s takes %u arguments, and not those of its %u parameters: compile it again",
                       signature.name, count, signature.param_count);
}

}  // namespace

ze_result_t load_program(const Driver& driver, const hy_b_image& image, std::shared_ptr<Program>* out,
                         std::string* log) {
  const Api& api = driver.api();
  ze_module_desc_t description{};
  description.stype = ZE_STRUCTURE_TYPE_MODULE_DESC;
  description.format = image.format == HY_IMAGE_SPIRV ? ZE_MODULE_FORMAT_IL_SPIRV : ZE_MODULE_FORMAT_NATIVE;
  description.inputSize = image.bytes;
  description.pInputModule = static_cast<const uint8_t*>(image.data);
  description.pBuildFlags = "";
  ze_module_handle_t module = nullptr;
  ze_module_build_log_handle_t said = nullptr;
  const ze_result_t code = api.zeModuleCreate(driver.context().handle(), driver.device(), &description, &module, &said);
  if (said != nullptr) {
    if (code != ZE_RESULT_SUCCESS) *log = text_of(api, said);
    api.zeModuleBuildLogDestroy(said);
  }
  if (code == ZE_RESULT_SUCCESS) *out = std::make_shared<Program>(driver, module);
  return code;
}

hy_status Module::kernel(const hy_signature& signature, Kernel** out, hy_b_kernel_info* info, hy_error* error) {
  const Driver& driver = program_->driver;
  Entry entry(driver, signature, false);
  ze_kernel_properties_t properties{};
  properties.stype = ZE_STRUCTURE_TYPE_KERNEL_PROPERTIES;
  ze_result_t code = entry.make(program_->module, signature.name);
  if (code != ZE_RESULT_SUCCESS) return driver.fail(error, code, "cannot find the kernel in its image");
  code = entry.ask(&properties);
  if (code != ZE_RESULT_SUCCESS) return driver.fail(error, code, "cannot ask about the kernel");
  uint32_t arguments = 1;
  for (uint32_t i = 0; i < signature.param_count; ++i) arguments += signature.params[i].kind == HY_PARAM_VALUE ? 1 : 2;
  if (properties.numKernelArgs != arguments) return fail_arguments(signature, properties.numKernelArgs, error);
  hy_b_kernel_info made{};
  made.max_workgroup_items = driver.info().max_workgroup_items;
  made.preferred_multiple = properties.maxSubgroupSize != 0 ? properties.maxSubgroupSize : driver.info().subgroup_size;
  made.local_bytes = properties.localMemSize;
  made.private_bytes = properties.privateMemSize;
  if (signature.fixed_workgroup != 0 && !take_workgroup(properties, made.workgroup)) {
    return halyard::fail(error, HY_CORRUPT_ARTIFACT,
                         "the image says that %s takes workgroups of %u x %u x %u items: compile it again",
                         signature.name, made.workgroup[0], made.workgroup[1], made.workgroup[2]);
  }
  if (info != nullptr) {
    made.size = info->size;
    std::memcpy(info, &made, info->size < sizeof made ? info->size : sizeof made);
  }
  *out = new Kernel(program_, signature);
  return HY_OK;
}

Kernel::Kernel(std::shared_ptr<Program> program, const hy_signature& signature)
    : program_(std::move(program)),
      name_(signature.name),
      params_(signature.params, signature.params + signature.param_count) {}

hy_status Kernel::bind(Stream& stream, Bound** out, hy_error* error) {
  hy_signature signature{};
  signature.params = params_.data();
  signature.param_count = static_cast<uint32_t>(params_.size());
  auto made = std::make_unique<Bound>(program_, stream, signature);
  const ze_result_t code = made->make(name_.c_str());
  if (code != ZE_RESULT_SUCCESS) return program_->driver.fail(error, code, "cannot create the kernel");
  *out = made.release();
  return HY_OK;
}

}  // namespace halyard::level_zero
