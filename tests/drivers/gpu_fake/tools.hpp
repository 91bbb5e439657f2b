// Running the host's compilers and their like: a folder that goes away again, files, a program with its messages.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace gpu_fake {

class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string file(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

std::string read_text(const std::string& path);
void write_text(const std::string& path, const std::string& text);

// Runs words[0], an absolute path, with what it says appended to the file `log`. Whether it succeeded.
bool run(const std::vector<std::string>& words, const std::string& log);

}  // namespace gpu_fake
