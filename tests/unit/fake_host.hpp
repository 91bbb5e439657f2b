// A small stand-in for the library's services, so that a backend's table can be tested without the runtime: opens
// libraries with dlopen (in folders too, but without patterns), reads files, keeps what was logged. Libraries can be
// replaced by a test's own.
#pragma once

#include <dlfcn.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string>
#include <vector>

#include "halyard/backend.h"
#include "halyard/detail/error.hpp"
#include "runtime/core/library.hpp"

namespace halyard::test {

class FakeHost {
 public:
  FakeHost() {
    table_.size = sizeof table_;
    table_.abi_version = HY_ABI_VERSION;
    table_.self = this;
    table_.log = [](void* self, hy_log_level level, const char* text) { get(self).keep(level, text); };
    table_.log_enabled = [](void*, hy_log_level) -> uint32_t { return 1; };
    table_.library_open = library_open;
    table_.library_symbol = [](void*, void* handle, const char* name) { return ::dlsym(handle, name); };
    table_.file_read = file_read;
    table_.child_run = [](void*, const hy_child_request*, hy_child_result*, hy_error* error) {
      return fail(error, HY_UNAVAILABLE, "this test runs no programs");
    };
    table_.child_free = [](void*, hy_child_result*) {};
    table_.scratch_folder = scratch_folder;
    table_.library_find = [](void* self, const hy_library_request* request, char* path, uint64_t capacity,
                             hy_error* error) {
      const char* replaced = get(self).library_.c_str();
      hy_library_request other = *request;
      other.names = &replaced;
      other.name_count = 1;
      return core::find_library({}, get(self).replaced_ ? other : *request, path, capacity, error);
    };
  }
  FakeHost(const FakeHost&) = delete;
  FakeHost& operator=(const FakeHost&) = delete;

  const hy_host* table() const { return &table_; }
  hy_host& services() { return table_; }

  // What library_open opens instead of the names it is asked for; "" opens nothing.
  void replace_library(const std::string& path) {
    replaced_ = true;
    library_ = path;
  }

  // What file_read gives for a path, instead of the file.
  void replace_file(const std::string& path, const std::string& text) { files_.push_back({path, text}); }

  std::vector<std::string> logged() const {
    std::lock_guard lock(mutex_);
    return logged_;
  }

 private:
  struct File {
    std::string path, text;
  };
  static FakeHost& get(void* self) { return *static_cast<FakeHost*>(self); }

  void keep(hy_log_level, const char* text) {
    std::lock_guard lock(mutex_);
    logged_.emplace_back(text);
  }

  static hy_status library_open(void* self, const hy_library_request* request, void** handle, char* path,
                                uint64_t path_capacity, char* report, uint64_t report_capacity, hy_error* error) {
    FakeHost& host = get(self);
    std::string tried;
    std::vector<std::string> names;
    for (uint32_t folder = 0; folder < request->folder_count; ++folder) {
      for (uint32_t name = 0; name < request->name_count; ++name) {
        std::string file = std::string(request->folders[folder]) + "/" + request->names[name];
        if (::access(file.c_str(), F_OK) == 0) names.push_back(std::move(file));
      }
    }
    names.insert(names.end(), request->names, request->names + request->name_count);
    if (host.replaced_) names.assign(1, host.library_);
    for (const std::string& name : names) {
      *handle = name.empty() ? nullptr : ::dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
      if (*handle != nullptr) {
        if (path != nullptr) std::snprintf(path, path_capacity, "%s", name.c_str());
        return HY_OK;
      }
      const char* answer = name.empty() ? "not found" : ::dlerror();
      tried += (tried.empty() ? "" : "; ") + (name + ": ") + (answer == nullptr ? "" : answer);
    }
    if (report != nullptr) std::snprintf(report, report_capacity, "%s", tried.c_str());
    return fail(error, HY_UNAVAILABLE, "no library could be opened: %s", tried.c_str());
  }

  static hy_status file_read(void* self, const char* path, char* data, uint64_t* bytes, hy_error* error) {
    for (const File& file : get(self).files_) {
      if (file.path != path) continue;
      const uint64_t capacity = *bytes;
      *bytes = file.text.size();
      std::memcpy(data, file.text.c_str(), capacity > file.text.size() ? file.text.size() + 1 : capacity);
      return HY_OK;
    }
    FILE* file = std::fopen(path, "re");
    if (file == nullptr) return fail(error, HY_UNAVAILABLE, "no file %s", path);
    const uint64_t capacity = *bytes;
    *bytes = std::fread(data, 1, capacity, file);
    if (*bytes < capacity) data[*bytes] = '\0';
    std::fclose(file);
    return HY_OK;
  }

  static hy_status scratch_folder(void*, char* path, uint64_t capacity, hy_error*) {
    const char* folder = std::getenv("TMPDIR");
    std::snprintf(path, capacity, "%s", folder == nullptr ? "/tmp" : folder);
    return HY_OK;
  }

  hy_host table_{};
  mutable std::mutex mutex_;
  std::vector<std::string> logged_;
  std::vector<File> files_;
  std::string library_;
  bool replaced_ = false;
};

}  // namespace halyard::test
