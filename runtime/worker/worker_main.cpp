// halyard-worker's work: reads one request, does it with a runtime of its own that has one backend, writes the reply.
// What drivers and compilers print goes to standard error, so that it does not mix with the reply.
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <string>

#include "halyard/backend_adapter.hpp"
#include "halyard/compiler.h"
#include "runtime/core/file.hpp"
#include "runtime/core/objects.hpp"
#include "runtime/topology/worker_entry.hpp"
#include "runtime/worker/protocol.hpp"

namespace halyard::worker {
namespace {

constexpr int kExitUsage = 64;
constexpr int kExitFailure = 2;

void log_line(void*, hy_log_level, const char* text) { std::fprintf(stderr, "%s\n", text); }

bool read_input(std::string* out) {
  char chunk[64 << 10];
  for (;;) {
    const ssize_t got = read(STDIN_FILENO, chunk, sizeof chunk);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return false;
    if (got == 0) return true;
    out->append(chunk, static_cast<std::size_t>(got));
  }
}

hy_status make_runtime(const Setup& setup, hy_runtime** out, hy_error* error) {
  hy_runtime_desc desc{};
  desc.size = sizeof desc;
  desc.worker_policy = HY_WORKER_NEVER;
  desc.backends = setup.backend.c_str();
  desc.plugins = setup.plugins.c_str();
  desc.library_path = setup.library_path.c_str();
  desc.cache_dir = "";
  desc.default_device = "";
  desc.sysroot = setup.sysroot.c_str();
  desc.log = log_line;
  desc.log_level = setup.log_level != HY_LOG_NONE ? setup.log_level : HY_LOG_WARNING;
  return hy_runtime_create(&desc, out, error);
}

// Opens the driver: what the host wants to know is whether this process outlives that.
hy_status probe(hy_runtime* runtime, hy_error* error) {
  std::uint32_t devices = 0;
  return hy_runtime_device_count(runtime, &devices, error);
}

hy_status compile(hy_runtime* runtime, const Setup& setup, const CompileRequest& request, Compiled* out,
                  hy_error* error) {
  const std::string selector = setup.backend + ":" + std::to_string(request.index);
  hy_device* device = nullptr;
  if (hy_status status = hy_runtime_find_device(runtime, selector.c_str(), &device, error); status != HY_OK)
    return status;
  hy_b_device* handle = nullptr;
  if (hy_status status = core::open_device(device, &handle, error); status != HY_OK) return status;
  char identity[1024] = {};
  if (device->table->compile == nullptr) return fail(error, HY_UNSUPPORTED, "%s does not compile", selector.c_str());
  hy_status status = device->table->compile_identity(handle, identity, sizeof identity, error);
  if (status != HY_OK) return status;
  if (request.id != device->info.id || request.identity != identity) {
    return fail(error, HY_UNAVAILABLE, "halyard-worker finds another device or compiler as %s; make a new runtime",
                selector.c_str());
  }
  const hy_b_source source{sizeof source, request.timeout_ms, request.text.data(), request.text.size(),
                           request.file.c_str()};
  return compile_here(*device->table, handle, source, out, error);
}

int serve(const char* verb, int reply_fd) {
  std::string input;
  if (!read_input(&input)) return kExitFailure;
  WireReader reader(input);
  Setup setup;
  if (!read_setup(&reader, &setup)) return kExitMismatch;
  CompileRequest request;
  const bool compiling = std::strcmp(verb, kCompileVerb) == 0;
  if (compiling) read_compile(&reader, &request);
  if (!reader.complete()) return kExitMismatch;

  hy_error error{};
  hy_runtime* runtime = nullptr;
  Compiled compiled;
  hy_status status = make_runtime(setup, &runtime, &error);
  if (status == HY_OK) {
    runtime->config.opening = [reply_fd](const std::string& file) {
      const std::string note = note_bytes(file);
      core::write_all(reply_fd, note.data(), note.size());
    };
    status = compiling ? compile(runtime, setup, request, &compiled, &error) : probe(runtime, &error);
  }
  if (runtime != nullptr) runtime->host.remove_scratch();  // the runtime itself is left to the end of the process
  const std::string reply = reply_bytes(status, error, compiling ? compiled_bytes(compiled) : "");
  return core::write_all(reply_fd, reply.data(), reply.size()) ? 0 : kExitFailure;
}

int serve_topology(int argument_count, char** arguments, int reply_fd) {
  std::FILE* reply = fdopen(reply_fd, "w");
  return reply == nullptr ? kExitFailure : topology::worker_entry(argument_count, arguments, stdin, reply);
}

}  // namespace
}  // namespace halyard::worker

using namespace halyard::worker;  // NOLINT: the C API below is one with it

extern "C" int hy_worker_main(int argc, char** argv) {
  const char* verb = argc > 1 ? argv[1] : "";
  const bool topology = std::strcmp(verb, kTopologyVerb) == 0;
  if (!topology && (argc != 2 || (std::strcmp(verb, kProbeVerb) != 0 && std::strcmp(verb, kCompileVerb) != 0))) {
    std::fprintf(stderr, "halyard-worker serves the Halyard library; it is not to be run by hand.\n");
    return kExitUsage;
  }
  const int reply_fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
  if (reply_fd < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0) return kExitFailure;
  int code = kExitFailure;
  halyard::stop_exceptions(nullptr, [&] {
    code = topology ? serve_topology(argc - 2, argv + 2, reply_fd) : serve(verb, reply_fd);
    return hy_status{HY_OK};
  });
  // Without the exit handlers of drivers, which are of no use here and may fail.
  std::fflush(stderr);
  _exit(code);
}
