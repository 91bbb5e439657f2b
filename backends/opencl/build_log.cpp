// Reads compilers' logs. PoCL writes "error: file:3:5: what", clang-based drivers "file:3:5: error: what" with their
// own name for the file, older ones "line 3: error: what" or nothing that can be recognised.
#include "backends/opencl/build_log.hpp"

#include <cctype>
#include <cstdio>
#include <cstring>

namespace halyard::opencl {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

// Finds "LINE:COLUMN:" in a line; `at` its beginning, `end` past its last colon.
bool find_position(const std::string& line, size_t* at, size_t* end) {
  for (size_t i = 0; i < line.size(); ++i) {
    if (!is_digit(line[i]) || (i > 0 && line[i - 1] != ':' && line[i - 1] != ' ')) continue;
    size_t j = i;
    while (j < line.size() && is_digit(line[j])) ++j;
    if (j >= line.size() || line[j] != ':') continue;
    size_t k = j + 1;
    while (k < line.size() && is_digit(line[k])) ++k;
    if (k == j + 1 || k >= line.size() || line[k] != ':') continue;
    *at = i;
    *end = k + 1;
    return true;
  }
  return false;
}

// "what" of "error: what", without leading blanks.
std::string message_of(const std::string& line, size_t from) {
  std::string text = line.substr(from);
  text.erase(0, text.find_first_not_of(' ') == std::string::npos ? text.size() : text.find_first_not_of(' '));
  for (const char* word : {"fatal error: ", "error: "}) {
    if (text.rfind(word, 0) == 0) return text.substr(std::strlen(word));
  }
  return text;
}

// One error as "file:line:column: what"; "" for a line that is none.
std::string as_error(const std::string& line, const char* file) {
  if (lower(line).find("error") == std::string::npos) return "";
  size_t at = 0, end = 0;
  if (!find_position(line, &at, &end)) return "";
  // A path that ends in the user's file name, or with no name of its own, is the user's file; others are headers.
  std::string where = at == 0 ? "" : line.substr(0, at - 1);
  if (where.rfind("error: ", 0) == 0) where.erase(0, std::strlen("error: "));
  const std::string name = where.empty() || where.front() == '<' || where.find("/comgr") != std::string::npos ||
                                   where.find(' ') != std::string::npos
                               ? std::string(file)
                               : where;
  return name + ":" + line.substr(at, end - at) + " " + message_of(line, end);
}

}  // namespace

std::string build_log(const Api& cl, cl_program program, cl_device_id device) {
  size_t bytes = 0;
  if (cl.clGetProgramBuildInfo(program, device, CL_PROGRAM_BUILD_LOG, 0, nullptr, &bytes) != CL_SUCCESS || bytes == 0)
    return "";
  std::string log(bytes + 1, '\0');
  if (cl.clGetProgramBuildInfo(program, device, CL_PROGRAM_BUILD_LOG, bytes, log.data(), nullptr) != CL_SUCCESS)
    return "";
  log.resize(std::strlen(log.c_str()));
  while (!log.empty() && std::isspace(static_cast<unsigned char>(log.back())) != 0) log.pop_back();
  return log;
}

std::string first_errors(const std::string& log, const char* file, size_t most_bytes) {
  std::string out;
  for (size_t begin = 0; begin < log.size();) {
    const size_t newline = log.find('\n', begin);
    const size_t end = newline == std::string::npos ? log.size() : newline;
    const std::string error = as_error(log.substr(begin, end - begin), file);
    begin = end + 1;
    if (error.empty()) continue;
    if (!out.empty() && out.size() + error.size() + 1 > most_bytes) break;
    if (!out.empty()) out += '\n';
    out += error;
  }
  if (out.empty()) out = std::string(file) + ": " + (log.empty() ? "the compiler gave no reason" : log);
  if (out.size() > most_bytes) out.resize(most_bytes);
  return out;
}

void binary_target(const Found& found, char (&out)[HY_NAME_CAPACITY]) {
  // A number made of everything that a binary depends on (FNV-1a), with the device's name for readers.
  uint64_t hash = 0xcbf29ce484222325u;
  for (const char c : found.identity) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  std::snprintf(out, sizeof out, "%016llx %.100s", static_cast<unsigned long long>(hash), found.info.name);
}

}  // namespace halyard::opencl
