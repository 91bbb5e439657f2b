// halyardc: kernel files in, a bundle out, and what a build needs beside it. Uses the public API alone.
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "files.hpp"
#include "generate.hpp"
#include "halyard/compiler.h"
#include "image_compiler.hpp"
#include "library_compiler.hpp"
#include "options.hpp"

namespace halyardc {
namespace {

constexpr int kExitFailed = 2;
constexpr int kExitUsage = 64;

struct Deleter {
  void operator()(hy_bundle_writer* writer) const { hy_bundle_writer_destroy(writer); }
  void operator()(char* text) const { hy_text_free(text); }
};

// Everything that one run makes; `problem` is the first thing that went wrong.
class Compiler {
 public:
  explicit Compiler(const Options& options) : options_(options) {
    for (const Define& define : options.defines) constants_.push_back({define.name.c_str(), define.value.c_str()});
  }

  bool run() { return read() && (options_.emit.empty() ? make_images() && write() : emit()); }
  const std::string& problem() const { return problem_; }

 private:
  bool good(hy_status status) {
    if (status == HY_OK) return true;
    problem_ = error_.message;
    return false;
  }
  std::uint32_t constant_count() const { return static_cast<std::uint32_t>(constants_.size()); }

  bool read();
  bool read_kernels();
  std::string name_in_bundle(const std::string& source) const;
  bool expand(std::size_t source, hy_dialect dialect, std::string* out);
  bool add_image(hy_image_format format, const std::string& target, std::uint32_t source, const std::string& bytes);
  bool make_images();
  bool make_images_for(const Target& target, ImageCompilers* compilers);
  bool emit();
  bool write();
  bool write_host_texts();

  const Options& options_;
  std::vector<hy_constant> constants_;
  std::vector<std::string> texts_;
  std::vector<const hy_signature*> kernels_;
  std::unique_ptr<hy_bundle_writer, Deleter> writer_;
  std::string problem_;
  hy_error error_{};
};

// No path of the building machine goes into a bundle, but messages name the file so that an editor finds it.
std::string Compiler::name_in_bundle(const std::string& source) const {
  if (options_.relative_to.empty()) return source;
  const std::filesystem::path relative = std::filesystem::path(source).lexically_relative(options_.relative_to);
  return relative.empty() ? source : relative.generic_string();
}

bool Compiler::read() {
  hy_bundle_writer* writer = nullptr;
  if (!good(hy_bundle_writer_create(&writer, &error_))) return false;
  writer_.reset(writer);
  for (const std::string& source : options_.sources) {
    std::string& text = texts_.emplace_back();
    if (!read_file(source, &text, &problem_)) return false;
    const std::string name = name_in_bundle(source);
    if (!good(hy_bundle_writer_add_source(writer, text.data(), text.size(), name.c_str(), &error_))) {
      if (problem_.rfind(name + ":", 0) == 0) problem_.replace(0, name.size(), source);
      return false;
    }
  }
  if (!good(hy_bundle_writer_set_constants(writer, constants_.data(), constant_count(), &error_))) return false;
  for (const Image& image : options_.images) {
    std::string bytes;
    if (!read_file(image.file, &bytes, &problem_)) return false;
    if (!add_image(image.format, image.target, image.source, bytes))
      return problem_.insert(0, image.file + ": "), false;
  }
  return read_kernels();
}

bool Compiler::add_image(hy_image_format format, const std::string& target, std::uint32_t source,
                         const std::string& bytes) {
  return good(hy_bundle_writer_add_image(writer_.get(), format, target.c_str(), source, constants_.data(),
                                         constant_count(), bytes.data(), bytes.size(), &error_));
}

bool Compiler::make_images() {
  if (options_.targets.empty()) return true;
  ImageCompilers compilers(options_.compilers, options_.time_limit_s);
  for (const Target& target : options_.targets) {
    if (!make_images_for(target, &compilers)) return false;
  }
  return true;
}

// Of every source, or of none: a bundle that has some of them would only fail later.
bool Compiler::make_images_for(const Target& target, ImageCompilers* compilers) {
  std::vector<std::string> images(texts_.size());
  for (std::size_t i = 0; i < texts_.size(); ++i) {
    std::string text;
    if (!expand(i, ImageCompilers::dialect_of(target.format), &text)) return false;
    text.insert(0, ImageCompilers::limits_of(target.format));
    const Made made = compilers->make(target, text, options_.sources[i], &images[i], &problem_);
    if (made == Made::kImage) continue;
    if (made != Made::kUnusable || !target.optional) return false;
    std::fprintf(stderr, "halyardc: the optional target %s is left out: %s\n", target.name.c_str(), problem_.c_str());
    problem_.clear();
    return true;
  }
  for (std::size_t i = 0; i < images.size(); ++i) {
    if (!add_image(target.format, target.name, static_cast<std::uint32_t>(i), images[i])) return false;
  }
  return true;
}

bool Compiler::read_kernels() {
  std::uint32_t count = 0;
  if (!good(hy_bundle_writer_kernel_count(writer_.get(), &count, &error_))) return false;
  for (std::uint32_t i = 0; i < count; ++i) {
    const hy_signature* signature = nullptr;
    if (!good(hy_bundle_writer_kernel(writer_.get(), i, &signature, nullptr, &error_))) return false;
    kernels_.push_back(signature);
  }
  return true;
}

bool Compiler::expand(std::size_t source, hy_dialect dialect, std::string* out) {
  char* text = nullptr;
  std::uint64_t bytes = 0;
  const std::string& from = texts_[source];
  if (!good(hy_expand(from.data(), from.size(), options_.sources[source].c_str(), dialect, constants_.data(),
                      constant_count(), &text, &bytes, &error_))) {
    return false;
  }
  out->assign(text, bytes);
  hy_text_free(text);
  return true;
}

bool Compiler::emit() {
  std::string text;
  if (options_.emit == "signatures") {
    for (const hy_signature* kernel : kernels_) text += signature_text(*kernel) + "\n";
  } else if (!expand(0, dialect_of(options_.emit), &text)) {
    return false;
  }
  if (!options_.output.empty() && options_.output != "-") return write_file(options_.output, text, &problem_);
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0) return true;
  problem_ = "standard output can't be written";
  return false;
}

bool Compiler::write_host_texts() {
  for (std::size_t i = 0; i < texts_.size(); ++i) {
    std::string text;
    if (!expand(i, HY_DIALECT_HOST, &text)) return false;
    if (!write_file(options_.host_text + "." + std::to_string(i) + ".inc", text, &problem_)) return false;
  }
  return true;
}

bool Compiler::write() {
  const void* data = nullptr;
  std::uint64_t bytes = 0;
  if (!good(hy_bundle_writer_finish(writer_.get(), &data, &bytes, &error_))) return false;
  const std::string bundle(static_cast<const char*>(data), bytes);
  if (!options_.host_text.empty() && !write_host_texts()) return false;
  if (!options_.header.empty() && !write_file(options_.header, cpp_header(options_.name_space, kernels_), &problem_)) {
    return false;
  }
  if (!options_.embed.empty() &&
      !write_file(options_.embed, cpp_embedding(options_.name_space, bundle, options_.host_images), &problem_)) {
    return false;
  }
  return options_.output.empty() || write_file(options_.output, bundle, &problem_);
}

int run(int argc, char** argv) {
  Options options;
  std::string problem;
  if (!read_options(argc, argv, &options, &problem)) {
    std::fprintf(stderr, "halyardc: %s (halyardc --help)\n", problem.c_str());
    return kExitUsage;
  }
  if (options.help) return std::fputs(kHelp, stdout), 0;
  if (options.target_help) {
    return std::fputs(ImageCompilers(options.compilers, options.time_limit_s).help().c_str(), stdout), 0;
  }
  if (options.version) return std::printf("halyardc %s\n", hy_version()), 0;
  Compiler compiler(options);
  if (compiler.run()) return 0;
  std::fprintf(stderr, "%s\n", compiler.problem().c_str());
  return kExitFailed;
}

}  // namespace
}  // namespace halyardc

int main(int argc, char** argv) {
  if (argc > 1 && std::strcmp(argv[1], halyardc::kLibraryVerb) == 0) return halyardc::serve_library(argc - 2, argv + 2);
  return halyardc::run(argc, argv);
}
