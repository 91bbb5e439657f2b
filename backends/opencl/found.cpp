// What an OpenCL device says of itself, in Halyard's words. A question that a device does not answer leaves the field
// unknown; only what the backend cannot do without makes it unusable.
#include "backends/opencl/found.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <utility>

#include "backends/opencl/errors.hpp"

namespace halyard::opencl {
namespace {

// Extensions' queries by number: the headers of older systems lack some.
constexpr cl_device_info kUuidKhr = 0x106A;
constexpr cl_device_info kPciBusInfoKhr = 0x410F;
constexpr cl_device_info kComputeMajorNv = 0x4000, kComputeMinorNv = 0x4001, kWarpNv = 0x4003;
constexpr cl_device_info kPciBusNv = 0x4008, kPciSlotNv = 0x4009, kPciDomainNv = 0x400A;
constexpr cl_device_info kTopologyAmd = 0x4037, kBoardNameAmd = 0x4038, kWavefrontAmd = 0x4043;
constexpr cl_device_info kSubgroupSizesIntel = 0x4108;
constexpr cl_device_info kIlVersion = 0x105B, kLanguagesOf30 = 0x1066;

// What kLanguagesOf30 answers a list of (cl_name_version).
struct NamedVersion {
  cl_uint version;  // 10 bits, 10 bits, 12 bits
  char name[64];
};

template <class T>
T ask(const Api& cl, cl_device_id device, cl_device_info what, T unknown = T{}) {
  T value{};
  return cl.clGetDeviceInfo(device, what, sizeof value, &value, nullptr) == CL_SUCCESS ? value : unknown;
}

template <size_t N>
void put(char (&out)[N], const std::string& text) {
  std::snprintf(out, N, "%s", text.c_str());
}

std::string trimmed(std::string text) {
  text.resize(std::strlen(text.c_str()));
  const size_t first = text.find_first_not_of(" \t\n");
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(" \t\n") - first + 1);
}

// Whole words only: "cl_khr_fp16" is not in "cl_khr_fp16_something".
bool has_word(const std::string& list, const char* word) {
  const size_t length = std::strlen(word);
  for (size_t at = list.find(word); at != std::string::npos; at = list.find(word, at + 1)) {
    const bool begins = at == 0 || list[at - 1] == ' ';
    const bool ends = at + length == list.size() || list[at + length] == ' ';
    if (begins && ends) return true;
  }
  return false;
}

// 120 from "OpenCL 1.2 whatever" or "OpenCL C 1.2 whatever"; 0 when it is neither.
uint32_t version_of(const std::string& text) {
  unsigned major = 0, minor = 0;
  if (std::sscanf(text.c_str(), "OpenCL %u.%u", &major, &minor) == 2) return major * 100 + minor * 10;
  if (std::sscanf(text.c_str(), "OpenCL C %u.%u", &major, &minor) == 2) return major * 100 + minor * 10;
  return 0;
}

// One name a vendor, so that HALYARD_DEVICE=intel means the same whatever the driver calls itself.
std::string vendor_name(const std::string& text) {
  static constexpr struct {
    const char* part;
    const char* name;
  } kVendors[] = {{"NVIDIA", "NVIDIA"},
                  {"Advanced Micro", "AMD"},
                  {"AuthenticAMD", "AMD"},
                  {"AMD", "AMD"},
                  {"Intel", "Intel"},
                  {"ARM", "Arm"},
                  {"QUALCOMM", "Qualcomm"},
                  {"Qualcomm", "Qualcomm"},
                  {"Imagination", "Imagination"},
                  {"Vivante", "VeriSilicon"}};
  for (const auto& vendor : kVendors) {
    if (text.find(vendor.part) != std::string::npos) return vendor.name;
  }
  return text;
}

void describe_pci(const Api& cl, cl_device_id device, const std::string& extensions, hy_device_info* info) {
  unsigned domain = 0, bus = 0, slot = 0, function = 0;
  if (has_word(extensions, "cl_khr_pci_bus_info")) {
    struct {
      cl_uint domain, bus, device, function;
    } pci{};
    if (cl.clGetDeviceInfo(device, kPciBusInfoKhr, sizeof pci, &pci, nullptr) != CL_SUCCESS) return;
    domain = pci.domain, bus = pci.bus, slot = pci.device, function = pci.function;
  } else if (has_word(extensions, "cl_nv_device_attribute_query")) {
    cl_uint slot_and_function = 0;
    if (cl.clGetDeviceInfo(device, kPciBusNv, sizeof(cl_uint), &bus, nullptr) != CL_SUCCESS ||
        cl.clGetDeviceInfo(device, kPciSlotNv, sizeof(cl_uint), &slot_and_function, nullptr) != CL_SUCCESS) {
      return;
    }
    domain = ask<cl_uint>(cl, device, kPciDomainNv);
    slot = slot_and_function >> 3, function = slot_and_function & 7;
  } else if (has_word(extensions, "cl_amd_device_attribute_query")) {
    struct {
      cl_uint type;
      cl_uchar unused[17], bus, device, function;
    } topology{};
    if (cl.clGetDeviceInfo(device, kTopologyAmd, sizeof topology, &topology, nullptr) != CL_SUCCESS) return;
    if (topology.type != 1) return;  // 1: PCIe
    bus = topology.bus, slot = topology.device, function = topology.function;
  } else {
    return;
  }
  std::snprintf(info->pci_address, sizeof info->pci_address, "%04x:%02x:%02x.%x", domain, bus, slot, function);
}

void describe_names(const Api& cl, cl_device_id device, const std::string& extensions, hy_device_info* info) {
  std::string name = device_string(cl, device, CL_DEVICE_NAME);
  const bool amd = has_word(extensions, "cl_amd_device_attribute_query");
  if (amd && info->kind != HY_DEVICE_CPU) {
    put(info->architecture, name.substr(0, name.find(':')));  // "gfx90a:sramecc+:xnack-"
    const std::string board = device_string(cl, device, kBoardNameAmd);
    if (!board.empty()) name = board;
  } else if (has_word(extensions, "cl_nv_device_attribute_query")) {
    std::snprintf(info->architecture, sizeof info->architecture, "sm_%u%u", ask<cl_uint>(cl, device, kComputeMajorNv),
                  ask<cl_uint>(cl, device, kComputeMinorNv));
  }
  put(info->name, name);
  put(info->vendor, vendor_name(device_string(cl, device, CL_DEVICE_VENDOR)));
  put(info->driver_version, device_string(cl, device, CL_DRIVER_VERSION));
}

void describe_limits(const Api& cl, cl_device_id device, hy_device_info* info) {
  info->compute_units = ask<cl_uint>(cl, device, CL_DEVICE_MAX_COMPUTE_UNITS);
  info->memory_bytes = ask<cl_ulong>(cl, device, CL_DEVICE_GLOBAL_MEM_SIZE);
  info->max_allocation_bytes = ask<cl_ulong>(cl, device, CL_DEVICE_MAX_MEM_ALLOC_SIZE);
  info->local_memory_bytes = ask<cl_ulong>(cl, device, CL_DEVICE_LOCAL_MEM_SIZE);
  info->max_workgroup_items =
      static_cast<uint32_t>(std::min<size_t>(ask<size_t>(cl, device, CL_DEVICE_MAX_WORK_GROUP_SIZE, 1), UINT32_MAX));
  size_t sizes[16] = {1, 1, 1};
  if (cl.clGetDeviceInfo(device, CL_DEVICE_MAX_WORK_ITEM_SIZES, sizeof sizes, sizes, nullptr) != CL_SUCCESS) {
    sizes[0] = info->max_workgroup_items;
  }
  for (int d = 0; d < 3; ++d) {
    const size_t size = std::clamp<size_t>(sizes[d], 1, info->max_workgroup_items);
    info->max_workgroup[d] = static_cast<uint32_t>(size);
    // Drivers count the items of a dimension in 32 bits (AMD's dispatch packet, Intel's walker), NVIDIA's groups in 16
    // in all but the first. A split costs one more launch, an overflow wrong results.
    info->max_grid[d] = std::min<uint64_t>(UINT32_MAX / size, d == 0 ? INT32_MAX : UINT16_MAX);
  }
  const cl_uint align_bits = ask<cl_uint>(cl, device, CL_DEVICE_MEM_BASE_ADDR_ALIGN, 1024);
  info->base_alignment = std::max<cl_uint>(align_bits / 8, 1);
  info->timer_resolution_ns = static_cast<uint32_t>(ask<size_t>(cl, device, CL_DEVICE_PROFILING_TIMER_RESOLUTION));
}

// The newest version of the language, as version_of(). Many drivers of OpenCL 3.0 answer the old question with 1.2,
// since 3.0 lacks what 2.0 promised, and tell of 3.0 in a list.
uint32_t language_of(const Api& cl, cl_device_id device) {
  uint32_t newest = version_of(device_string(cl, device, CL_DEVICE_OPENCL_C_VERSION));
  if (version_of(device_string(cl, device, CL_DEVICE_VERSION)) < 300) return newest;
  NamedVersion list[16] = {};
  size_t bytes = 0;
  if (cl.clGetDeviceInfo(device, kLanguagesOf30, 0, nullptr, &bytes) != CL_SUCCESS || bytes > sizeof list ||
      cl.clGetDeviceInfo(device, kLanguagesOf30, bytes, list, nullptr) != CL_SUCCESS) {
    return newest;
  }
  for (size_t i = 0; i < bytes / sizeof *list; ++i) {
    newest = std::max(newest, (list[i].version >> 22) * 100 + ((list[i].version >> 12) & 0x3ff) * 10);
  }
  return newest;
}

void describe_subgroups(const Api& cl, cl_device_id device, const std::string& extensions, hy_device_info* info) {
  info->subgroup_size = 1;
  // As in the dialect's prelude for OpenCL, with the language in which drivers have the functions.
  const bool shuffles = has_word(extensions, "cl_khr_subgroup_shuffle") || has_word(extensions, "cl_intel_subgroups");
  if (!has_word(extensions, "cl_khr_subgroups") || !shuffles || language_of(cl, device) < 200) return;
  cl_uint size = 0;
  size_t sizes[16] = {};
  size_t bytes = 0;
  if (cl.clGetDeviceInfo(device, kSubgroupSizesIntel, sizeof sizes, sizes, &bytes) == CL_SUCCESS &&
      bytes >= sizeof(size_t)) {
    // The usual one of Intel's: the middle of what there is (8, 16, 32 → 16).
    size = static_cast<cl_uint>(sizes[std::min<size_t>(bytes / sizeof(size_t), 16) / 2]);
  } else if (has_word(extensions, "cl_amd_device_attribute_query")) {
    size = ask<cl_uint>(cl, device, kWavefrontAmd);
  } else if (has_word(extensions, "cl_nv_device_attribute_query")) {
    size = ask<cl_uint>(cl, device, kWarpNv);
  }
  if (size > 1) {
    info->subgroup_size = size;
    info->capabilities |= HY_CAP_SUBGROUPS;
  }
}

void describe_memory(const Api& cl, Found* out) {
  if (out->version < 200 || cl.clSVMAlloc == nullptr || cl.clSVMFree == nullptr) return;
  const auto svm = ask<cl_device_svm_capabilities>(cl, out->device, CL_DEVICE_SVM_CAPABILITIES);
  out->fine_grained = (svm & CL_DEVICE_SVM_FINE_GRAIN_BUFFER) != 0;
  if (!out->fine_grained) return;
  // Mapped and coarse-grained memory must not be touched by both sides without mapping and unmapping, which the API
  // has no place for: only fine-grained devices have pinned and shared memory.
  out->info.capabilities |= HY_CAP_SHARED_MEMORY | HY_CAP_PINNED_MEMORY;
  out->unified = ask<cl_bool>(cl, out->device, CL_DEVICE_HOST_UNIFIED_MEMORY) == CL_TRUE;
  if (out->unified) out->info.capabilities |= HY_CAP_HOST_UNIFIED;
}

// The newest version of "SPIR-V_1.2 SPIR-V_1.0"; other intermediate languages may stand beside it.
void describe_spirv(const Api& cl, const std::string& extensions, Found* out) {
  const std::string languages = device_string(cl, out->device, kIlVersion);
  for (size_t at = languages.find("SPIR-V_"); at != std::string::npos; at = languages.find("SPIR-V_", at + 1)) {
    unsigned major = 0, minor = 0;
    if (std::sscanf(languages.c_str() + at, "SPIR-V_%u.%u", &major, &minor) != 2) continue;
    if (std::pair(major, minor) <= std::pair(out->spirv_major, out->spirv_minor)) continue;
    out->spirv_major = major;
    out->spirv_minor = minor;
  }
  if (out->spirv_major == 0) return;
  if (out->version >= 210) {
    out->create_with_il = cl.clCreateProgramWithIL;
  } else if (has_word(extensions, "cl_khr_il_program")) {
    out->create_with_il = reinterpret_cast<decltype(out->create_with_il)>(
        cl.clGetExtensionFunctionAddressForPlatform(out->platform, "clCreateProgramWithILKHR"));
  }
  if (out->create_with_il != nullptr) out->info.capabilities |= HY_CAP_SPIRV;
}

void describe_compiler(const Api& cl, const std::string& extensions, Found* out) {
  hy_device_info* info = &out->info;
  const cl_device_id device = out->device;
  if (ask<cl_bool>(cl, device, CL_DEVICE_COMPILER_AVAILABLE) == CL_TRUE) {
    info->capabilities |= HY_CAP_RUNTIME_COMPILE;
    info->dialect = HY_DIALECT_OPENCL;
  }
  // Sub-group functions are only in newer languages; all else in the dialect is in 1.2, which compiles fastest and in
  // which kernels see no sub-groups where the device is not said to have them.
  const char* standard = "CL1.2";
  if ((info->capabilities & HY_CAP_SUBGROUPS) != 0) standard = language_of(cl, device) >= 300 ? "CL3.0" : "CL2.0";
  // The header of Intel's compiler for 3.0 (22.43) does not compile for devices without images (pvc); for 2.0 it does,
  // which its list leaves out.
  const bool has_images = ask<cl_bool>(cl, device, CL_DEVICE_IMAGE_SUPPORT, CL_TRUE) == CL_TRUE;
  if (std::strcmp(standard, "CL3.0") == 0 && std::strcmp(info->vendor, "Intel") == 0 && !has_images) standard = "CL2.0";
  out->source_options = std::string("-cl-std=") + standard;
  // Compilers that go by way of SPIR-V say so to the source (Intel's does), which then believes no extension that it is
  // not told of; the others ignore these.
  if ((info->capabilities & HY_CAP_FLOAT64) != 0) out->source_options += " -DHY_ASSUME_FLOAT64";
  if ((info->capabilities & HY_CAP_ATOMICS_INT64) != 0) out->source_options += " -DHY_ASSUME_ATOMICS_INT64";
  if ((info->capabilities & HY_CAP_SUBGROUPS) != 0) out->source_options += " -DHY_ASSUME_SUBGROUPS";
  const auto fp = ask<cl_device_fp_config>(cl, device, CL_DEVICE_SINGLE_FP_CONFIG);
  if ((fp & CL_FP_CORRECTLY_ROUNDED_DIVIDE_SQRT) != 0) out->build_options = " -cl-fp32-correctly-rounded-divide-sqrt";
  describe_spirv(cl, extensions, out);
  out->identity = platform_string(cl, out->platform, CL_PLATFORM_NAME) + "|" +
                  platform_string(cl, out->platform, CL_PLATFORM_VERSION) + "|" +
                  device_string(cl, device, CL_DEVICE_NAME) + "|" + device_string(cl, device, CL_DEVICE_VERSION) + "|" +
                  device_string(cl, device, CL_DRIVER_VERSION) + "|" + out->source_options + out->build_options;
}

void describe_capabilities(const Api& cl, cl_device_id device, const std::string& extensions, hy_device_info* info) {
  info->capabilities |= HY_CAP_KERNELS | HY_CAP_BARRIERS | HY_CAP_HOST_FUNCTIONS | HY_CAP_TIMED_POINTS |
                        HY_CAP_NATIVE_OUT | HY_CAP_NATIVE_IN | HY_CAP_CONCURRENT_STREAMS;
  if (ask<cl_device_fp_config>(cl, device, CL_DEVICE_DOUBLE_FP_CONFIG) != 0) info->capabilities |= HY_CAP_FLOAT64;
  if (has_word(extensions, "cl_khr_fp16")) info->capabilities |= HY_CAP_FLOAT16;
  if (has_word(extensions, "cl_khr_int64_base_atomics") && has_word(extensions, "cl_khr_int64_extended_atomics")) {
    info->capabilities |= HY_CAP_ATOMICS_INT64;
  }
  if (ask<cl_device_local_mem_type>(cl, device, CL_DEVICE_LOCAL_MEM_TYPE) == CL_LOCAL) {
    info->capabilities |= HY_CAP_LOCAL_MEMORY;
  }
  if (ask<size_t>(cl, device, CL_DEVICE_PRINTF_BUFFER_SIZE) > 0) info->capabilities |= HY_CAP_PRINTF;
}

bool unusable(std::string* why, const char* reason) {
  *why = reason;
  return false;
}

}  // namespace

std::string device_string(const Api& cl, cl_device_id device, cl_device_info what) {
  size_t bytes = 0;
  if (cl.clGetDeviceInfo(device, what, 0, nullptr, &bytes) != CL_SUCCESS || bytes == 0) return "";
  std::string text(bytes + 1, '\0');
  if (cl.clGetDeviceInfo(device, what, bytes, text.data(), nullptr) != CL_SUCCESS) return "";
  return trimmed(std::move(text));
}

std::string platform_string(const Api& cl, cl_platform_id platform, cl_platform_info what) {
  size_t bytes = 0;
  if (cl.clGetPlatformInfo(platform, what, 0, nullptr, &bytes) != CL_SUCCESS || bytes == 0) return "";
  std::string text(bytes + 1, '\0');
  if (cl.clGetPlatformInfo(platform, what, bytes, text.data(), nullptr) != CL_SUCCESS) return "";
  return trimmed(std::move(text));
}

bool describe(const Api& cl, cl_platform_id platform, cl_device_id device, Found* out, std::string* why) {
  out->platform = platform;
  out->device = device;
  cl_device_type type = 0;
  const cl_int answer = cl.clGetDeviceInfo(device, CL_DEVICE_TYPE, sizeof type, &type, nullptr);
  if (answer != CL_SUCCESS) {
    *why = std::string("it does not answer (") + code_name(answer) + ")";
    return false;
  }
  if (ask<cl_bool>(cl, device, CL_DEVICE_AVAILABLE) != CL_TRUE)
    return unusable(why, "its driver says that it is not available");
  if (ask<cl_bool>(cl, device, CL_DEVICE_ENDIAN_LITTLE, CL_TRUE) != CL_TRUE) return unusable(why, "it is big-endian");
  out->version = std::min(version_of(device_string(cl, device, CL_DEVICE_VERSION)),
                          version_of(platform_string(cl, platform, CL_PLATFORM_VERSION)));
  if (out->version < 120) return unusable(why, "it is older than OpenCL 1.2; a newer driver may help");
  if ((type & (CL_DEVICE_TYPE_CPU | CL_DEVICE_TYPE_GPU | CL_DEVICE_TYPE_ACCELERATOR)) == 0) {
    return unusable(why, "it runs built-in kernels only");
  }

  hy_device_info* info = &out->info;
  info->size = sizeof *info;
  out->cpu = (type & CL_DEVICE_TYPE_CPU) != 0;
  const bool host_memory = ask<cl_bool>(cl, device, CL_DEVICE_HOST_UNIFIED_MEMORY) == CL_TRUE;
  info->kind = out->cpu                            ? HY_DEVICE_CPU
               : (type & CL_DEVICE_TYPE_GPU) == 0u ? HY_DEVICE_ACCELERATOR
               : host_memory                       ? HY_DEVICE_INTEGRATED_GPU
                                                   : HY_DEVICE_GPU;
  const std::string extensions = device_string(cl, device, CL_DEVICE_EXTENSIONS);
  describe_names(cl, device, extensions, info);
  describe_limits(cl, device, info);
  describe_pci(cl, device, extensions, info);
  describe_capabilities(cl, device, extensions, info);
  // oclgrind runs a queue to its end inside clFlush, and would wait there for ever for a host function's gate.
  if (platform_string(cl, platform, CL_PLATFORM_NAME) == "Oclgrind") info->capabilities &= ~HY_CAP_HOST_FUNCTIONS;
  describe_subgroups(cl, device, extensions, info);
  describe_memory(cl, out);
  describe_compiler(cl, extensions, out);
  out->amd_free_memory = has_word(extensions, "cl_amd_device_attribute_query") && !out->cpu;
  if (has_word(extensions, "cl_khr_device_uuid")) {
    info->has_uuid =
        cl.clGetDeviceInfo(device, kUuidKhr, sizeof info->uuid, info->uuid, nullptr) == CL_SUCCESS ? 1u : 0u;
  }
  return true;
}

}  // namespace halyard::opencl
