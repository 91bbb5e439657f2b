// See files.hpp.
#include "files.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace halyardc {

bool read_file(const std::string& path, std::string* out, std::string* problem) {
  std::FILE* file = std::fopen(path.c_str(), "rb");
  if (file == nullptr) return *problem = path + ": " + std::strerror(errno), false;
  out->clear();
  char chunk[64 << 10];
  while (const std::size_t got = std::fread(chunk, 1, sizeof chunk, file)) out->append(chunk, got);
  const bool good = std::ferror(file) == 0;
  std::fclose(file);
  if (!good) *problem = path + ": it can't be read";
  return good;
}

bool write_file(const std::string& path, const std::string& bytes, std::string* problem) {
  const std::string aside = path + ".new";
  std::FILE* file = std::fopen(aside.c_str(), "wb");
  if (file == nullptr) return *problem = path + ": " + std::strerror(errno), false;
  bool good = std::fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size();
  good = std::fclose(file) == 0 && good;
  if (good && std::rename(aside.c_str(), path.c_str()) == 0) return true;
  *problem = path + ": " + std::strerror(errno);
  std::remove(aside.c_str());
  return false;
}

}  // namespace halyardc
