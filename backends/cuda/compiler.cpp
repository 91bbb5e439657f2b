// From source to a cubin, or to PTX.
#include "backends/cuda/compiler.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "halyard/detail/error.hpp"

namespace halyard::cuda {
namespace {

class Program {
 public:
  explicit Program(const Nvrtc& nvrtc) : nvrtc_(nvrtc) {}
  ~Program() {
    if (handle_ != nullptr) nvrtc_.nvrtcDestroyProgram(&handle_);
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  nvrtcResult create(const hy_b_source& source) {
    const std::string text(source.text, source.bytes);  // ended by a zero, which the source need not be
    const char* name = source.name == nullptr || source.name[0] == '\0' ? "kernel" : source.name;
    return nvrtc_.nvrtcCreateProgram(&handle_, text.c_str(), name, 0, nullptr, nullptr);
  }
  nvrtcResult compile(const std::string& architecture) {
    const std::string target = "--gpu-architecture=" + architecture;
    const char* options[] = {target.c_str(), "-std=c++17"};
    return nvrtc_.nvrtcCompileProgram(handle_, 2, options);
  }
  std::string log() const {
    size_t bytes = 0;
    if (nvrtc_.nvrtcGetProgramLogSize(handle_, &bytes) != NVRTC_SUCCESS || bytes <= 1) return "";
    std::string text(bytes, '\0');
    if (nvrtc_.nvrtcGetProgramLog(handle_, text.data()) != NVRTC_SUCCESS) return "";
    text.resize(std::strlen(text.c_str()));
    return text;
  }
  nvrtcResult take(bool cubin, std::vector<char>* out) const {
    size_t bytes = 0;
    nvrtcResult code = cubin ? nvrtc_.nvrtcGetCUBINSize(handle_, &bytes) : nvrtc_.nvrtcGetPTXSize(handle_, &bytes);
    if (code != NVRTC_SUCCESS) return code;
    out->resize(bytes);
    return cubin ? nvrtc_.nvrtcGetCUBIN(handle_, out->data()) : nvrtc_.nvrtcGetPTX(handle_, out->data());
  }

 private:
  const Nvrtc& nvrtc_;
  nvrtcProgram handle_ = nullptr;
};

struct Target {
  std::string architecture;  // "sm_90" or "compute_90"
  bool cubin = true;
};

// The newest that the compiler knows and the device runs. Compilers before 11.2 do not say what they know, nor make
// cubins.
Target target_of(const Nvrtc& nvrtc, const Found& device) {
  const int own = device.major * 10 + device.minor;
  int count = 0;
  std::vector<int> known;
  if (nvrtc.nvrtcGetNumSupportedArchs != nullptr && nvrtc.nvrtcGetSupportedArchs != nullptr &&
      nvrtc.nvrtcGetNumSupportedArchs(&count) == NVRTC_SUCCESS && count > 0) {
    known.resize(static_cast<size_t>(count));
    if (nvrtc.nvrtcGetSupportedArchs(known.data()) != NVRTC_SUCCESS) known.clear();
  }
  const bool makes_cubins = nvrtc.nvrtcGetCUBINSize != nullptr && nvrtc.nvrtcGetCUBIN != nullptr;
  int best = known.empty() ? std::min(own, 80) : 0;
  for (int one : known) best = one <= own ? std::max(best, one) : best;
  if (best == 0) best = own;  // older than all that it knows: it will say so itself
  const bool cubin = makes_cubins && best == own && !known.empty();
  return {(cubin ? "sm_" : "compute_") + std::to_string(best), cubin};
}

char* copy_of(const void* data, size_t bytes) {
  auto* copy = static_cast<char*>(std::malloc(bytes == 0 ? 1 : bytes));
  if (copy != nullptr && bytes != 0) std::memcpy(copy, data, bytes);
  return copy;
}

}  // namespace

Compiler::Compiler(const hy_host& host, int driver_version)
    : host_(host), driver_version_(driver_version), path_(find_nvrtc(host, driver_version)) {}

hy_status Compiler::open(hy_error* error) {
  std::lock_guard lock(mutex_);
  return nvrtc_.nvrtcVersion != nullptr ? HY_OK : load_nvrtc(host_, path_, driver_version_, &nvrtc_, error);
}

hy_status Compiler::compile(const Found& device, const hy_b_source& source, hy_b_compiled* out, hy_error* error) {
  const uint32_t size = out->size;
  *out = {};
  out->size = size;
  if (hy_status status = open(error)) return status;
  const Target target = target_of(nvrtc_, device);
  Program program(nvrtc_);
  nvrtcResult code = program.create(source);
  if (code == NVRTC_SUCCESS) code = program.compile(target.architecture);
  const std::string log = program.log();
  if (!log.empty()) out->log = copy_of(log.c_str(), log.size() + 1);
  std::vector<char> image;
  if (code == NVRTC_SUCCESS) code = program.take(target.cubin, &image);
  if (code == NVRTC_ERROR_COMPILATION) {
    return fail_vendor(error, HY_COMPILE_FAILED, code, "NVRTC_ERROR_COMPILATION", "%s", log.c_str());
  }
  if (code != NVRTC_SUCCESS) {
    const char* name = nvrtc_.nvrtcGetErrorString(code);
    return fail_vendor(error, code == NVRTC_ERROR_OUT_OF_MEMORY ? HY_OUT_OF_MEMORY : HY_COMPILE_FAILED, code, name,
                       "NVRTC %d.%d cannot compile for %s: %s%s%s", nvrtc_.major, nvrtc_.minor,
                       target.architecture.c_str(), name, log.empty() ? "" : ": ", log.c_str());
  }
  out->data = copy_of(image.data(), image.size());
  if (out->data == nullptr) return fail(error, HY_OUT_OF_MEMORY, "the host is out of memory");
  out->bytes = image.size();
  out->format = target.cubin ? HY_IMAGE_CUBIN : HY_IMAGE_PTX;
  std::snprintf(out->target, sizeof out->target, "%s", target.architecture.c_str());
  return HY_OK;
}

// A compiler is known again by its file, so that a cached kernel needs none of its milliseconds.
hy_status Compiler::identity(const Found& device, char* out, uint64_t capacity, hy_error* error) const {
  struct stat file {};
  if (stat(path_.c_str(), &file) != 0) file = {};
  const int written = std::snprintf(out, capacity, "%s %lld %lld.%09ld driver %d %s", path_.c_str(),
                                    static_cast<long long>(file.st_size), static_cast<long long>(file.st_mtim.tv_sec),
                                    file.st_mtim.tv_nsec, driver_version_, device.info.architecture);
  if (written >= 0 && static_cast<uint64_t>(written) < capacity) return HY_OK;
  return fail(error, HY_INVALID_ARGUMENT, "the identity needs %d bytes", written + 1);
}

}  // namespace halyard::cuda
