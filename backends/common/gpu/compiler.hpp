// A vendor's run-time compiler, found when its driver is and opened at the first compilation. NVRTC and hipRTC have the
// same shape; what they differ in is in the backend's Rtc:
//
//   struct Rtc {
//     using Code; using Program; using Device;                 // the backend's Found
//     static constexpr Code kOk, kRefused;                     // kRefused: the source has errors, the log tells which
//     static std::string find(const hy_host&, int driver_version);                    // its file, or "": opens nothing
//     hy_status open(const hy_host&, const std::string& path, int driver_version, hy_error*);
//     struct Target { std::string architecture; hy_image_format format; };
//     Target target(const Device&) const;
//     std::vector<std::string> options(const Target&) const;
//     Code create(Program*, const char* text, const char* name) const; void destroy(Program*) const;
//     Code compile(Program, int count, const char* const* options) const;
//     Code log_bytes(Program, size_t*) const; Code log(Program, char*) const;
//     Code image_bytes(Program, const Target&, size_t*) const; Code image(Program, const Target&, char*) const;
//     hy_status fail(hy_error*, Code, const char* action) const;
//   };
#pragma once

#include <sys/stat.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string>
#include <vector>

#include "halyard/backend.h"
#include "halyard/detail/error.hpp"

namespace halyard::gpu {

// What compiled_release gives back.
inline void release_compiled(hy_b_compiled* compiled) {
  std::free(compiled->data);
  std::free(compiled->log);
  compiled->data = nullptr;
  compiled->log = nullptr;
  compiled->bytes = 0;
}

template <class Rtc>
class Compiler {
 public:
  using Code = typename Rtc::Code;
  using Device = typename Rtc::Device;

  Compiler(const hy_host& host, int driver_version)
      : host_(host), driver_version_(driver_version), path_(Rtc::find(host, driver_version)) {}

  // Whether there is one.
  bool found() const { return !path_.empty(); }

  // It may hang or take the process down, so the library prefers to call it in its worker.
  hy_status compile(const Device& device, const hy_b_source& source, hy_b_compiled* out, hy_error* error);

  // Compiler, driver and device. The compiler is known again by its file, so that a cached kernel needs none of its
  // milliseconds.
  hy_status identity(const Device& device, char* out, uint64_t capacity, hy_error* error) const;

 private:
  // A program of the compiler's, given back however it ends.
  struct Program {
    explicit Program(const Rtc& its) : rtc(its) {}
    ~Program() {
      if (handle != typename Rtc::Program{}) rtc.destroy(&handle);
    }
    Program(const Program&) = delete;
    Program& operator=(const Program&) = delete;
    const Rtc& rtc;
    typename Rtc::Program handle{};
  };

  hy_status open(hy_error* error);
  std::string log_of(const Program& program) const;
  static char* copy_of(const void* data, size_t bytes);

  const hy_host& host_;
  const int driver_version_;
  const std::string path_;
  std::mutex mutex_;  // over the two below
  bool open_ = false;
  Rtc rtc_;
};

template <class Rtc>
hy_status Compiler<Rtc>::open(hy_error* error) {
  std::lock_guard lock(mutex_);
  if (open_) return HY_OK;
  const hy_status status = rtc_.open(host_, path_, driver_version_, error);
  open_ = status == HY_OK;
  return status;
}

template <class Rtc>
std::string Compiler<Rtc>::log_of(const Program& program) const {
  size_t bytes = 0;
  if (rtc_.log_bytes(program.handle, &bytes) != Rtc::kOk || bytes <= 1) return "";
  std::string text(bytes, '\0');
  if (rtc_.log(program.handle, text.data()) != Rtc::kOk) return "";
  text.resize(std::strlen(text.c_str()));
  return text;
}

template <class Rtc>
char* Compiler<Rtc>::copy_of(const void* data, size_t bytes) {
  auto* copy = static_cast<char*>(std::malloc(bytes == 0 ? 1 : bytes));
  if (copy != nullptr && bytes != 0) std::memcpy(copy, data, bytes);
  return copy;
}

template <class Rtc>
hy_status Compiler<Rtc>::compile(const Device& device, const hy_b_source& source, hy_b_compiled* out, hy_error* error) {
  const uint32_t size = out->size;
  *out = {};
  out->size = size;
  if (hy_status status = open(error)) return status;
  const auto target = rtc_.target(device);
  const std::vector<std::string> texts = rtc_.options(target);
  std::vector<const char*> options;
  for (const std::string& text : texts) options.push_back(text.c_str());
  const std::string text(source.text, source.bytes);  // ended by a zero, which the source need not be
  const char* name = source.name == nullptr || source.name[0] == '\0' ? "kernel" : source.name;
  Program program(rtc_);
  Code code = rtc_.create(&program.handle, text.c_str(), name);
  if (code != Rtc::kOk) return rtc_.fail(error, code, "cannot give the source to the compiler");
  code = rtc_.compile(program.handle, static_cast<int>(options.size()), options.data());
  const std::string log = log_of(program);
  if (!log.empty()) out->log = copy_of(log.c_str(), log.size() + 1);
  if (code == Rtc::kRefused && !log.empty()) return fail(error, HY_COMPILE_FAILED, "%s", log.c_str());
  if (code != Rtc::kOk) return rtc_.fail(error, code, ("cannot compile for " + target.architecture).c_str());
  size_t bytes = 0;
  code = rtc_.image_bytes(program.handle, target, &bytes);
  std::vector<char> image(bytes);
  if (code == Rtc::kOk) code = rtc_.image(program.handle, target, image.data());
  if (code != Rtc::kOk) return rtc_.fail(error, code, "cannot take the compiled kernels out of the compiler");
  out->data = copy_of(image.data(), image.size());
  if (out->data == nullptr) return fail(error, HY_OUT_OF_MEMORY, "the host is out of memory");
  out->bytes = image.size();
  out->format = target.format;
  std::snprintf(out->target, sizeof out->target, "%s", target.architecture.c_str());
  return HY_OK;
}

template <class Rtc>
hy_status Compiler<Rtc>::identity(const Device& device, char* out, uint64_t capacity, hy_error* error) const {
  struct stat file {};
  if (stat(path_.c_str(), &file) != 0) file = {};
  const int written = std::snprintf(out, capacity, "%s %lld %lld.%09ld driver %d %s", path_.c_str(),
                                    static_cast<long long>(file.st_size), static_cast<long long>(file.st_mtim.tv_sec),
                                    file.st_mtim.tv_nsec, driver_version_, device.info.architecture);
  if (written >= 0 && static_cast<uint64_t>(written) < capacity) return HY_OK;
  return fail(error, HY_INVALID_ARGUMENT, "the identity needs %d bytes", written + 1);
}

}  // namespace halyard::gpu
