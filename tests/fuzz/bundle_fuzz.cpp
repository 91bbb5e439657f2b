// Reads bundles that are none. The input is the file itself, or edits to a good one, whose checksum is then made right
// again, so that every check behind the checksum is reached.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>

#include "halyard/halyard.h"
#include "runtime/kernels/bundle.hpp"
#include "runtime/kernels/sha256.hpp"

namespace {

using halyard::kernels::BundleImage;
using halyard::kernels::BundleWriter;
namespace format = halyard::kernels::format;

std::string make_good() {
  const std::string text =
      "HY_KERNEL(one, HY_IN(float, x), HY_OUT(int2, y))\n{\n}\nHY_KERNEL(two, HY_VAL(half, n))\n{\n}\n";
  const halyard::dialect::Constant constants[] = {{"A", "1"}, {"B", "2"}};
  BundleWriter writer;
  writer.add_source(text, "one.hk", nullptr);
  writer.set_defaults(constants);
  writer.add_image(HY_IMAGE_CUBIN, "sm_90", 0, constants, "code");
  writer.add_image(HY_IMAGE_SPIRV, "", 0, {}, std::string(20, 'c'));
  return writer.finish();
}

const std::string& good() {
  static const std::string& bundle = *new std::string(make_good());
  return bundle;
}

hy_runtime* runtime() {
  static hy_runtime* const made = [] {
    hy_runtime_desc desc{};
    desc.size = sizeof desc;
    desc.backends = "cpu";
    desc.cache_dir = "";
    desc.plugins = "";
    hy_runtime* out = nullptr;
    if (hy_runtime_create(&desc, &out, nullptr) != HY_OK) std::abort();
    return out;
  }();
  return made;
}

// An allocation of exactly the size: a sanitizer sees what is read past the end.
void try_bundle(const std::string& file) {
  char* data = static_cast<char*>(std::malloc(file.size() + (file.empty() ? 1 : 0)));
  std::memcpy(data, file.data(), file.size());
  hy_bundle* bundle = nullptr;
  hy_error error{};
  volatile std::uint64_t sum = 0;
  if (hy_bundle_from_memory(runtime(), data, file.size(), &bundle, &error) == HY_OK) {
    std::uint32_t count = 0;
    hy_bundle_kernel_count(bundle, &count, nullptr);
    for (std::uint32_t i = 0; i < count; ++i) {
      const hy_signature* signature = nullptr;
      hy_bundle_signature(bundle, i, &signature, nullptr);
      sum = sum + std::strlen(signature->name);
      for (std::uint32_t p = 0; p < signature->param_count; ++p) sum = sum + std::strlen(signature->params[p].name);
    }
    for (const hy_bundle::Source& source : bundle->sources)
      sum = sum + halyard::kernels::sha256(source.text.data(), source.text.size())[0];
    for (const format::Image& image : bundle->image.images()) {
      const void* bytes = nullptr;
      bundle->image.image_bytes(image, &bytes, nullptr);
      sum = sum + std::strlen(bundle->image.string(image.target)) +
            bundle->image.constants(image.first_constant, image.constant_count).size();
    }
  } else if (error.message[0] == '\0') {
    std::abort();  // every refusal has a reason
  }
  hy_bundle_release(bundle);
  std::free(data);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try_bundle(std::string(reinterpret_cast<const char*>(data), size));
  std::string edited = good();
  for (std::size_t at = 0; at + 3 <= size; at += 3) {
    const std::size_t where = (data[at] | data[at + 1] << 8) % edited.size();
    edited[where] = static_cast<char>(data[at + 2]);
  }
  try_bundle(edited);
  format::Header header;
  std::memcpy(&header, edited.data(), sizeof header);
  std::memcpy(header.magic, format::kMagic, sizeof header.magic);
  header.version = format::kVersion;
  header.header_bytes = sizeof header;
  header.file_bytes = edited.size();
  if (header.head_bytes < sizeof header || header.head_bytes > edited.size()) header.head_bytes = edited.size();
  std::memcpy(edited.data(), &header, sizeof header);
  format::seal(edited.data());
  try_bundle(edited);
  return 0;
}
