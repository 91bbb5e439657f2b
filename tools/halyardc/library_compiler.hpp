// Compilers that are libraries, NVRTC and hipRTC: one interface under two names. A library may crash or hang, so it is
// opened in a child, which is halyardc itself, started with kLibraryVerb.
#pragma once

#include <string>
#include <vector>

#include "image_compiler.hpp"

namespace halyardc {

inline constexpr char kLibraryVerb[] = "--library-compiler";  // for itself, not for people

// What there is to know of one of them.
struct CompilerLibrary {
  const char* kind;    // "nvrtc": as --compiler names it, and what its functions begin with
  const char* title;   // "NVRTC"
  const char* result;  // the functions that give the image: nvrtcGet<result>
  const char* cure;
  std::vector<const char*> names;    // of the file, the newest first
  std::vector<const char*> folders;  // beside those of the system
};

class LibraryCompiler : public ImageCompiler {
 public:
  explicit LibraryCompiler(const CompilerLibrary& library) : library_(library) {}
  const char* kind() const override { return library_.kind; }
  bool find(const std::string& chosen) override;
  std::string cure() const override { return cure_; }

 protected:
  // `result` is "CUBIN", "PTX" or "Code".
  Made run(const Job& job, const char* result, const std::vector<std::string>& options, std::string* image,
           std::string* problem);
  // The targets of architecture `number`, where the library lists numbers.
  virtual std::vector<std::string> targets_of(const std::string& number) const = 0;

 private:
  const CompilerLibrary& library_;
  std::string path_;
  std::string cure_;
};

extern const CompilerLibrary kNvrtc;   // nvidia.cpp
extern const CompilerLibrary kHiprtc;  // amd.cpp

// The child's side: what main() returns.
int serve_library(int argc, char** argv);

}  // namespace halyardc
