// What the host writes to halyard-worker's standard input, and what comes back: both lists of texts (wire.hpp).
//
// Request: greeting, the library's version, the configuration, then for "compile" the device and the source.
// Reply, in one text after its own greeting: status, vendor's code and name, message, body. Before it, a note of each
// vendor's library that was opened: which one was, is not to be had from a worker that crashed.
#pragma once

#include <cstdint>
#include <string>

#include "halyard/backend.h"
#include "halyard/halyard.h"
#include "runtime/core/config.hpp"
#include "runtime/worker/wire.hpp"
#include "runtime/worker/worker.hpp"

namespace halyard::worker {

inline constexpr char kProbeVerb[] = "probe";
inline constexpr char kCompileVerb[] = "compile";
inline constexpr char kTopologyVerb[] = "topology";  // has its own protocol: runtime/topology/worker_entry.hpp
inline constexpr char kRequestGreeting[] = "halyard-worker request 1";
inline constexpr char kReplyGreeting[] = "halyard-worker reply 1";
inline constexpr char kNoteGreeting[] = "halyard-worker opens";
inline constexpr int kExitMismatch = 3;  // of another Halyard

// The configuration that the worker's own runtime is made with: one backend, no cache, no worker.
struct Setup {
  std::string backend;
  std::string plugins;
  std::string library_path;
  std::string sysroot;
  hy_log_level log_level = HY_LOG_NONE;
};

struct CompileRequest {
  std::uint32_t index = 0;  // of the device among its backend's
  std::string id;           // which it must have there
  std::string identity;     // which its compiler must have there
  std::string file;
  std::string text;
  std::uint32_t timeout_ms = 0;
};

Setup setup_for(const core::Config& config, const char* backend);
void write_setup(const Setup& setup, WireWriter* to);
bool read_setup(WireReader* from, Setup* out);  // false: of another Halyard

void write_compile(const CompileRequest& request, WireWriter* to);
void read_compile(WireReader* from, CompileRequest* out);

std::string reply_bytes(hy_status status, const hy_error& error, const std::string& body);
// Of the notes too, which may be all that there is.
bool read_reply(std::string_view bytes, Outcome* out);

std::string note_bytes(const std::string& file);

std::string compiled_bytes(const Compiled& compiled);
bool read_compiled(std::string_view bytes, Compiled* out);

}  // namespace halyard::worker
