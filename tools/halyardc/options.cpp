// Reads the command line.
#include "options.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <cstring>

namespace halyardc {

const char kHelp[] =
    "halyardc: makes a bundle of kernels (.hkb) out of kernel files (.hk)\n"
    "\n"
    "  halyardc -o FILE.hkb [-D NAME=VALUE]... [--target LIST]... FILE.hk...\n"
    "                                                          makes a bundle\n"
    "  halyardc --emit KIND [-o FILE] [-D NAME=VALUE]... FILE.hk\n"
    "                                                          shows what a target's compiler gets\n"
    "\n"
    "  -o FILE              the bundle, or with --emit the text (default: standard output)\n"
    "  -D NAME=VALUE        a constant that the kernels are compiled with; without =VALUE: 1\n"
    "  --emit KIND          host, opencl, opencl2, cuda, hip, or signatures\n"
    "  --target LIST        adds images for these devices, made by the vendors' compilers that are found: sm_90 "
    "(cubin),\n"
    "                       compute_75 (PTX), gfx942, gfx942:xnack- (code objects), dg2 (Intel's native code), spirv "
    "or\n"
    "                       spirv:fp64:int64_atomics:subgroups (SPIR-V), separated by commas.\n"
    "                       help or list (also --targets): which can be made on this machine, by which compiler,\n"
    "                       and what the others lack\n"
    "  --optional-target LIST\n"
    "                       the same, but one that no compiler of this machine makes is left out, and named on\n"
    "                       standard error, where --target would fail: for builds that run on many machines. An error\n"
    "                       in a kernel fails either way\n"
    "  --compiler LIST      the compilers that may be used, the best first: nvrtc, nvcc, clang, hiprtc, hipcc, ocloc;\n"
    "                       or NAME=FILE (default: all that are found)\n"
    "  --time-limit SECONDS after which a vendor's compiler is stopped (default: 120)\n"
    "  --image FORMAT:TARGET:SOURCE=FILE\n"
    "                       adds an image made by another compiler from source number SOURCE (from 0), with the\n"
    "                       constants of -D; FORMAT: spirv, opencl, ptx, cubin, hip, ze\n"
    "\n"
    "for build systems (halyard_add_kernels() of the CMake package uses them):\n"
    "  --header FILE        a C++ header with a typed accessor for each kernel\n"
    "  --namespace NAME     of the header and of --embed\n"
    "  --embed FILE         C++ source that holds the bundle and its table hy_linked_bundle\n"
    "  --host-image SYMBOL  a host image that --embed refers to, best first\n"
    "  --host-text PREFIX   writes what the host's compiler gets for source N to PREFIX.N.inc\n"
    "  --relative-to FOLDER the bundle names its sources relative to FOLDER; messages name them as given\n"
    "\n"
    "  --version, --help\n"
    "\n"
    "Exit codes: 0 done, 2 failed, 64 wrong usage.\n";

namespace {

bool is_identifier(const std::string& text) {
  if (text.empty() || std::isdigit(static_cast<unsigned char>(text[0])) != 0) return false;
  for (const char c : text) {
    if (c != '_' && std::isalnum(static_cast<unsigned char>(c)) == 0) return false;
  }
  return true;
}

bool read_define(const std::string& text, Options* out, std::string* problem) {
  const std::size_t equals = text.find('=');
  out->defines.push_back({text.substr(0, equals), equals == std::string::npos ? "1" : text.substr(equals + 1)});
  if (is_identifier(out->defines.back().name)) return true;
  *problem = "-D " + text + ": expected NAME=VALUE";
  return false;
}

bool read_image(const std::string& text, Options* out, std::string* problem) {
  static constexpr struct {
    const char* name;
    hy_image_format format;
  } kFormats[] = {{"spirv", HY_IMAGE_SPIRV}, {"opencl", HY_IMAGE_OPENCL_BINARY}, {"ptx", HY_IMAGE_PTX},
                  {"cubin", HY_IMAGE_CUBIN}, {"hip", HY_IMAGE_HIP_CODE},         {"ze", HY_IMAGE_ZE_NATIVE}};
  const std::size_t equals = text.find('=');
  const std::size_t last = equals == std::string::npos ? equals : text.rfind(':', equals);
  const std::size_t first = text.find(':');
  if (last != std::string::npos && first < last) {
    Image image;
    for (const auto& known : kFormats) {
      if (text.compare(0, first, known.name) == 0) image.format = known.format;
    }
    image.target = text.substr(first + 1, last - first - 1);
    char* end = nullptr;
    image.source = static_cast<std::uint32_t>(std::strtoul(text.c_str() + last + 1, &end, 10));
    image.file = text.substr(equals + 1);
    if (image.format != 0 && end == text.c_str() + equals && last + 1 < equals) {
      out->images.push_back(image);
      return true;
    }
  }
  *problem = "--image " + text + ": expected FORMAT:TARGET:SOURCE=FILE";
  return false;
}

bool read_compilers(const std::string& list, Options* out, std::string* problem) {
  for (std::size_t at = 0; at <= list.size();) {
    const std::size_t end = std::min(list.find(',', at), list.size());
    const std::string word = list.substr(at, end - at);
    const std::size_t equals = std::min(word.find('='), word.size());
    out->compilers.push_back({word.substr(0, equals), equals < word.size() ? word.substr(equals + 1) : ""});
    if (!is_compiler_kind(out->compilers.back().kind)) {
      return *problem = "--compiler " + word + ": there are " + compiler_kinds(), false;
    }
    at = end + 1;
  }
  return true;
}

bool read_time_limit(const std::string& text, Options* out, std::string* problem) {
  constexpr unsigned long kMost = 24 * 60 * 60;
  char* end = nullptr;
  const unsigned long seconds = std::strtoul(text.c_str(), &end, 10);
  if (text.empty() || text[0] == '-' || *end != '\0' || seconds == 0 || seconds > kMost) {
    return *problem = "--time-limit " + text + ": expected seconds, from 1 to " + std::to_string(kMost), false;
  }
  out->time_limit_s = static_cast<std::uint32_t>(seconds);
  return true;
}

// An option that may be given more than once, or that is more than a text.
bool read_value(const std::string& option, const std::string& value, Options* out, std::string* problem) {
  if (option == "-D") return read_define(value, out, problem);
  if (option == "--image") return read_image(value, out, problem);
  if (option == "--compiler") return read_compilers(value, out, problem);
  if (option == "--time-limit") return read_time_limit(value, out, problem);
  if (option == "--host-image") return out->host_images.push_back(value), true;
  if (option == "--target" && (value == "help" || value == "list")) return out->target_help = true;
  if (read_targets(value, option == "--optional-target", &out->targets, problem)) return true;
  return problem->insert(0, option + ": "), false;
}

bool is_value_option(const std::string& word) {
  static constexpr const char* kOptions[] = {"-D",           "--image",  "--compiler",       "--time-limit",
                                             "--host-image", "--target", "--optional-target"};
  return std::any_of(std::begin(kOptions), std::end(kOptions), [&](const char* known) { return word == known; });
}

bool check(const Options& options, std::string* problem) {
  if (options.target_help) return true;
  if (options.sources.empty()) return *problem = "no kernel file (.hk) is named", false;
  if (!options.emit.empty()) {
    if (options.emit != "signatures" && dialect_of(options.emit) == HY_DIALECT_NONE) {
      return *problem = "--emit " + options.emit + ": there are host, opencl, opencl2, cuda, hip and signatures", false;
    }
    if (options.emit != "signatures" && options.sources.size() != 1)
      return *problem = "--emit takes one kernel file", false;
    return true;
  }
  if (options.output.empty() && options.header.empty() && options.embed.empty() && options.host_text.empty()) {
    return *problem = "-o FILE.hkb is missing", false;
  }
  if ((!options.header.empty() || !options.embed.empty()) && !is_identifier(options.name_space)) {
    return *problem = "--header and --embed need --namespace NAME, an identifier", false;
  }
  for (const std::string& symbol : options.host_images) {
    if (!is_identifier(symbol)) return *problem = "--host-image " + symbol + ": not an identifier", false;
  }
  return true;
}

}  // namespace

hy_dialect dialect_of(const std::string& name) {
  if (name == "host") return HY_DIALECT_HOST;
  if (name == "opencl") return HY_DIALECT_OPENCL;
  if (name == "opencl2") return HY_DIALECT_OPENCL2;
  if (name == "cuda") return HY_DIALECT_CUDA;
  if (name == "hip") return HY_DIALECT_HIP;
  return HY_DIALECT_NONE;
}

bool read_options(int argc, char** argv, Options* out, std::string* problem) {
  struct Flag {
    const char* name;
    std::string* value;
  };
  const Flag flags[] = {{"-o", &out->output},
                        {"--emit", &out->emit},
                        {"--header", &out->header},
                        {"--namespace", &out->name_space},
                        {"--embed", &out->embed},
                        {"--host-text", &out->host_text},
                        {"--relative-to", &out->relative_to}};
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--help" || word == "-h") return out->help = true;
    if (word == "--version") return out->version = true;
    if (word == "--targets") return out->target_help = true;
    if (word.size() < 2 || word[0] != '-') {
      out->sources.push_back(word);
      continue;
    }
    if (word.compare(0, 2, "-D") == 0 && word.size() > 2) {
      if (!read_define(word.substr(2), out, problem)) return false;
      continue;
    }
    const Flag* known = nullptr;
    for (const Flag& flag : flags) {
      if (word == flag.name) known = &flag;
    }
    if (known == nullptr && !is_value_option(word)) return *problem = "unknown option " + word, false;
    if (i + 1 >= argc) return *problem = word + " lacks its value", false;
    const std::string value = argv[++i];
    if (known != nullptr) {
      *known->value = value;
    } else if (!read_value(word, value, out, problem)) {
      return false;
    }
  }
  return check(*out, problem);
}

}  // namespace halyardc
