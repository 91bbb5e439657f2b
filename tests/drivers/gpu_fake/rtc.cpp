#include "tests/drivers/gpu_fake/rtc.hpp"

#include <unistd.h>

#include <regex>

#include "tests/drivers/gpu_fake/control.hpp"
#include "tests/drivers/gpu_fake/tools.hpp"

namespace gpu_fake {
namespace {

std::string compiler() {
  for (const std::string& name : {setting("compiler", ""), std::string("/usr/bin/clang++-14"),
                                  std::string("/usr/bin/clang++"), std::string("/usr/bin/g++")}) {
    if (!name.empty() && access(name.c_str(), X_OK) == 0) return name;
  }
  return "";
}

// "file:12:5: error: text" as NVRTC writes it, "file(12): error: text".
std::string as_cuda_messages(const std::string& log) {
  static const std::regex pattern("^([^\\n:]+):([0-9]+):[0-9]+: (fatal )?(error|warning):",
                                  std::regex::ECMAScript | std::regex::multiline);
  return std::regex_replace(log, pattern, "$1($2): $4:");
}

}  // namespace

CompileResult compile(const CompileJob& job) {
  CompileResult result;
  const Folder folder;
  const std::string program = compiler();
  if (program.empty()) {
    result.log = "error: the fake run-time compiler finds no C++ compiler";
    return result;
  }
  const std::string source = folder.file("source.cpp"), plain = folder.file("plain.ii"), log = folder.file("log"),
                    object = folder.file("module.so");
  for (const auto& [name, text] : job.headers) write_text(folder.file("headers/" + name), text);
  write_text(source, "#line 1 \"" + job.name + "\"\n" + (job.cuda_messages ? replace_ptx(job.source) : job.source));
  std::vector<std::string> common = {
      program, "-std=c++17", "-w", "-O1", "-fPIC", "-fno-strict-aliasing", "-ffp-contract=off"};
  if (program.find("clang") == std::string::npos) common.emplace_back("-fno-gnu-unique");  // modules can be unloaded
  std::vector<std::string> first = common, second = common;
  first.insert(first.end(), {"-E", "-I", HALYARD_FAKE_ROOT, "-I", folder.file("headers"), "-include",
                             std::string(HALYARD_FAKE_ROOT "/tests/drivers/gpu_fake/shim/") + job.shim});
  first.insert(first.end(), job.macros.begin(), job.macros.end());
  first.insert(first.end(), {"-o", plain, source});
  second.insert(second.end(), {"-shared", "-Wl,--as-needed", "-Wl,--no-undefined", "-x", "c++-cpp-output", plain, "-x",
                               "none", "-lm", "-o", object});
  result.good = run(first, log);
  if (result.good) {
    write_text(plain, describe_kernels(read_text(plain)));
    result.good = run(second, log);
  }
  result.log = read_text(log);
  if (job.cuda_messages) result.log = as_cuda_messages(result.log);
  if (result.good) result.elf = read_text(object);
  return result;
}

}  // namespace gpu_fake
