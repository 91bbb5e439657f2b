// A backend whose driver and compiler do what a folder (HALYARD_TEST_FAKE) and the kernel's source tell them: work,
// crash, hang, exit, print (the words FAKE_*). It notes in that folder what it was asked. For tests of what the library
// does about it.
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "halyard/backend.h"
#include "halyard/detail/error.hpp"

namespace {

using halyard::fail;

std::string path(const char* name) {
  const char* folder = std::getenv("HALYARD_TEST_FAKE");
  return std::string(folder == nullptr ? "/nonexistent" : folder) + "/" + name;
}

std::string read(const char* name) {
  char text[256] = {};
  const int fd = open(path(name).c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return "";
  const ssize_t got = ::read(fd, text, sizeof text - 1);
  close(fd);
  return got > 0 ? text : "";
}

void note(const char* name, const std::string& line) {
  const int fd = open(path(name).c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  const std::string text = line + "\n";
  if (fd >= 0 && write(fd, text.data(), text.size()) < 0) std::abort();
  close(fd);
}

void obey(const std::string& what) {
  if (what.find("FAKE_CRASH") != std::string::npos) std::abort();
  if (what.find("FAKE_EXIT") != std::string::npos) _exit(7);
  while (what.find("FAKE_HANG") != std::string::npos) pause();
  if (what.find("FAKE_PRINT") != std::string::npos) std::printf("a driver that talks\n"), std::fflush(stdout);
}

struct Module {};
int nothing;  // what handles of things without content point to

template <class Handle>
Handle* handle() {
  return reinterpret_cast<Handle*>(&nothing);
}

hy_status create(const hy_host* host, hy_b_instance** out, hy_b_report* report, hy_error* error) {
  const std::string driver = read("driver");
  note("probes", std::to_string(getpid()));
  if (driver.find("FAKE_LIBRARY") != std::string::npos) {
    const char* names[] = {"libm.so.6"};
    hy_library_request request{};
    request.size = sizeof request;
    request.names = names;
    request.name_count = 1;
    void* library = nullptr;
    char opened[256] = {}, tried[256] = {};
    if (host->library_open(host->self, &request, &library, opened, sizeof opened, tried, sizeof tried, error) != HY_OK)
      return HY_UNAVAILABLE;
  }
  obey(driver);
  if (driver.find("FAKE_NONE") != std::string::npos) {
    std::snprintf(report->reason, sizeof report->reason, "the fake driver has no device");
    return fail(error, HY_UNAVAILABLE, "the fake driver has no device");
  }
  *out = handle<hy_b_instance>();
  return HY_OK;
}

hy_status files(const hy_host*, char* out, uint64_t capacity, hy_error*) {
  std::snprintf(out, capacity, "%s\n/nonexistent/driver.so\n", path("driver").c_str());
  return HY_OK;
}

hy_status info(hy_b_instance*, uint32_t, hy_device_info* out, hy_error*) {
  out->kind = HY_DEVICE_ACCELERATOR;
  std::snprintf(out->name, sizeof out->name, "Fake");
  std::snprintf(out->vendor, sizeof out->vendor, "Nobody");
  std::snprintf(out->architecture, sizeof out->architecture, "fake1");
  out->local_memory_bytes = 1024;
  out->capabilities = HY_CAP_KERNELS | HY_CAP_RUNTIME_COMPILE;
  out->max_workgroup[0] = out->max_workgroup[1] = out->max_workgroup[2] = out->max_workgroup_items = 64;
  out->max_grid[0] = out->max_grid[1] = out->max_grid[2] = 1u << 20;
  out->dialect = read("driver").find("FAKE_NO_COMPILER") != std::string::npos ? HY_DIALECT_NONE : HY_DIALECT_OPENCL;
  return HY_OK;
}

hy_status compile(hy_b_device*, const hy_b_source* source, hy_b_compiled* out, hy_error* error) {
  const std::string text(source->text, source->bytes);
  note("compiles", std::to_string(getpid()));
  obey(text);
  if (text.find("FAKE_BAD") != std::string::npos) {
    const std::string log = "warning: nothing\nIn file included from somewhere\n" + std::string(source->name) +
                            ":3:5: error: FAKE_BAD is not good\n" + source->name + ":4:1: error: and more\n";
    out->log = strdup(log.c_str());
    return fail(error, HY_COMPILE_FAILED, "the fake compiler gave up");
  }
  const std::string image = "compiled";
  out->format = HY_IMAGE_OPENCL_BINARY;
  out->data = strdup(image.c_str());
  out->bytes = image.size();
  out->log = strdup("compiled well");
  std::snprintf(out->target, sizeof out->target, "fake1");
  return HY_OK;
}

uint32_t rank(hy_b_device*, const hy_b_image* image) {
  if (image->format != HY_IMAGE_OPENCL_BINARY) return 0;
  if (std::strcmp(image->target, "fake1") == 0) return 5;
  if (std::strcmp(image->target, "damaged") == 0) return 9;
  return std::strcmp(image->target, "") == 0 ? 1 : 0;
}

hy_status load(hy_b_device*, const hy_b_image* image, hy_b_module** out, hy_error* error) {
  const std::string data(static_cast<const char*>(image->data), image->bytes);
  note("loads", data);
  if (unlink(path("refuse").c_str()) == 0 || data.find("FAKE_UNLOADABLE") != std::string::npos) {
    return fail(error, HY_INTERNAL, "the fake driver refuses this image");
  }
  *out = reinterpret_cast<hy_b_module*>(new Module{});
  return HY_OK;
}

hy_backend make_table() {
  hy_backend t{};
  t.size = sizeof t;
  t.abi_version = HY_ABI_VERSION;
  t.name = "fake";
  t.description = "does what it is told";
  t.flags = HY_BACKEND_COMPILES_IN_WORKER | HY_BACKEND_PROBE_IN_WORKER;
  t.instance_create = create;
  t.instance_destroy = [](hy_b_instance*) {};
  t.driver_files = files;
  t.device_count = [](hy_b_instance*) -> uint32_t { return 1; };
  t.device_info = info;
  t.device_open = [](hy_b_instance*, uint32_t, hy_b_device** out, hy_error*) -> hy_status {
    *out = handle<hy_b_device>();
    return HY_OK;
  };
  t.device_close = [](hy_b_device*) {};
  t.memory_allocate = [](hy_b_device*, hy_memory_kind, uint64_t, hy_b_memory*, hy_error*) -> hy_status {
    return HY_UNSUPPORTED;
  };
  t.memory_free = [](hy_b_device*, hy_b_memory*) {};
  t.stream_create = [](hy_b_device*, hy_stream_flags, hy_b_stream**, hy_error*) -> hy_status { return HY_UNSUPPORTED; };
  t.stream_destroy = [](hy_b_stream*) {};
  t.stream_synchronize = [](hy_b_stream*, uint64_t, hy_error*) -> hy_status { return HY_OK; };
  t.stream_wait = [](hy_b_stream*, hy_b_point*, hy_error*) -> hy_status { return HY_OK; };
  t.point_record = [](hy_b_stream*, hy_point_flags, hy_b_point**, hy_error*) -> hy_status { return HY_UNSUPPORTED; };
  t.point_release = [](hy_b_point*) {};
  t.point_query = [](hy_b_point*, hy_error*) -> hy_status { return HY_OK; };
  t.point_wait = [](hy_b_point*, uint64_t, hy_error*) -> hy_status { return HY_OK; };
  t.copy_to_device = [](hy_b_stream*, const hy_b_memory*, uint64_t, const void*, uint64_t, hy_copy_mode,
                        hy_error*) -> hy_status { return HY_UNSUPPORTED; };
  t.copy_to_host = [](hy_b_stream*, void*, const hy_b_memory*, uint64_t, uint64_t, hy_copy_mode,
                      hy_error*) -> hy_status { return HY_UNSUPPORTED; };
  t.copy_on_device = [](hy_b_stream*, const hy_b_memory*, uint64_t, const hy_b_memory*, uint64_t, uint64_t,
                        hy_error*) -> hy_status { return HY_UNSUPPORTED; };
  t.fill = [](hy_b_stream*, const hy_b_memory*, uint64_t, uint64_t, const void*, uint32_t, hy_error*) -> hy_status {
    return HY_UNSUPPORTED;
  };
  t.image_rank = rank;
  t.compile = compile;
  t.compiled_release = [](hy_b_compiled* compiled) { std::free(compiled->data), std::free(compiled->log); };
  t.compile_identity = [](hy_b_device*, char* out, uint64_t capacity, hy_error*) -> hy_status {
    std::snprintf(out, capacity, "fake compiler %s", read("version").c_str());
    return HY_OK;
  };
  t.module_load = load;
  t.module_unload = [](hy_b_module* module) {
    note("unloads", "one");
    delete reinterpret_cast<Module*>(module);
  };
  t.kernel_create = [](hy_b_module*, const hy_signature* signature, hy_b_kernel** out, hy_b_kernel_info* info_out,
                       hy_error* error) -> hy_status {
    if (std::strcmp(signature->name, "two") == 0 && read("driver").find("FAKE_NO_KERNEL") != std::string::npos) {
      return fail(error, HY_CORRUPT_ARTIFACT, "the fake driver finds no such kernel");
    }
    info_out->max_workgroup_items = 64;
    info_out->local_bytes = 12;
    if (signature->fixed_workgroup != 0) {  // "one_128": of 128 items
      info_out->workgroup[0] = static_cast<uint32_t>(std::atoi(std::strrchr(signature->name, '_') + 1));
      info_out->workgroup[1] = info_out->workgroup[2] = 1;
    }
    *out = handle<hy_b_kernel>();
    return HY_OK;
  };
  t.kernel_destroy = [](hy_b_kernel*) {};
  t.kernel_bind = [](hy_b_kernel*, hy_b_stream*, hy_b_bound**, hy_error*) -> hy_status { return HY_UNSUPPORTED; };
  t.bound_destroy = [](hy_b_bound*) {};
  t.launch = [](hy_b_bound*, const hy_b_grid*, const hy_b_arg*, hy_error*) -> hy_status { return HY_UNSUPPORTED; };
  return t;
}

}  // namespace

extern "C" __attribute__((visibility("default"))) const hy_backend* halyard_backend_query(uint32_t, const hy_host*) {
  static const hy_backend table = make_table();
  return &table;
}
