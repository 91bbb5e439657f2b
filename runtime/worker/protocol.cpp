// See protocol.hpp.
#include "runtime/worker/protocol.hpp"

#include <cstdio>

namespace halyard::worker {
namespace {

std::string join(const std::vector<std::string>& parts, char separator) {
  std::string text;
  for (const std::string& part : parts) {
    if (!text.empty()) text += separator;
    text += part;
  }
  return text;
}

}  // namespace

Setup setup_for(const core::Config& config, const char* backend) {
  return {backend, join(config.plugins, ':'), join(config.library_path, ':'), config.sysroot,
          config.log != nullptr ? config.log_level : HY_LOG_NONE};
}

void write_setup(const Setup& setup, WireWriter* to) {
  to->text(kRequestGreeting);
  to->text(hy_version());
  to->text(setup.backend);
  to->text(setup.plugins);
  to->text(setup.library_path);
  to->text(setup.sysroot);
  to->number(static_cast<std::uint64_t>(setup.log_level));
}

bool read_setup(WireReader* from, Setup* out) {
  if (from->text() != kRequestGreeting || from->text() != hy_version()) return false;
  out->backend = from->text();
  out->plugins = from->text();
  out->library_path = from->text();
  out->sysroot = from->text();
  out->log_level = static_cast<hy_log_level>(from->number());
  return true;
}

void write_compile(const CompileRequest& request, WireWriter* to) {
  to->number(request.index);
  to->text(request.id);
  to->text(request.identity);
  to->text(request.file);
  to->text(request.text);
  to->number(request.timeout_ms);
}

void read_compile(WireReader* from, CompileRequest* out) {
  out->index = static_cast<std::uint32_t>(from->number());
  out->id = from->text();
  out->identity = from->text();
  out->file = from->text();
  out->text = from->text();
  out->timeout_ms = static_cast<std::uint32_t>(from->number());
}

std::string reply_bytes(hy_status status, const hy_error& error, const std::string& body) {
  WireWriter inner;
  inner.number(static_cast<std::uint64_t>(status));
  inner.number(static_cast<std::uint64_t>(static_cast<std::int64_t>(error.vendor_code)));
  inner.text(status == HY_OK ? "" : error.vendor_name);
  inner.text(status == HY_OK ? "" : error.message);
  inner.text(body);
  WireWriter outer;
  outer.text(kReplyGreeting);
  outer.text(inner.bytes());
  return outer.bytes();
}

std::string note_bytes(const std::string& file) {
  WireWriter note;
  note.text(kNoteGreeting);
  note.text(file);
  return note.bytes();
}

bool read_reply(std::string_view bytes, Outcome* out) {
  WireReader outer(bytes);
  std::string_view greeting = outer.text();
  for (; greeting == kNoteGreeting; greeting = outer.text()) {
    if (const std::string_view file = outer.text(); !file.empty()) out->library = file;
  }
  if (greeting != kReplyGreeting) return false;
  WireReader inner(outer.text());
  out->status = static_cast<hy_status>(inner.number());
  out->error.code = out->status;
  out->error.vendor_code = static_cast<std::int32_t>(static_cast<std::int64_t>(inner.number()));
  std::snprintf(out->error.vendor_name, sizeof out->error.vendor_name, "%s", std::string(inner.text()).c_str());
  std::snprintf(out->error.message, sizeof out->error.message, "%s", std::string(inner.text()).c_str());
  out->body = inner.text();
  return outer.complete() && inner.complete() && out->status >= HY_OK && out->status <= HY_INTERNAL;
}

std::string compiled_bytes(const Compiled& compiled) {
  WireWriter writer;
  writer.number(compiled.format);
  writer.text(compiled.target);
  writer.text(compiled.data);
  writer.text(compiled.log);
  return writer.bytes();
}

bool read_compiled(std::string_view bytes, Compiled* out) {
  WireReader reader(bytes);
  out->format = static_cast<hy_image_format>(reader.number());
  out->target = reader.text();
  out->data = reader.text();
  out->log = reader.text();
  return reader.complete() && out->format != HY_IMAGE_HOST_LINKED;
}

}  // namespace halyard::worker
