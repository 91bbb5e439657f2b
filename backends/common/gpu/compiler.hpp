// A vendor's run-time compiler, found when its driver is and opened at the first compilation. NVRTC and hipRTC have the
// same shape; what they differ in is in the backend's Rtc.
#pragma once

#include <sys/stat.h>

#include <concepts>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <string>
#include <vector>

#include "backends/common/handed_out.hpp"
#include "halyard/backend.h"
#include "halyard/detail/error.hpp"

namespace halyard::gpu {

template <class R>
concept RtcTypes = requires {
  typename R::Code;
  typename R::Program;
  typename R::Device;  // the backend's Found
  { R::kOk } -> std::convertible_to<typename R::Code>;
  { R::kRefused } -> std::convertible_to<typename R::Code>;  // the source has errors, and the log tells which
};

template <class R>
concept RtcClass = RtcTypes<R> &&
    requires(R rtc, const R& opened, const hy_host& host, const std::string& path, hy_error* error,
             const typename R::Device& device, const typename R::Target& target, typename R::Program program,
             typename R::Code code, const char* const* options, size_t* bytes, char* out) {
  { R::find(host, int{}) } -> std::same_as<std::string>;  // its file for a driver of that version, or "": opens nothing
  { rtc.open(host, path, int{}, error) } -> std::same_as<hy_status>;
  { target.architecture } -> std::convertible_to<std::string>;
  { target.format } -> std::convertible_to<hy_image_format>;
  { opened.target(device) } -> std::same_as<typename R::Target>;
  { opened.options(target) } -> std::same_as<std::vector<std::string>>;
  { opened.create(&program, "text", "name") } -> std::same_as<typename R::Code>;
  opened.destroy(&program);
  { opened.compile(program, int{}, options) } -> std::same_as<typename R::Code>;
  { opened.log_bytes(program, bytes) } -> std::same_as<typename R::Code>;
  { opened.log(program, out) } -> std::same_as<typename R::Code>;
  { opened.image_bytes(program, target, bytes) } -> std::same_as<typename R::Code>;
  { opened.image(program, target, out) } -> std::same_as<typename R::Code>;
  { opened.fail(error, code, "cannot compile") } -> std::same_as<hy_status>;
};

template <RtcClass Rtc>
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

  const hy_host& host_;
  const int driver_version_;
  const std::string path_;
  std::mutex mutex_;  // over the two below
  bool open_ = false;
  Rtc rtc_;
};

template <RtcClass Rtc>
hy_status Compiler<Rtc>::open(hy_error* error) {
  std::lock_guard lock(mutex_);
  if (open_) return HY_OK;
  const hy_status status = rtc_.open(host_, path_, driver_version_, error);
  open_ = status == HY_OK;
  return status;
}

template <RtcClass Rtc>
std::string Compiler<Rtc>::log_of(const Program& program) const {
  size_t bytes = 0;
  if (rtc_.log_bytes(program.handle, &bytes) != Rtc::kOk || bytes <= 1) return "";
  std::string text(bytes, '\0');
  if (rtc_.log(program.handle, text.data()) != Rtc::kOk) return "";
  text.resize(std::strlen(text.c_str()));
  return text;
}

template <RtcClass Rtc>
hy_status Compiler<Rtc>::compile(const Device& device, const hy_b_source& source, hy_b_compiled* out, hy_error* error) {
  const uint32_t size = out->size;
  *out = {};
  out->size = size;
  if (hy_status status = open(error)) return status;
  const auto target = rtc_.target(device);
  const std::vector<std::string> texts = rtc_.options(target);
  std::vector<const char*> options;
  options.reserve(texts.size());
  for (const std::string& text : texts) options.push_back(text.c_str());
  const std::string text(source.text, source.bytes);  // ended by a zero, which the source need not be
  const char* name = source.name == nullptr || source.name[0] == '\0' ? "kernel" : source.name;
  Program program(rtc_);
  Code code = rtc_.create(&program.handle, text.c_str(), name);
  if (code != Rtc::kOk) return rtc_.fail(error, code, "cannot give the source to the compiler");
  code = rtc_.compile(program.handle, static_cast<int>(options.size()), options.data());
  const std::string log = log_of(program);
  if (!log.empty()) out->log = common::copied(log.c_str(), log.size() + 1);
  if (code == Rtc::kRefused && !log.empty()) return fail(error, HY_COMPILE_FAILED, "%s", log.c_str());
  if (code != Rtc::kOk) return rtc_.fail(error, code, ("cannot compile for " + target.architecture).c_str());
  size_t bytes = 0;
  code = rtc_.image_bytes(program.handle, target, &bytes);
  std::vector<char> image(bytes);
  if (code == Rtc::kOk) code = rtc_.image(program.handle, target, image.data());
  if (code != Rtc::kOk) return rtc_.fail(error, code, "cannot take the compiled kernels out of the compiler");
  out->data = common::copied(image.data(), image.size());
  if (out->data == nullptr) return fail(error, HY_OUT_OF_MEMORY, "the host is out of memory");
  out->bytes = image.size();
  out->format = target.format;
  std::snprintf(out->target, sizeof out->target, "%s", target.architecture.c_str());
  return HY_OK;
}

template <RtcClass Rtc>
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
