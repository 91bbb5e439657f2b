// See image_report.hpp. What the user needs most stands first, as an error's message has an end.
#include "runtime/kernels/image_report.hpp"

#include <algorithm>
#include <cstring>

#include "halyard/detail/error.hpp"
#include "runtime/core/objects.hpp"
#include "runtime/kernels/constants.hpp"

namespace halyard::kernels {
namespace {

constexpr std::size_t kMostListed = 6;
constexpr std::size_t kMostOfName = 64;     // a target, or constants
constexpr std::size_t kMostOfReason = 480;  // so that the cure still fits

std::string shortened(std::string text, std::size_t most) {
  if (text.size() <= most) return text;
  text.resize(most - 3);
  return text + "...";
}

// "A=1 B=2".
std::string on_one_line(std::string constants) {
  if (!constants.empty()) constants.pop_back();
  std::replace(constants.begin(), constants.end(), '\n', ' ');
  return constants;
}

std::string with_constants(const std::string& constants) {
  return constants.empty() ? " without constants" : " with " + shortened(constants, kMostOfName);
}

std::string image_text(hy_image_format format, const char* target) {
  const std::string name = target[0] == '\0' ? "any device" : "'" + shortened(target, kMostOfName) + "'";
  return name + " (" + image_format_word(format) + ")";
}

void add_once(std::vector<std::string>* list, std::string text) {
  if (std::find(list->begin(), list->end(), text) == list->end()) list->push_back(std::move(text));
}

std::string joined(const std::vector<std::string>& list) {
  std::string text;
  for (std::size_t i = 0; i < list.size() && i < kMostListed; ++i) text += (i == 0 ? "" : ", ") + list[i];
  if (list.size() > kMostListed) text += " and " + std::to_string(list.size() - kMostListed) + " more";
  return text;
}

}  // namespace

const char* image_format_word(hy_image_format format) noexcept {
  switch (format) {
    case HY_IMAGE_HOST_LINKED:
      return "linked host code";
    case HY_IMAGE_HOST_OBJECT:
      return "host code";
    case HY_IMAGE_SPIRV:
      return "SPIR-V";
    case HY_IMAGE_OPENCL_BINARY:
      return "OpenCL binary";
    case HY_IMAGE_PTX:
      return "PTX";
    case HY_IMAGE_CUBIN:
      return "cubin";
    case HY_IMAGE_HIP_CODE:
      return "code object";
    case HY_IMAGE_ZE_NATIVE:
      return "Level Zero binary";
    default:
      return "source";
  }
}

std::string device_text(const hy_device_info& info) {
  return std::string(info.backend) + ":" + std::to_string(info.index) + " (" + info.name + ")";
}

std::string ImageReport::kernel_text() const {
  return std::string(kernel_) + " (" + module_.bundle->sources[module_.source].file + ")";
}

std::string ImageReport::no_compiler() const {
  const bool could = device_.table->compile != nullptr;
  return std::string("this device does not compile kernels") +
         (could
              ? " here: no compiler for it was found; add one with halyardc, or install its vendor's run-time compiler"
              : "; add one with halyardc");
}

void ImageReport::refused(const hy_b_image& image, hy_status status, const hy_error& why) {
  refused_.push_back({image.format, image.target, status, why});
}

std::string ImageReport::sentence(const hy_b_image& image, const char* why) const {
  const hy_bundle& bundle = *module_.bundle;
  return kernel_text() + ": the image for " + image_text(image.format, image.target) + " of " + bundle.origin +
         " can't be used on " + device_text(device_.info) + ": " + shortened(why, kMostOfReason);
}

// Of this source, without those that were tried.
ImageReport::Others ImageReport::others() const {
  Others found;
  const hy_bundle& bundle = *module_.bundle;
  const auto sort = [&](const hy_b_image& image, bool same, const std::string& constants) {
    const std::string text = image_text(image.format, image.target);
    if (device_.table->image_rank(handle_, &image) == 0) {
      add_once(&found.for_other_devices, text);
    } else if (!same) {
      add_once(&found.with_other_constants, text + with_constants(constants));
    }
  };
  const std::string defaults = constants_text(bundle.defaults);
  for (const hy_bundle::Linked& linked : bundle.linked) {
    if (linked.source != module_.source) continue;
    sort({sizeof(hy_b_image), HY_IMAGE_HOST_LINKED, linked.image->target, linked.image, sizeof *linked.image},
         defaults == module_.constants, on_one_line(defaults));
  }
  for (const format::Image& image : bundle.image.images()) {
    if (image.source != module_.source) continue;
    const auto stored = bundle.image.constants(image.first_constant, image.constant_count);
    std::string constants;
    for (const format::Constant& constant : stored) {
      constants += std::string(constants.empty() ? "" : " ") + bundle.image.string(constant.name) + "=" +
                   bundle.image.string(constant.value);
    }
    sort({sizeof(hy_b_image), image.format, bundle.image.string(image.target), bundle.image.unchecked_bytes(image),
          image.bytes},
         same_constants(bundle.image, stored, constants_), constants);
  }
  return found;
}

std::string ImageReport::others_text() const {
  const Others found = others();
  std::string text;
  if (refused_.size() > 1) {
    std::vector<std::string> tried;
    for (std::size_t i = 1; i < refused_.size(); ++i) {
      const char* vendors = refused_[i].why.vendor_name;
      const std::string reason = vendors[0] != '\0' ? vendors : hy_status_name(refused_[i].status);
      tried.push_back(image_text(refused_[i].format, refused_[i].target.c_str()) + " (" + reason + ")");
    }
    text += ". Also tried: " + joined(tried);
  }
  if (!found.with_other_constants.empty()) {
    text += ". For this device, but of other constants: " + joined(found.with_other_constants);
  }
  if (!found.for_other_devices.empty()) text += ". For other devices: " + joined(found.for_other_devices);
  return text;
}

hy_status ImageReport::say(hy_error* error) const {
  if (refused_.empty()) return say_none(error);
  const Refused& best = refused_.front();
  const hy_b_image image{sizeof image, best.format, best.target.c_str(), nullptr, 0};
  const std::string text = sentence(image, best.why.message) + ". And " + no_compiler() + others_text();
  return fail_vendor(error, best.status, best.why.vendor_code, best.why.vendor_name, "%s", text.c_str());
}

hy_status ImageReport::say_none(hy_error* error) const {
  const hy_bundle& bundle = *module_.bundle;
  const std::string device = device_text(device_.info);
  const bool known = device_.info.architecture[0] != '\0';
  const std::string place = device.substr(0, device.size() - 1) + (known ? ", " : "") + device_.info.architecture + ")";
  const bool only_constants = !others().with_other_constants.empty();
  const std::string wanted = only_constants ? with_constants(on_one_line(module_.constants)) : "";
  return fail(error, HY_UNSUPPORTED, "%s: %s has no image for %s%s%s, and %s%s", kernel_text().c_str(),
              bundle.origin.empty() ? "the source" : bundle.origin.c_str(), place.c_str(), wanted.c_str(),
              only_constants ? " (only the constants differ)" : "", no_compiler().c_str(), others_text().c_str());
}

void ImageReport::add_to(hy_error* error) const {
  if (error == nullptr) return;
  const std::string text = others_text();
  const std::size_t used = std::strlen(error->message);
  std::snprintf(error->message + used, sizeof error->message - used, "%s", text.c_str());
}

}  // namespace halyard::kernels
