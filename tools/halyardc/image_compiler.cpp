// See image_compiler.hpp.
#include "image_compiler.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "clang.hpp"
#include "halyard/compiler.h"

namespace halyardc {
namespace {

// In the order of preference, for each format.
struct Known {
  const char* kind;
  std::unique_ptr<ImageCompiler> (*make)();
};
constexpr Known kKnown[] = {{"nvrtc", make_nvrtc},           {"nvcc", make_nvcc},     {"clang", make_clang_for_nvidia},
                            {"clang", make_clang_for_amd},   {"hiprtc", make_hiprtc}, {"hipcc", make_hipcc},
                            {"clang", make_clang_for_spirv}, {"ocloc", make_ocloc}};

const char* format_name(hy_image_format format) {
  switch (format) {
    case HY_IMAGE_CUBIN:
      return "a cubin";
    case HY_IMAGE_PTX:
      return "PTX";
    case HY_IMAGE_SPIRV:
      return "SPIR-V";
    case HY_IMAGE_ZE_NATIVE:
      return "Intel's native code";
    default:
      return "a code object";
  }
}

std::string first_line(const std::string& text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  return begin == std::string::npos ? "" : text.substr(begin, text.find('\n', begin) - begin);
}

// What clang, hipcc and nvcc say of a target that they never heard of.
bool knows_not(const std::string& log) {
  for (const char* words : {"invalid target ID", "nsupported gpu architecture", "nsupported HIP gpu architecture",
                            "nsupported CUDA gpu architecture"}) {
    if (log.find(words) != std::string::npos) return true;
  }
  return false;
}

// "90" of "sm_90a".
int number_of(const std::string& target) { return std::atoi(target.c_str() + target.find('_') + 1); }

}  // namespace

std::string ImageCompiler::list(hy_image_format format) const {
  std::string text;
  std::string newest;
  int count = 0;
  const bool nvidia = format == HY_IMAGE_CUBIN || format == HY_IMAGE_PTX;
  for (const std::string& target : targets_) {
    if (nvidia && (target[0] == 's') != (format == HY_IMAGE_CUBIN)) continue;
    text += (text.empty() ? "" : " ") + target;
    if (nvidia && (newest.empty() || number_of(target) > number_of(newest))) newest = target;
    ++count;
  }
  if (text.empty()) return "what it does not say before it tries";
  return nvidia && count > 1 ? text + " (the newest: " + newest + ")" : text;
}

bool ImageCompiler::makes(const Target& target) const {
  return serves(target.format) &&
         (targets_.empty() || std::find(targets_.begin(), targets_.end(), target.base) != targets_.end());
}

Made judge(const Job& job, const std::string& compiler, const Ran& ran, std::string* problem) {
  if (ran.end == Ran::End::kExited && ran.exit_code == 0) return Made::kImage;
  const std::string who = job.file + ": " + compiler;
  const std::string what = ", compiling for " + job.target.name;
  if (ran.end != Ran::End::kExited) {
    *problem = ran.end == Ran::End::kNotStarted ? ran.problem : who + what + ", " + ran.problem;
    return ran.end == Ran::End::kTimedOut ? Made::kRefused : Made::kUnusable;
  }
  const std::string log = ran.diagnostics.empty() ? ran.output : ran.diagnostics;
  hy_error error{};
  hy_say_first_errors(log.data(), log.size(), job.file.c_str(), &error);
  *problem = error.message;
  if (problem->empty() && knows_not(log)) {
    *problem = compiler + " does not know " + job.target.name;
    return Made::kUnusable;
  }
  if (problem->empty()) {
    const std::size_t said = log.find("error");
    const std::size_t line = said == std::string::npos ? 0 : log.rfind('\n', said) + 1;
    *problem = who + what + ", failed: " + first_line(log.substr(line));
    return Made::kFailed;
  }
  *problem += "\n(" + compiler + what + ")";
  return Made::kRefused;
}

std::string compiler_kinds() { return "nvrtc, nvcc, clang, hiprtc, hipcc, ocloc"; }

bool is_compiler_kind(const std::string& kind) {
  return std::any_of(std::begin(kKnown), std::end(kKnown), [&](const Known& known) { return kind == known.kind; });
}

ImageCompilers::ImageCompilers(const std::vector<ChosenCompiler>& chosen, std::uint32_t time_limit_s)
    : time_limit_s_(time_limit_s) {
  const std::vector<std::string> clangs = clang_programs();
  const auto add = [&](const Known& known, const std::string& file) {
    const bool any_clang = std::strcmp(known.kind, "clang") == 0 && file.empty() && !clangs.empty();
    for (const std::string& program : any_clang ? clangs : std::vector<std::string>{file}) {
      entries_.push_back({known.make(), program, false, false});
    }
  };
  for (const ChosenCompiler& choice : chosen) {
    if (chosen_.find(choice.kind) == std::string::npos) chosen_ += (chosen_.empty() ? "" : ", ") + choice.kind;
    for (const Known& known : kKnown) {
      if (choice.kind == known.kind) add(known, choice.file);
    }
  }
  if (chosen.empty()) {
    for (const Known& known : kKnown) add(known, "");
  }
}

bool ImageCompilers::found(Entry* entry) {
  if (!entry->looked_for) entry->found = entry->compiler->find(entry->chosen);
  entry->looked_for = true;
  return entry->found;
}

ImageCompiler* ImageCompilers::compiler_for(const Target& target, const ImageCompiler* after, std::string* problem) {
  bool skipping = after != nullptr;
  std::string others;
  for (Entry& entry : entries_) {
    const bool is_tried = skipping;
    skipping = skipping && entry.compiler.get() != after;
    if (!entry.compiler->serves(target.format)) continue;
    if (!found(&entry)) {
      others += "\n  " + entry.compiler->cure();
    } else if (!entry.compiler->makes(target)) {
      others += "\n  " + entry.compiler->name() + " makes " + entry.compiler->list(target.format);
    } else if (!is_tried) {
      return entry.compiler.get();
    }
  }
  *problem = target.name + ": ";
  *problem += chosen_.empty() ? "no compiler on this machine" : "no compiler that --compiler allows (" + chosen_ + ")";
  *problem += std::string(" makes ") + format_name(target.format) + " for it" + others;
  if (after == nullptr) *problem += alternatives(target);  // else one does know it, and failed
  return nullptr;
}

std::string ImageCompilers::alternatives(const Target& target) {
  std::string text = ptx_instead(target);
  if (chosen_.empty()) return text;
  ImageCompilers all({}, time_limit_s_);
  std::string ignored;
  if (const ImageCompiler* other = all.compiler_for(target, nullptr, &ignored); other != nullptr) {
    text += "\n  without --compiler: " + other->name() + " makes " + format_name(target.format) + " for it";
  }
  return text;
}

// A compiler that makes no cubins may make PTX for the same device: clang.
std::string ImageCompilers::ptx_instead(const Target& target) {
  if (target.format != HY_IMAGE_CUBIN) return "";
  Target ptx = target;
  ptx.format = HY_IMAGE_PTX;
  ptx.name = ptx.base = "compute_" + target.name.substr(target.name.find('_') + 1);
  for (Entry& entry : entries_) {
    ImageCompiler& compiler = *entry.compiler;
    if (!compiler.serves(HY_IMAGE_PTX) || compiler.serves(HY_IMAGE_CUBIN) || !found(&entry)) continue;
    if (compiler.makes(ptx)) return "\n  " + compiler.name() + " makes PTX for it instead: --target " + ptx.name;
    return "\n  " + compiler.name() + " makes PTX alone: " + compiler.list(HY_IMAGE_PTX);
  }
  return "";
}

Made ImageCompilers::make(const Target& target, const std::string& text, const std::string& file, std::string* image,
                          std::string* problem) {
  if (!scratch_.make(problem)) return Made::kRefused;
  const Job job{target, text, file, scratch_.path(), time_limit_s_};
  std::string failures;
  Made worst = Made::kUnusable;
  ImageCompiler* compiler = nullptr;
  while ((compiler = compiler_for(target, compiler, problem)) != nullptr) {
    const Made made = compiler->make(job, image, problem);
    if (made == Made::kImage || made == Made::kRefused) return made;
    if (made == Made::kFailed) worst = Made::kFailed;
    failures += "\n" + *problem;
  }
  if (failures.empty()) return worst;
  // Where every one gave up, the lists of the others say what could be asked for.
  const bool has_lists = worst == Made::kUnusable && problem->find('\n') != std::string::npos;
  *problem = failures.substr(1) + (has_lists ? "\n" + *problem : "");
  return worst;
}

hy_dialect ImageCompilers::dialect_of(hy_image_format format) {
  if (format == HY_IMAGE_SPIRV || format == HY_IMAGE_ZE_NATIVE) return HY_DIALECT_OPENCL2;
  return format == HY_IMAGE_HIP_CODE ? HY_DIALECT_HIP : HY_DIALECT_CUDA;
}

// Of compute capability 2.0 and later, and of GCN, CDNA and RDNA.
const char* ImageCompilers::limits_of(hy_image_format format) {
  const bool known = format == HY_IMAGE_CUBIN || format == HY_IMAGE_PTX || format == HY_IMAGE_HIP_CODE;
  return known ? "#define HY_MOST_WORKGROUP_ITEMS 1024\n" : "";
}

std::string ImageCompilers::help() {
  std::string text = "Targets: " + std::string(kTargetForms) + ".\n";
  for (const hy_image_format format :
       {HY_IMAGE_CUBIN, HY_IMAGE_PTX, HY_IMAGE_HIP_CODE, HY_IMAGE_SPIRV, HY_IMAGE_ZE_NATIVE}) {
    text += std::string("\nOf these, the first that knows the target makes ") + format_name(format) + ":\n";
    for (Entry& entry : entries_) {
      if (!entry.compiler->serves(format)) continue;
      const ImageCompiler& compiler = *entry.compiler;
      text += "  " + (found(&entry) ? compiler.name() + ": " + compiler.list(format) : compiler.cure()) + "\n";
    }
  }
  return text;
}

}  // namespace halyardc
