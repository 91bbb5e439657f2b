// NVRTC, as the cuda backend uses it: no headers, no driver, no device. Makes a cubin and hands back what ptxas says of
// it.
#pragma once

#include <dlfcn.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

namespace halyard::test {

class Nvrtc {
 public:
  Nvrtc() {
    for (const char* name : {"libnvrtc.so", "libnvrtc.so.13", "libnvrtc.so.12", "/usr/local/cuda/lib64/libnvrtc.so"}) {
      library_ = library_ == nullptr ? dlopen(name, RTLD_NOW | RTLD_LOCAL) : library_;
    }
  }
  bool available() const { return library_ != nullptr; }

  // sm_90 and its like.
  bool knows(const std::string& architecture) {
    int count = 0;
    call<int(int*)>("nvrtcGetNumSupportedArchs")(&count);
    std::vector<int> all(static_cast<std::size_t>(count));
    call<int(int*)>("nvrtcGetSupportedArchs")(all.data());
    return std::find(all.begin(), all.end(), std::stoi(architecture.substr(3))) != all.end();
  }

  // The log, with ptxas's figures for each kernel; *cubin stays empty where the compiler refused the source.
  std::string build(const std::string& source, const std::string& architecture, std::string* cubin) {
    void* program = nullptr;
    if (call<int(void**, const char*, const char*, int, const char**, const char**)>("nvrtcCreateProgram")(
            &program, source.c_str(), "kernel.cu", 0, nullptr, nullptr) != 0) {
      return "nvrtcCreateProgram failed";
    }
    const std::string option = "-arch=" + architecture;
    const char* options[] = {option.c_str(), "-std=c++17", "--ptxas-options=-v"};
    const int status = call<int(void*, int, const char**)>("nvrtcCompileProgram")(program, 3, options);
    const std::string log = text_of(program, "nvrtcGetProgramLog");
    if (status == 0) {
      *cubin = text_of(program, "nvrtcGetCUBIN");
    }
    call<int(void**)>("nvrtcDestroyProgram")(&program);
    const std::size_t end = std::min(log.find('\0'), log.size());
    return status != 0 && end == 0 ? "failed without a log" : log.substr(0, end);
  }

 private:
  template <typename Function>
  Function* call(const std::string& name) {
    return reinterpret_cast<Function*>(dlsym(library_, name.c_str()));
  }
  std::string text_of(void* program, const std::string& getter) {
    std::size_t size = 0;
    call<int(void*, std::size_t*)>(getter + "Size")(program, &size);
    std::string text(size, '\0');
    call<int(void*, char*)>(getter)(program, text.data());
    return text;
  }
  void* library_ = nullptr;
};

}  // namespace halyard::test
