// Run-time compilation with the system's C++ compiler, run as a child process with a time limit. The prelude needs no
// header of Halyard's, so a compiler is all that the user's machine must have.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "backends/cpu/cpu.hpp"
#include "backends/cpu/cpuinfo.hpp"
#include "halyard/detail/error.hpp"

namespace halyard::cpu {
namespace {

// Those of halyard_add_kernels(), which explains them, and what makes a shared object.
constexpr std::array kFlags = {
#include "halyard_host_flags.inc"
    "-shared", "-fno-plt", "-pipe", "-Wl,-z,relro,-z,now,--as-needed"};

#if defined(__x86_64__)
constexpr const char* kNative = "-march=native";
#elif defined(__aarch64__)
constexpr const char* kNative = "-mcpu=native";
#else
constexpr const char* kNative = nullptr;  // no compiler knows "native" there yet
#endif

bool executable(const std::string& path) {
  struct stat file {};
  return stat(path.c_str(), &file) == 0 && S_ISREG(file.st_mode) && access(path.c_str(), X_OK) == 0;
}

// Reads and removes a file that the compiler wrote.
hy_status take_file(const char* path, hy_b_compiled* out, hy_error* error) {
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  struct stat status {};
  if (file < 0 || fstat(file, &status) != 0 || status.st_size <= 0) {
    if (file >= 0) close(file);
    return fail(error, HY_INTERNAL, "the compiler reported success but left no file %s", path);
  }
  const auto bytes = static_cast<uint64_t>(status.st_size);
  auto* data = static_cast<char*>(std::malloc(bytes));
  uint64_t done = 0;
  while (data != nullptr && done < bytes) {
    const ssize_t got = read(file, data + done, bytes - done);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    done += static_cast<uint64_t>(got);
  }
  close(file);
  if (data == nullptr) return fail(error, HY_OUT_OF_MEMORY, "the host is out of memory");
  if (done != bytes) {
    std::free(data);
    return fail(error, HY_INTERNAL, "cannot read %s: %s", path, std::strerror(errno));
  }
  out->data = data;
  out->bytes = bytes;
  return HY_OK;
}

// The first errors of the compiler, beginning with the user's file and line.
hy_status report_errors(const hy_b_source& source, const std::string& compiler, const hy_child_result& result,
                        hy_error* error) {
  std::string found;
  std::string first_line;
  const std::string log =
      result.diagnostics == nullptr ? "" : std::string(result.diagnostics, result.diagnostics_bytes);
  for (size_t at = 0, count = 0; at < log.size() && count < 3;) {
    const size_t end = std::min(log.find('\n', at), log.size());
    const std::string line = log.substr(at, end - at);
    at = end + 1;
    if (first_line.empty()) first_line = line;
    if (line.find(": error:") == std::string::npos && line.find(": fatal error:") == std::string::npos) continue;
    found += (count++ == 0 ? "" : "\n") + line;
  }
  if (!found.empty()) return fail(error, HY_COMPILE_FAILED, "%s", found.c_str());
  const std::string name = source.name != nullptr ? source.name : "kernel";
  if (result.signal != 0) {
    return fail(error, HY_COMPILE_FAILED, "%s: the compiler %s was ended by signal %d", name.c_str(), compiler.c_str(),
                result.signal);
  }
  return fail(error, HY_COMPILE_FAILED, "%s: the compiler %s failed with exit code %d: %s", name.c_str(),
              compiler.c_str(), result.exit_code, first_line.c_str());
}

hy_status no_compiler(hy_error* error) {
  return fail(error, HY_UNAVAILABLE,
              "kernels are compiled for the cpu with the system's C++ compiler and there is none (looked for c++, g++ "
              "and clang++ "
              "in /usr/bin, /usr/local/bin and PATH); install g++ (Debian, Ubuntu: apt install g++; Fedora: dnf "
              "install gcc-c++), "
              "or ship kernels compiled ahead of time");
}

}  // namespace

std::string find_compiler() {
  std::string folders = "/usr/bin:/usr/local/bin";
  if (const char* path = secure_getenv("PATH")) folders += std::string(":") + path;
  for (size_t at = 0; at < folders.size();) {
    const size_t end = std::min(folders.find(':', at), folders.size());
    const std::string folder = folders.substr(at, end - at);
    at = end + 1;
    if (folder.empty() || folder[0] != '/') continue;  // relative entries depend on where the program was started
    for (const char* name : {"c++", "g++", "clang++"}) {
      std::string path = folder + "/" + name;
      if (executable(path)) return path;
    }
    for (int version = 30; version >= 9; --version) {
      for (const char* name : {"g++-", "clang++-"}) {
        std::string path = folder + "/" + name + std::to_string(version);
        if (executable(path)) return path;
      }
    }
  }
  return "";
}

hy_status Device::compile(const hy_b_source& source, hy_b_compiled* out, hy_error* error) {
  static std::atomic<uint32_t> counter{0};
  const std::string compiler = find_compiler();
  if (compiler.empty()) return no_compiler(error);
  char folder[512];
  hy_status status = host_.scratch_folder(host_.self, folder, sizeof folder, error);
  if (status != HY_OK) return status;
  const std::string object = std::string(folder) + "/cpu-" + std::to_string(getpid()) + "-" +
                             std::to_string(counter.fetch_add(1, std::memory_order_relaxed)) + ".so";
  std::array<const char*, kFlags.size() + 8> argv{};
  size_t count = 0;
  argv[count++] = compiler.c_str();
  for (const char* flag : kFlags) argv[count++] = flag;
  if (kNative != nullptr) argv[count++] = kNative;
  for (const char* argument : {"-x", "c++", "-", "-o", object.c_str()}) argv[count++] = argument;
  // Nothing of the caller's environment changes what the compiler does.
  const std::string path = "PATH=" + compiler.substr(0, compiler.rfind('/')) + ":/usr/local/bin:/usr/bin:/bin";
  const std::string temporary = std::string("TMPDIR=") + folder;
  const char* const envp[] = {path.c_str(), temporary.c_str(), "LC_ALL=C", nullptr};
  hy_child_request request{};
  request.size = sizeof request;
  request.timeout_ms = source.timeout_ms;
  request.argv = argv.data();
  request.envp = envp;
  request.directory = folder;
  request.input = source.text;
  request.input_bytes = source.bytes;
  request.output_limit = 4u << 20;
  hy_child_result result{};
  result.size = sizeof result;
  status = host_.child_run(host_.self, &request, &result, error);
  if (status != HY_OK) {
    unlink(object.c_str());
    return status;
  }
  if (result.timed_out != 0) {
    status =
        fail(error, HY_TIMEOUT, "the compiler %s was ended after %u ms; give it more time or make the kernel smaller",
             compiler.c_str(), source.timeout_ms != 0 ? source.timeout_ms : 60'000u);
  } else if (result.exit_code != 0 || result.signal != 0) {
    status = report_errors(source, compiler, result, error);
  } else {
    status = take_file(object.c_str(), out, error);
  }
  unlink(object.c_str());
  out->log = result.diagnostics != nullptr && result.diagnostics_bytes != 0 ? strdup(result.diagnostics) : nullptr;
  host_.child_free(host_.self, &result);
  if (status != HY_OK) return status;
  out->format = HY_IMAGE_HOST_OBJECT;
  std::snprintf(out->target, sizeof out->target, "native");
  return HY_OK;
}

// The compiler by its file (running it to ask its version would cost more than many a compilation from the cache
// saves).
hy_status Device::identity(char* out, uint64_t capacity, hy_error* error) {
  const std::string compiler = find_compiler();
  if (compiler.empty()) return no_compiler(error);
  char* resolved = realpath(compiler.c_str(), nullptr);
  struct stat file {};
  stat(compiler.c_str(), &file);
  std::string flags;
  for (const char* flag : kFlags) flags += std::string(flag) + " ";
  std::snprintf(out, capacity, "%s %lld %lld.%09ld %s %s %016" PRIx64,
                resolved != nullptr ? resolved : compiler.c_str(), static_cast<long long>(file.st_size),
                static_cast<long long>(file.st_mtim.tv_sec), file.st_mtim.tv_nsec, flags.c_str(), isa_name(),
                isa_fingerprint(read_file(host_, "/proc/cpuinfo")));
  std::free(resolved);
  return HY_OK;
}

}  // namespace halyard::cpu
