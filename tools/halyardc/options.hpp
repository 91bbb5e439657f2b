// What halyardc was asked to do.
#pragma once

#include <string>
#include <vector>

#include "halyard/halyard.h"
#include "image_compiler.hpp"

namespace halyardc {

struct Define {
  std::string name;
  std::string value;
};

// An image that another compiler made: FORMAT:TARGET:SOURCE=FILE.
struct Image {
  hy_image_format format = 0;
  std::string target;
  std::uint32_t source = 0;
  std::string file;
};

struct Options {
  std::vector<std::string> sources;
  std::vector<Define> defines;
  std::vector<Image> images;
  std::vector<Target> targets;            // --target, --optional-target
  std::vector<ChosenCompiler> compilers;  // --compiler; empty: all
  std::uint32_t time_limit_s = 120;       // --time-limit: of each run of a compiler
  std::string output;                     // -o; "-" or "" with --emit: standard output
  std::string emit;                       // a dialect's name, or "signatures"
  std::string header;                     // --header
  std::string name_space;                 // --namespace
  std::string embed;                      // --embed
  std::string host_text;                  // --host-text: prefix of the files with the host text of each source
  std::string relative_to;  // --relative-to: what the bundle's names of sources are relative to; "": nothing
  std::vector<std::string> host_images;  // --host-image: symbols, best first
  bool help = false;
  bool target_help = false;
  bool version = false;
};

extern const char kHelp[];

// False, with the reason in `problem`, where the command line makes no sense.
bool read_options(int argc, char** argv, Options* out, std::string* problem);

// HY_DIALECT_NONE for an unknown name.
hy_dialect dialect_of(const std::string& name);

}  // namespace halyardc
