// The fake libocloc.so: its functions, and the memory of what they answer.
#include "tests/drivers/gpu_fake/ocloc.hpp"

#include <cstdio>
#include <cstring>
#include <mutex>
#include <set>

#include "backends/level_zero/abi.hpp"
#include "tests/drivers/gpu_fake/control.hpp"

namespace gpu_fake {

const char* const kEnvironment = "HALYARD_FAKE_OCLOC";
const int kNotPermitted = kOclocInvalidCommandLine;

namespace {

struct Outputs {
  std::mutex mutex;
  std::set<void*> live;  // the arrays of data
};

Outputs& outputs() {
  static auto* all = new Outputs;
  return *all;
}

int64_t live(const char*) {
  std::lock_guard lock(outputs().mutex);
  return static_cast<int64_t>(outputs().live.size());
}

__attribute__((constructor)) void hooks() { set_driver_hooks(nullptr, live); }

// The real one says it on the process's own output.
void print_command(const std::vector<std::string>& words) {
  std::string line = "Command was:";
  for (size_t i = 0; i < words.size(); ++i) {
    const bool quoted = i > 0 && (words[i - 1] == "-options" || words[i - 1] == "-internal_options");
    line += quoted ? " \"" + words[i] + "\"" : " " + words[i];
  }
  std::printf("%s\n", line.c_str());
}

void give(const OclocFiles& files, uint32_t* count, uint8_t*** data, uint64_t** bytes, char*** names) {
  *count = static_cast<uint32_t>(files.size());
  *data = new uint8_t*[files.size()];
  *bytes = new uint64_t[files.size()];
  *names = new char*[files.size()];
  for (size_t i = 0; i < files.size(); ++i) {
    const auto& [name, text] = files[i];
    (*bytes)[i] = text.size();
    (*data)[i] = new uint8_t[text.size()];
    std::memcpy((*data)[i], text.data(), text.size());
    (*names)[i] = new char[name.size() + 1];
    std::memcpy((*names)[i], name.c_str(), name.size() + 1);
  }
  std::lock_guard lock(outputs().mutex);
  outputs().live.insert(*data);
}

}  // namespace
}  // namespace gpu_fake

using namespace gpu_fake;

#define OCLOC_DECLARE(name, result, parameters) GPU_FAKE_EXPORT result name parameters;
HALYARD_OCLOC_FUNCTIONS(OCLOC_DECLARE)

int oclocInvoke(unsigned argument_count, const char* arguments[], const uint32_t source_count, const uint8_t** sources,
                const uint64_t* source_bytes, const char** source_names, const uint32_t header_count,
                const uint8_t** headers, const uint64_t* header_bytes, const char** header_names,
                uint32_t* output_count, uint8_t*** out, uint64_t** output_bytes, char*** output_names) {
  GPU_FAKE_ENTER();
  OclocJob job;
  job.words.assign(arguments, arguments + argument_count);
  for (uint32_t i = 0; i < source_count; ++i) {
    job.sources[source_names[i]].assign(reinterpret_cast<const char*>(sources[i]), source_bytes[i]);
  }
  for (uint32_t i = 0; i < header_count; ++i) {
    job.headers.emplace_back(header_names[i], std::string(reinterpret_cast<const char*>(headers[i]), header_bytes[i]));
  }
  const int code = run_ocloc(&job);
  if (code != 0) print_command(job.words);
  OclocFiles files = code == 0 ? job.made : OclocFiles{};
  files.emplace_back("stdout.log", job.log);
  if (output_count != nullptr && out != nullptr && output_bytes != nullptr && output_names != nullptr) {
    give(files, output_count, out, output_bytes, output_names);
  }
  return code;
}

int oclocFreeOutput(uint32_t* output_count, uint8_t*** out, uint64_t** output_bytes, char*** output_names) {
  GPU_FAKE_ENTER_RELEASE();
  {
    std::lock_guard lock(outputs().mutex);
    if (outputs().live.erase(*out) == 0) return misuse(-1, "%s of what is no output, or was freed", __func__);
  }
  for (uint32_t i = 0; i < *output_count; ++i) {
    delete[](*out)[i];
    delete[](*output_names)[i];
  }
  delete[] * out;
  delete[] * output_bytes;
  delete[] * output_names;
  GPU_FAKE_RETURN_RELEASE(0);
}
