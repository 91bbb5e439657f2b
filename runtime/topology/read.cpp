// The parent's half of reading a topology: starts the child with an environment of its own making, in which hwloc finds
// no plugins, prints nothing and reads below the sysroot, and believes nothing that comes back before it is checked.
#include "runtime/topology/read.hpp"

#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include "halyard/detail/error.hpp"
#include "runtime/core/objects.hpp"
#include "runtime/topology/hwloc_reader.hpp"
#include "runtime/topology/worker_entry.hpp"
#include "runtime/topology/xml_check.hpp"
#include "runtime/worker/child.hpp"
#include "runtime/worker/worker.hpp"

namespace halyard::topology {
namespace {

class ChildResult {
 public:
  ChildResult() { result.size = sizeof result; }
  ~ChildResult() { worker::free_child_result(&result); }
  ChildResult(const ChildResult&) = delete;
  ChildResult& operator=(const ChildResult&) = delete;
  hy_child_result result{};
};

// The worker's own words: a status, a line's end, a message.
hy_status told_error(std::string_view text, hy_error* error) {
  const std::size_t end = text.find('\n');
  const hy_status code = std::atoi(std::string(text.substr(0, end)).c_str());
  if (end == std::string_view::npos || code <= HY_OK || code > HY_INTERNAL) {
    return fail(error, HY_INTERNAL,
                "halyard-worker gave an answer about the topology that makes no sense; is it of this version?");
  }
  const std::string message(text.substr(end + 1));
  return fail(error, code, "%s", message.c_str());
}

hy_status judge(const hy_child_result& child, const char* name, bool recorded, Model* out, hy_error* error) {
  const std::string_view output(child.output == nullptr ? "" : child.output,
                                child.output == nullptr ? 0 : child.output_bytes);
  // A recording that takes the reader down is to blame itself; for this machine the reader is.
  const hy_status blame = recorded ? HY_CORRUPT_ARTIFACT : HY_UNAVAILABLE;
  if (child.timed_out != 0)
    return fail(error, blame, "%s: reading the topology took more than 30 s and was stopped.", name);
  if (child.signal != 0) {
    char text[32];
    return fail(error, blame, "%s: hwloc crashed (%s) on reading it.", name,
                worker::signal_name(child.signal, text, sizeof text));
  }
  if (child.exit_code == kExitFailed) return told_error(output, error);
  if (child.exit_code != kExitDone) {
    return fail(error, recorded ? blame : HY_INTERNAL,
                "%s: halyard-worker gave up reading the topology (exit code %d): %.300s", name, child.exit_code,
                child.diagnostics == nullptr ? "" : child.diagnostics);
  }
  if (!decode(output, out)) {
    return fail(error, HY_INTERNAL, "%s: halyard-worker's topology can't be read; is it of this version?", name);
  }
  return HY_OK;
}

// `text` is null for this machine.
hy_status in_child(const hy_runtime& runtime, const std::string& program, const std::string_view* text,
                   const char* name, Model* out, hy_error* error) {
  const std::string root = "HWLOC_FSROOT=" + runtime.config.sysroot;
  std::string libraries = "LD_LIBRARY_PATH=";
  const char* inherited = secure_getenv("LD_LIBRARY_PATH");
  if (inherited != nullptr) libraries += inherited;
  std::vector<const char*> environment = {"LC_ALL=C", "HWLOC_PLUGINS_PATH=/nonexistent", "HWLOC_HIDE_ERRORS=2"};
  if (inherited != nullptr) environment.push_back(libraries.c_str());
  if (text == nullptr && !runtime.config.sysroot.empty()) environment.push_back(root.c_str());
  environment.push_back(nullptr);
  const char* const machine[] = {program.c_str(), "topology", "machine", nullptr};
  const char* const recording[] = {program.c_str(), "topology", "recording", name, nullptr};
  hy_child_request request{};
  request.size = sizeof request;
  request.timeout_ms = kReadTimeoutMs;
  request.argv = text == nullptr ? machine : recording;
  request.envp = environment.data();
  request.input = text == nullptr ? nullptr : text->data();
  request.input_bytes = text == nullptr ? 0 : text->size();
  request.output_limit = 512ull << 20;
  ChildResult child;
  const hy_status status = worker::run_child(request, &child.result, error);
  return status == HY_OK ? judge(child.result, name, text != nullptr, out, error) : status;
}

// The program to use, or "" when it is to be done here.
hy_status choose(const hy_runtime& runtime, std::string* program, hy_error* error) {
  const hy_worker_policy policy = runtime.config.worker_policy;
  if (policy != HY_WORKER_NEVER) *program = runtime.worker->path();
  if (program->empty() && policy == HY_WORKER_REQUIRE) {
    return fail(error, HY_UNAVAILABLE,
                "The topology is read in halyard-worker, as the application requires, and it is not installed.");
  }
  return HY_OK;
}

}  // namespace

hy_status machine_model(const hy_runtime& runtime, Model* out, hy_error* error) {
  std::string program;
  if (hy_status status = choose(runtime, &program, error); status != HY_OK) return status;
  const std::string& root = runtime.config.sysroot;
  // Without this folder hwloc would ask the real machine how many processors it has.
  if (!root.empty() && access((root + "/sys/devices/system/cpu").c_str(), R_OK) != 0) {
    return fail(error, HY_UNAVAILABLE,
                "There is no machine below HALYARD_SYSROOT: %s/sys/devices/system/cpu can't be read.", root.c_str());
  }
  if (!program.empty()) return in_child(runtime, program, nullptr, "This machine", out, error);
  if (!root.empty()) {
    return fail(error, HY_UNSUPPORTED,
                "With a sysroot (HALYARD_SYSROOT) the topology can be read in halyard-worker alone, which is not "
                "installed or not allowed.");
  }
  return read_machine(out, error);
}

hy_status recorded_model(const hy_runtime& runtime, std::string_view text, const char* name, Model* out,
                         hy_error* error) {
  XmlFormat format = XmlFormat::kHwloc;
  if (hy_status status = check_xml(text, name, &format, error); status != HY_OK) return status;
  if (format == XmlFormat::kNccl) {
    return fail(error, HY_UNSUPPORTED,
                "%s: a topology of NCCL or RCCL; this version reads hwloc's XML alone ('lstopo FILE.xml' makes it).",
                name);
  }
  std::string program;
  if (hy_status status = choose(runtime, &program, error); status != HY_OK) return status;
  if (!program.empty()) return in_child(runtime, program, &text, name, out, error);
  return read_hwloc_xml(text, name, out, error);
}

}  // namespace halyard::topology
