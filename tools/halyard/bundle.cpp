// `halyard bundle FILE`: what a .hkb holds, without a device: kernels with their signatures, and the images in it.
#include <errno.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <system_error>
#include <vector>

#include "halyard/compiler.h"
#include "tools/halyard/commands.hpp"
#include "tools/halyard/json.hpp"
#include "tools/halyard/text.hpp"

namespace halyard::command {
namespace {

struct Closer {
  void operator()(hy_bundle_reader* reader) const { hy_bundle_reader_close(reader); }
};

struct Kernel {
  std::string name;
  std::string signature;
  std::vector<hy_param> parameters;  // their names belong to the reader
  std::vector<std::string> workgroup;
  std::uint32_t source = 0;
  std::uint32_t line = 0;
};

using Constants = std::vector<std::pair<std::string, std::string>>;

struct Image {
  std::string target;
  hy_image_format format = 0;
  std::uint32_t source = 0;
  Constants constants;
  std::uint64_t bytes = 0;
  std::string damage;  // what is wrong with its bytes
};

struct Contents {
  std::uint64_t bytes = 0;
  Constants constants;
  std::vector<std::pair<std::string, std::uint64_t>> sources;
  std::vector<Kernel> kernels;
  std::vector<Image> images;
};

// Words of `halyardc --image`, and of messages.
struct FormatName {
  hy_image_format format;
  const char* name;
  const char* words;
};
constexpr FormatName kFormats[] = {{HY_IMAGE_SPIRV, "spirv", "SPIR-V"},
                                   {HY_IMAGE_OPENCL_BINARY, "opencl", "OpenCL binary"},
                                   {HY_IMAGE_PTX, "ptx", "PTX"},
                                   {HY_IMAGE_CUBIN, "cubin", "cubin"},
                                   {HY_IMAGE_HIP_CODE, "hip", "code object"},
                                   {HY_IMAGE_ZE_NATIVE, "ze", "Level Zero binary"}};

FormatName name_of(hy_image_format format) {
  for (const FormatName& known : kFormats) {
    if (known.format == format) return known;
  }
  return {format, "unknown", "of a format that this version does not know"};
}

Constants constants_of(const hy_constant* constants, std::uint32_t count) {
  Constants list;
  for (std::uint32_t i = 0; i < count; ++i) list.emplace_back(constants[i].name, constants[i].value);
  return list;
}

std::string constants_text(const Constants& constants) {
  std::string text;
  for (const auto& [name, value] : constants) text.append(text.empty() ? "" : " ").append(name + "=" + value);
  return text;
}

std::string signature_text(const hy_signature& signature) {
  std::string text = std::string("HY_KERNEL(") + signature.name;
  for (std::uint32_t i = 0; i < signature.param_count; ++i) {
    const hy_param& param = signature.params[i];
    text +=
        std::string(", ") + hy_param_kind_name(param.kind) + "(" + hy_type_name(param.type) + ", " + param.name + ")";
  }
  return text + ")";
}

// The bundle's file as 8-byte words, which the reader wants aligned.
bool read_words(const std::string& path, std::vector<std::uint64_t>* words, std::uint64_t* bytes,
                std::string* problem) {
  std::error_code bad;
  *bytes = std::filesystem::file_size(path, bad);
  *problem = bad.message();
  if (bad) return false;
  words->resize(*bytes / 8 + 1);
  std::ifstream file(path, std::ios::binary);
  const bool read = static_cast<bool>(file.read(reinterpret_cast<char*>(words->data()), std::streamsize(*bytes)));
  if (!read) *problem = std::strerror(errno);
  return read;
}

hy_status read_kernel(hy_bundle_reader* reader, std::uint32_t index, Contents* out, hy_error* error) {
  hy_bundle_kernel kernel{};
  kernel.size = sizeof kernel;
  if (hy_status status = hy_bundle_reader_kernel(reader, index, &kernel, error); status != HY_OK) return status;
  Kernel& one = out->kernels.emplace_back();
  one.name = kernel.signature->name;
  one.signature = signature_text(*kernel.signature);
  one.parameters.assign(kernel.signature->params, kernel.signature->params + kernel.signature->param_count);
  one.source = kernel.source;
  one.line = kernel.line;
  for (const char* size : kernel.workgroup) {
    if (size != nullptr) one.workgroup.emplace_back(size);
  }
  return HY_OK;
}

hy_status read_image(hy_bundle_reader* reader, std::uint32_t index, Contents* out, hy_error* error) {
  hy_bundle_image image{};
  image.size = sizeof image;
  if (hy_status status = hy_bundle_reader_image(reader, index, &image, error); status != HY_OK) return status;
  Image& one = out->images.emplace_back();
  one = {
      image.target, image.format, image.source, constants_of(image.constants, image.constant_count), image.bytes, ""};
  const void* data = nullptr;
  std::uint64_t bytes = 0;
  hy_error damage{};
  if (hy_bundle_reader_image_bytes(reader, index, &data, &bytes, &damage) != HY_OK) one.damage = damage.message;
  return HY_OK;
}

hy_status read_contents(hy_bundle_reader* reader, Contents* out, hy_error* error) {
  hy_bundle_counts counts{};
  counts.size = sizeof counts;
  hy_status status = hy_bundle_reader_get_counts(reader, &counts, error);
  out->constants = constants_of(counts.constants, counts.constant_count);
  for (std::uint32_t i = 0; status == HY_OK && i < counts.sources; ++i) {
    const char* file = "";
    std::uint64_t bytes = 0;
    status = hy_bundle_reader_source(reader, i, &file, &bytes, error);
    out->sources.emplace_back(file, bytes);
  }
  for (std::uint32_t i = 0; status == HY_OK && i < counts.kernels; ++i) status = read_kernel(reader, i, out, error);
  for (std::uint32_t i = 0; status == HY_OK && i < counts.images; ++i) status = read_image(reader, i, out, error);
  return status;
}

Json constants_json(const Constants& constants) {
  Json json = Json::object();
  for (const auto& [name, value] : constants) json[name] = value;
  return json;
}

Json kernel_json(const Kernel& kernel, const Contents& contents) {
  Json json;
  json["name"] = kernel.name;
  json["source"] = contents.sources[kernel.source].first;
  json["line"] = number_or_null(kernel.line);
  json["signature"] = kernel.signature;
  Json& parameters = json["parameters"] = Json::array();
  for (const hy_param& param : kernel.parameters) {
    parameters.push_back(
        {{"name", param.name}, {"kind", hy_param_kind_name(param.kind)}, {"type", hy_type_name(param.type)}});
  }
  json["workgroup"] = kernel.workgroup.empty() ? Json(nullptr) : Json(kernel.workgroup);
  return json;
}

Json image_json(const Image& image, const Contents& contents) {
  Json json;
  json["target"] = text_or_null(image.target);
  json["format"] = name_of(image.format).name;
  json["source"] = contents.sources[image.source].first;
  json["constants"] = constants_json(image.constants);
  json["bytes"] = image.bytes;
  json["damage"] = text_or_null(image.damage);
  return json;
}

Json contents_json(const std::string& path, const Contents& contents) {
  Json json = document("bundle");
  json["file"] = path;
  json["bytes"] = contents.bytes;
  json["constants"] = constants_json(contents.constants);
  Json& sources = json["sources"] = Json::array();
  for (const auto& [file, bytes] : contents.sources) sources.push_back({{"file", file}, {"bytes", bytes}});
  Json& kernels = json["kernels"] = Json::array();
  for (const Kernel& kernel : contents.kernels) kernels.push_back(kernel_json(kernel, contents));
  Json& images = json["images"] = Json::array();
  for (const Image& image : contents.images) images.push_back(image_json(image, contents));
  return json;
}

std::string kernel_text(const Kernel& kernel, const Contents& contents) {
  std::string text = kernel.signature + ", of " + contents.sources[kernel.source].first;
  if (kernel.line != 0) text += ":" + std::to_string(kernel.line);
  if (kernel.workgroup.empty()) return text;
  return text + ", workgroup " + kernel.workgroup[0] + " x " + kernel.workgroup[1] + " x " + kernel.workgroup[2];
}

std::string image_text(const Image& image, const Contents& contents) {
  std::string text = std::string(name_of(image.format).words) + " of " + contents.sources[image.source].first + ", " +
                     bytes_text(image.bytes);
  if (!image.constants.empty()) text += ", with " + constants_text(image.constants);
  return image.damage.empty() ? text : text + "; DAMAGED: " + image.damage;
}

std::string contents_text(const std::string& path, const Contents& contents, int width) {
  std::string text = wrapped("",
                             path + ": " + counted(contents.kernels.size(), "kernel") + ", " +
                                 counted(contents.images.size(), "image") + ", " + bytes_text(contents.bytes),
                             width);
  if (!contents.constants.empty()) text += wrapped("Constants: ", constants_text(contents.constants), width);
  std::vector<std::pair<std::string, std::string>> rows;
  for (const Kernel& kernel : contents.kernels) rows.emplace_back(kernel.name, kernel_text(kernel, contents));
  text += "\nKernels\n" + rows_text(rows, 2, width) + "\nImages\n";
  if (contents.images.empty()) return text + "  none: devices compile the source\n";
  rows.clear();
  for (const Image& image : contents.images) {
    rows.emplace_back(image.target.empty() ? "any" : image.target, image_text(image, contents));
  }
  return text + rows_text(rows, 2, width);
}

}  // namespace

int run_bundle(const BundleArguments& arguments, Output& output) {
  std::vector<std::uint64_t> words;
  Contents contents;
  std::string problem;
  if (!read_words(arguments.file, &words, &contents.bytes, &problem)) {
    return complain(arguments.file + " can't be read: " + problem, kUndetermined);
  }
  hy_error error{};
  hy_bundle_reader* opened = nullptr;
  if (hy_bundle_reader_open(words.data(), contents.bytes, arguments.file.c_str(), &opened, &error) != HY_OK) {
    return complain(error.message, kFailures);
  }
  const std::unique_ptr<hy_bundle_reader, Closer> reader(opened);
  if (read_contents(reader.get(), &contents, &error) != HY_OK) return complain(error.message, kFailures);
  int code = kWell;
  for (const Image& image : contents.images) {
    if (!image.damage.empty()) code = kWarnings;
  }
  if (arguments.json) return output.write(serialised(contents_json(arguments.file, contents)), code);
  return output.write(contents_text(arguments.file, contents, output.width()), code);
}

}  // namespace halyard::command
