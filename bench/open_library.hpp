// Libraries of the vendors, opened by the raw peers where Halyard looks for them too, and their functions by name.
#pragma once

#include <dlfcn.h>

#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace bench {

// From HALYARD_LIBRARY_PATH's folders, else the system's.
inline void* open_first(const std::vector<const char*>& files) {
  const char* path = std::getenv("HALYARD_LIBRARY_PATH");
  std::string folders = path == nullptr ? "" : path;
  while (!folders.empty()) {
    const size_t end = folders.find(':');
    for (const char* file : files) {
      if (void* library = dlopen((folders.substr(0, end) + "/" + file).c_str(), RTLD_NOW | RTLD_LOCAL)) return library;
    }
    folders = end == std::string::npos ? "" : folders.substr(end + 1);
  }
  for (const char* file : files) {
    if (void* library = dlopen(file, RTLD_NOW | RTLD_LOCAL)) return library;
  }
  return nullptr;
}

// Fills a structure of pointers in the order of their names; the one that is missing, or NULL.
inline const char* find_all(void* library, const std::vector<const char*>& symbols, void* out) {
  auto* at = static_cast<unsigned char*>(out);
  for (const char* symbol : symbols) {
    void* found = symbol == nullptr ? nullptr : dlsym(library, symbol);
    if (symbol != nullptr && found == nullptr) return symbol;
    std::memcpy(at, &found, sizeof found);
    at += sizeof found;
  }
  return nullptr;
}

}  // namespace bench
