// Vendors' compilers, which make images ahead of time: what one of them is to the rest of halyardc, and the choice
// among those that this machine has. None is needed to build or to run halyardc; each is found when it is asked for.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "program.hpp"
#include "target.hpp"

namespace halyardc {

// One kernel file for one target.
struct Job {
  const Target& target;
  const std::string& text;  // expanded in the dialect of the target
  const std::string& file;  // the user's, as messages name it
  const std::string& folder;
  std::uint32_t time_limit_s;
};

enum class Made : std::uint8_t {
  kImage,
  kRefused,   // the user's lines, or the time limit: no other compiler is tried
  kFailed,    // for another reason: another may do it
  kUnusable,  // there is none, or it crashed
};

class ImageCompiler {
 public:
  virtual ~ImageCompiler() = default;
  virtual const char* kind() const = 0;  // as --compiler names it
  virtual bool serves(hy_image_format format) const = 0;
  // Looks for it, once; `chosen`: the file to take, else those that are known. False: cure() says what is missing.
  virtual bool find(const std::string& chosen) = 0;
  virtual std::string cure() const = 0;
  // "NVRTC 13.0 (/usr/local/cuda/lib64/libnvrtc.so.13)".
  const std::string& name() const { return name_; }
  // The targets without features that it knows; empty where it can't say.
  const std::vector<std::string>& targets() const { return targets_; }
  // Those of a format, for people: with the newest, where newer ones follow older ones (NVIDIA's).
  virtual std::string list(hy_image_format format) const;
  virtual bool makes(const Target& target) const;
  virtual Made make(const Job& job, std::string* image, std::string* problem) = 0;

 protected:
  std::string name_;
  std::vector<std::string> targets_;
};

// What came of a compiler's run: kImage where it ended well, else `problem` begins with the user's file and line where
// the compiler said it.
Made judge(const Job& job, const std::string& compiler, const Ran& ran, std::string* problem);

// A compiler that the user chose: "nvcc", "clang=/opt/llvm/bin/clang".
struct ChosenCompiler {
  std::string kind;
  std::string file;  // "" for the usual places
};

// The names of all kinds of compilers, for messages.
std::string compiler_kinds();
bool is_compiler_kind(const std::string& kind);

// All compilers, or those chosen, in the order of preference.
class ImageCompilers {
 public:
  ImageCompilers(const std::vector<ChosenCompiler>& chosen, std::uint32_t time_limit_s);

  // The first compiler that makes `target`; null, with what is there and how to get what is missing, when none does.
  ImageCompiler* compiler_for(const Target& target, const ImageCompiler* after, std::string* problem);
  Made make(const Target& target, const std::string& text, const std::string& file, std::string* image,
            std::string* problem);
  // The dialect that the compilers of a format take.
  static hy_dialect dialect_of(hy_image_format format);
  // What the prelude checks kernels against, where all devices of a format have the limit.
  static const char* limits_of(hy_image_format format);
  // What --target help prints.
  std::string help();

 private:
  // What is said where none makes `target`: what would do instead, and whom --compiler leaves out.
  std::string alternatives(const Target& target);
  std::string ptx_instead(const Target& target);

  struct Entry {
    std::unique_ptr<ImageCompiler> compiler;
    std::string chosen;
    bool looked_for = false;
    bool found = false;
  };
  bool found(Entry* entry);

  std::vector<Entry> entries_;
  std::string chosen_;  // the kinds that --compiler named; "": all may be used
  std::uint32_t time_limit_s_;
  ScratchFolder scratch_;
};

// In nvidia.cpp, amd.cpp, spirv.cpp, intel.cpp.
std::unique_ptr<ImageCompiler> make_nvrtc();
std::unique_ptr<ImageCompiler> make_nvcc();
std::unique_ptr<ImageCompiler> make_clang_for_nvidia();
std::unique_ptr<ImageCompiler> make_clang_for_amd();
std::unique_ptr<ImageCompiler> make_hiprtc();
std::unique_ptr<ImageCompiler> make_hipcc();
std::unique_ptr<ImageCompiler> make_clang_for_spirv();
std::unique_ptr<ImageCompiler> make_ocloc();

}  // namespace halyardc
