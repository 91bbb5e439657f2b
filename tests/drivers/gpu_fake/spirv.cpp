#include "tests/drivers/gpu_fake/spirv.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <mutex>

#include "tests/drivers/gpu_fake/control.hpp"
#include "tests/drivers/gpu_fake/tools.hpp"

namespace gpu_fake {
namespace {

constexpr uint32_t kMagic = 0x07230203, kOpCapability = 17, kOpEntryPoint = 15, kModelKernel = 6;
constexpr int kOldest = 14, kNewest = 30;

std::string program(const char* name, int version) {
  const std::string path = std::string("/usr/bin/") + name + "-" + std::to_string(version);
  return access(path.c_str(), X_OK) == 0 ? path : "";
}

bool llvm_of(int version, SpirvTools* out) {
  out->clang = program("clang", version);
  out->dis = program("llvm-dis", version);
  out->link = program("llvm-link", version);
  out->opaque_pointers = version > 14;
  return !out->clang.empty() && !out->dis.empty() && !out->link.empty();
}

// What is linked with every module, made once: the target's lines, and the files' texts.
struct Shim {
  bool good = false;
  std::string log, target, host, functions;
};

Shim make_shim(const SpirvTools& tools) {
  Shim made;
  const Folder folder;
  const std::string log = folder.file("log"), host = folder.file("host.ll"), functions = folder.file("cl.ll");
  const std::string from = HALYARD_FAKE_ROOT "/tests/drivers/gpu_fake/shim/spirv";
  made.good = run({tools.clang, "-x", "c++", "-std=c++17", "-w", "-O1", "-fPIC", "-fno-strict-aliasing",
                   "-ffp-contract=off", "-S", "-emit-llvm", "-I", HALYARD_FAKE_ROOT, "-o", host, from + ".cpp"},
                  log) &&
              run({tools.clang, "-cc1", "-triple", "spir64-unknown-unknown", "-x", "cl", "-cl-std=CL2.0", "-w", "-O1",
                   "-disable-llvm-passes", "-ffp-contract=off", "-emit-llvm", "-o", functions, from + ".cl"},
                  log);
  made.log = read_text(log);
  if (!made.good) return made;
  made.host = read_text(host);
  made.target = target_lines(made.host);
  made.functions = host_functions(read_text(functions), made.target);
  return made;
}

const Shim& shim(const SpirvTools& tools) {
  static std::mutex mutex;
  static auto* made = new std::map<std::string, Shim>;
  std::lock_guard lock(mutex);
  const auto found = made->find(tools.clang);
  return found != made->end() ? found->second : made->emplace(tools.clang, make_shim(tools)).first->second;
}

bool build(const SpirvTools& tools, const Shim& with, const std::string& bytes, SpirvResult* out) {
  const Folder folder;
  const std::string log = folder.file("log"), spirv = folder.file("module.spv"), back = folder.file("back.bc"),
                    text = folder.file("back.ll"), module = folder.file("module.ll"), host = folder.file("host.ll"),
                    functions = folder.file("cl.ll"), all = folder.file("all.bc"), object = folder.file("module.so");
  write_text(spirv, bytes);
  write_text(host, with.host);
  write_text(functions, with.functions);
  bool good = run({tools.spirv, "-r", spirv, "-o", back}, log) && run({tools.dis, back, "-o", text}, log);
  if (good) write_text(module, host_module(read_text(text), with.target, tools.opaque_pointers));
  good = good && run({tools.link, module, host, functions, "-o", all}, log) &&
         run({tools.clang, "-O1", "-w", "-shared", "-fPIC", "-ffp-contract=off", "-Wl,--no-undefined", "-x", "ir", all,
              "-x", "none", "-lm", "-o", object},
             log);
  out->log += read_text(log);
  if (good) out->elf = read_text(object);
  return good;
}

SpirvResult translate(const std::string& bytes, const SpirvFacts& facts) {
  SpirvResult result;
  SpirvTools tools;
  if (!find_spirv_tools(&tools, &result.log)) return result;
  const Shim& with = shim(tools);
  result.log = with.log;
  result.good = with.good && build(tools, with, bytes, &result);
  if (result.good) return result;
  std::string head = "error: the fake driver cannot translate the module with the kernels";
  for (const std::string& kernel : facts.kernels) head += " " + kernel;
  result.log = head + "\n" + result.log;
  return result;
}

}  // namespace

bool find_spirv_tools(SpirvTools* out, std::string* why) {
  const int wanted = static_cast<int>(setting_number("llvm", 0));
  for (int version = kOldest; version <= kNewest; ++version) {
    out->spirv = program("llvm-spirv", version);
    if (out->spirv.empty()) continue;
    for (int llvm = wanted != 0 ? wanted : version; llvm <= (wanted != 0 ? wanted : kNewest); ++llvm) {
      if (llvm_of(llvm, out)) return true;
    }
    *why =
        "error: the fake driver finds " + out->spirv + ", but no clang with llvm-dis and llvm-link for it in /usr/bin";
    return false;
  }
  *why = "error: the fake driver finds no llvm-spirv in /usr/bin";
  return false;
}

bool read_spirv(const std::string& bytes, SpirvFacts* out) {
  std::vector<uint32_t> words(bytes.size() / 4);
  std::memcpy(words.data(), bytes.data(), words.size() * 4);
  if (bytes.size() % 4 != 0 || words.size() < 5 || words[0] != kMagic) return false;
  for (size_t at = 5; at < words.size();) {
    const uint32_t length = words[at] >> 16, operation = words[at] & 0xFFFFu;
    if (length == 0 || length > words.size() - at) return false;
    if (operation == kOpCapability && length == 2) out->capabilities.push_back(words[at + 1]);
    if (operation == kOpEntryPoint && length > 3 && words[at + 1] == kModelKernel) {
      const char* name = bytes.data() + (at + 3) * 4;
      out->kernels.emplace_back(name, strnlen(name, (length - 3) * size_t{4}));
    }
    at += length;
  }
  return true;
}

SpirvResult translate_spirv(const std::string& bytes) {
  static std::mutex mutex;
  static auto* known = new std::map<std::string, SpirvResult>;
  SpirvFacts facts;
  SpirvResult result;
  if (!read_spirv(bytes, &facts)) {
    result.log = "error: the module is not SPIR-V, or is cut off";
    return result;
  }
  std::lock_guard lock(mutex);
  if (const auto found = known->find(bytes); found != known->end()) return found->second;
  result = translate(bytes, facts);
  if (result.good) (*known)[bytes] = result;
  return result;
}

}  // namespace gpu_fake
