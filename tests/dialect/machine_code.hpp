// What the machine code that vendors' compilers made says of itself: registers that did not suffice, memory of an
// item's own, and which instructions it has. Each function answers with sentences, or with "" where nothing is wrong.
#pragma once

#include <elf.h>

#include <regex>
#include <string_view>

#if __has_include(<nlohmann/json.hpp>)
#include <nlohmann/json.hpp>
#endif

#include "tests/dialect/tools.hpp"

namespace halyard::test {

// Kernels that index an array of the item's own by data: it may lie in memory.
inline bool has_private_array(const std::string& kernel) {
  return kernel.starts_with("private_array") || kernel == "rotate_phases";
}

// ---- AMD: the metadata of a code object, which is MessagePack in a note ----

template <typename T>
const T* record_at(std::string_view file, std::uint64_t at, std::uint64_t count = 1) {
  const bool inside = at <= file.size() && count <= (file.size() - at) / sizeof(T);
  return inside ? reinterpret_cast<const T*>(file.data() + at) : nullptr;
}

// The contents of AMD's note; empty where there is none.
inline std::string_view amd_note(std::string_view file) {
  constexpr std::uint32_t kAmdMetadata = 32;
  const auto* header = record_at<Elf64_Ehdr>(file, 0);
  const auto* segments = header == nullptr ? nullptr : record_at<Elf64_Phdr>(file, header->e_phoff, header->e_phnum);
  for (int i = 0; segments != nullptr && i < header->e_phnum; ++i) {
    const auto* note = segments[i].p_type == PT_NOTE ? record_at<Elf64_Nhdr>(file, segments[i].p_offset) : nullptr;
    if (note != nullptr && note->n_type == kAmdMetadata) {
      const std::uint64_t at = segments[i].p_offset + sizeof *note + (note->n_namesz + 3) / 4 * 4;
      return record_at<char>(file, at, note->n_descsz) == nullptr ? "" : file.substr(at, note->n_descsz);
    }
  }
  return "";
}

#if __has_include(<nlohmann/json.hpp>)
constexpr bool kReadsAmdMetadata = true;
inline std::string faults_of_code_object(std::string_view file) {
  const std::string_view note = amd_note(file);
  const auto metadata = nlohmann::json::from_msgpack(note.begin(), note.end(), true, false);
  const auto kernels = metadata.is_object() ? metadata.find("amdhsa.kernels") : metadata.end();
  if (kernels == metadata.end() || kernels->empty()) {
    return "no metadata of a kernel in the code object\n";
  }
  std::string faults;
  for (const auto& kernel : *kernels) {
    const auto name = kernel.at(".name").get<std::string>();
    for (const char* figure : {".vgpr_spill_count", ".sgpr_spill_count", ".private_segment_fixed_size"}) {
      const auto found = kernel.at(figure).get<std::uint64_t>();
      if (found != 0 && !(figure == std::string(".private_segment_fixed_size") && has_private_array(name))) {
        faults += name + ": " + figure + " is " + std::to_string(found) + "\n";
      }
    }
  }
  return faults;
}
#else
constexpr bool kReadsAmdMetadata = false;
inline std::string faults_of_code_object(std::string_view) { return ""; }
#endif

// ---- NVIDIA: what ptxas -v says ----

// Spills, and every line that is not one of ptxas's figures: a compiler has nothing else to say of our kernels.
inline std::string faults_in_ptxas_log(const std::string& log) {
  static const std::regex figures(
      "([0-9]+) bytes stack frame, ([0-9]+) bytes spill stores, ([0-9]+) bytes spill loads");
  std::string faults, kernel;
  int kernels = 0;
  std::istringstream lines(log);
  for (std::string line; std::getline(lines, line);) {
    constexpr std::string_view kOpening = "Function properties for ";
    std::smatch found;
    if (std::regex_search(line, found, figures)) {
      ++kernels;
      faults += found[2] == "0" && found[3] == "0" ? "" : kernel + ": " + found[0].str() + "\n";
    } else if (const auto at = line.find(kOpening); at != std::string::npos) {
      kernel = line.substr(at + kOpening.size());
    } else if (!line.starts_with("ptxas info") && !line.empty()) {
      faults += line + "\n";
    }
  }
  return kernels == 0 && faults.empty() ? "ptxas gave figures of no kernel:\n" + log : faults;
}

// ---- Intel: what ocloc says ----

// Spills, and every line but that it is done.
inline std::string faults_in_ocloc_log(const std::string& log) {
  static const std::regex spill("kernel ([A-Za-z0-9_]+) +compiled SIMD[0-9]+ allocated [0-9]+ regs and spilled");
  std::string faults;
  std::istringstream lines(log);
  for (std::string line; std::getline(lines, line);) {
    std::smatch found;
    const bool allowed = std::regex_search(line, found, spill) && has_private_array(found[1]);
    if (!allowed && !line.empty() && line != "Build succeeded.") {
      faults += line + "\n";
    }
  }
  return faults;
}

// ---- both: an instruction in what a disassembler shows ----

inline std::string fault_unless_disassembled(const std::vector<std::string>& command, const std::string& instruction) {
  const CommandResult result = run_command(command);
  if (result.status != 0) {
    return command[0] + " ended with " + std::to_string(result.status) + ":\n" + result.output;
  }
  return std::regex_search(result.output, std::regex(instruction)) ? ""
                                                                   : "no " + instruction + " in:\n" + result.output;
}

}  // namespace halyard::test
