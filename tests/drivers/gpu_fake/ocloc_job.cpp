// What the fake ocloc does: the command line of "compile" as the real one reads it, OpenCL C to SPIR-V by clang and
// llvm-spirv, and from there to the form that the fake driver runs. Names and messages are those of the real one
// (22.43).
#include <filesystem>
#include <regex>

#include "tests/drivers/gpu_fake/control.hpp"
#include "tests/drivers/gpu_fake/image.hpp"
#include "tests/drivers/gpu_fake/ocloc.hpp"
#include "tests/drivers/gpu_fake/spirv.hpp"
#include "tests/drivers/gpu_fake/tools.hpp"
#include "tests/drivers/gpu_fake/ze_products.hpp"

namespace gpu_fake {
namespace {

struct Options {
  std::string file, device, options, output, folder;
  bool plain_name = false, spirv_only = false, quiet = false;
};

bool begins(const std::string& text, const std::string& with) { return text.rfind(with, 0) == 0; }

int read_options(OclocJob* job, Options* out) {
  const std::vector<std::string>& words = job->words;
  const std::map<std::string, std::string*> values = {{"-file", &out->file},       {"-device", &out->device},
                                                      {"-options", &out->options}, {"-output", &out->output},
                                                      {"-out_dir", &out->folder},  {"-internal_options", nullptr}};
  const std::map<std::string, bool*> flags = {
      {"-output_no_suffix", &out->plain_name}, {"-spv_only", &out->spirv_only}, {"-q", &out->quiet}, {"-64", nullptr}};
  for (size_t i = 1; i < words.size(); ++i) {
    const auto value = values.find(words[i]);
    const auto flag = flags.find(words[i]);
    if (value != values.end() && i + 1 < words.size()) {
      ++i;
      if (value->second != nullptr) *value->second = words[i];
    } else if (flag != flags.end()) {
      if (flag->second != nullptr) *flag->second = true;
    } else if (i != 1 || words[i] != "compile") {
      job->log = "Invalid option (arg " + std::to_string(i) + "): " + words[i] + "\n";
      return kOclocInvalidCommandLine;
    }
  }
  return 0;
}

// The words of "-options" for clang; false for one that it would not know.
bool read_build_options(const std::string& text, std::vector<std::string>* out, std::string* unknown) {
  static const std::regex word(R"re((?:[^\s"]|"[^"]*")+)re");
  bool after_define = false;
  for (std::sregex_iterator at(text.begin(), text.end(), word), end; at != end; ++at) {
    const std::string found = std::regex_replace(at->str(), std::regex("\""), "");
    const bool known = after_define || begins(found, "-D") || begins(found, "-U") || begins(found, "-I") ||
                       begins(found, "-cl-") || found == "-w" || found == "-Werror";
    if (!known) return *unknown = found, false;
    after_define = !after_define && (found == "-D" || found == "-U" || found == "-I");
    out->push_back(found);
  }
  return true;
}

int fail_build(OclocJob* job, const std::string& messages) {
  job->log += messages + "\nBuild failed with error code: " + std::to_string(kOclocBuildFailure) + "\n";
  return kOclocBuildFailure;
}

// clang's messages without its last line, the count of them.
std::string messages_of(const std::string& log) {
  return std::regex_replace(log, std::regex("[0-9]+ (warning|error)[^\n]* generated\\.\n"), "");
}

int compile(OclocJob* job, const Options& options, const std::string& source, std::string* spirv,
            std::string* messages) {
  SpirvTools tools;
  std::string why;
  if (!find_spirv_tools(&tools, &why)) return fail_build(job, why + "\n");
  std::vector<std::string> build;
  if (!read_build_options(options.options, &build, &why)) {
    job->log += "\nUnrecognized build options: " + why;
    return fail_build(job, "");
  }
  const Folder folder;
  const std::string file = folder.file("kernel.cl"), code = folder.file("kernel.bc"), made = folder.file("kernel.spv"),
                    log = folder.file("log");
  write_text(file, "#line 1 \"1\"\n" + source.substr(0, source.find('\0')));
  for (const auto& [name, text] : job->headers) write_text(folder.file("headers/" + name), text);
  std::vector<std::string> words = {tools.clang,
                                    "-cc1",
                                    "-triple",
                                    "spir64-unknown-unknown",
                                    "-finclude-default-header",
                                    "-x",
                                    "cl",
                                    "-O1",
                                    "-disable-llvm-passes",
                                    "-fno-diagnostics-show-option",
                                    "-I",
                                    folder.file("headers"),
                                    "-emit-llvm-bc",
                                    "-o",
                                    code};
  if (setting("fp64", "1") == "0") words.insert(words.end(), {"-cl-ext=-cl_khr_fp64,-__opencl_c_fp64"});
  words.insert(words.end(), build.begin(), build.end());
  words.push_back(file);
  const bool good = run(words, log) && run({tools.spirv, "--spirv-ext=+SPV_INTEL_subgroups", code, "-o", made}, log);
  *messages = messages_of(read_text(log));
  if (!good) return fail_build(job, *messages);
  *spirv = read_text(made);
  return 0;
}

}  // namespace

int run_ocloc(OclocJob* job) {
  Options options;
  if (const int code = read_options(job, &options)) return code;
  const Product* const product = find_product(options.device);
  if (product == nullptr) {
    job->log = "Error: Cannot get HW Info for device " + options.device + ".\n";
    return kOclocInvalidDevice;
  }
  const auto source = job->sources.find(options.file);
  if (source == job->sources.end()) {
    job->log = "Error: Input file " + options.file + " missing.\n";
    return kOclocInvalidFile;
  }
  if (begins(options.device, "0x")) {
    job->log = "Auto-detected target based on " + options.device + " device id: " + product->word + "\n";
  }
  std::string spirv, messages;
  if (const int code = compile(job, options, source->second, &spirv, &messages)) return code;
  std::string name = options.output.empty() ? std::filesystem::path(options.file).stem().string() : options.output;
  if (!options.folder.empty()) name = options.folder + "/" + name;
  if (!options.plain_name) name += std::string("_") + product->ending;
  if (!options.spirv_only) {
    const SpirvResult native = translate_spirv(spirv);
    if (!native.good) return fail_build(job, native.log);
    job->made.emplace_back(options.plain_name ? name : name + ".bin", make_zebin(native.elf, product->word));
  }
  job->made.emplace(job->made.begin(), name + ".spv", spirv);
  job->log += messages + (messages.empty() ? "" : "\n") + (options.quiet ? "" : "Build succeeded.\n");
  return 0;
}

}  // namespace gpu_fake
