// What is said where no image of a bundle could be taken: which were tried and why they failed, which there are
// besides, and what can be done. Filled while images are tried; put into words only when all have failed.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "halyard/backend.h"
#include "halyard/halyard.h"
#include "runtime/kernels/bundle.hpp"
#include "runtime/kernels/dialect.hpp"
#include "runtime/kernels/module.hpp"

namespace halyard::kernels {

// "cubin", "PTX", "code object": as messages name a format.
const char* image_format_word(hy_image_format format) noexcept;

// "cuda:0 (NVIDIA H200)".
std::string device_text(const hy_device_info& info);

class ImageReport {
 public:
  // Everything lives at least as long as this.
  ImageReport(const hy_device& device, hy_b_device* handle, const Module& module, const char* kernel,
              std::span<const dialect::Constant> constants)
      : device_(device), handle_(handle), module_(module), kernel_(kernel), constants_(constants) {}

  // An image that was tried, the best first, and why it can't be used.
  void refused(const hy_b_image& image, hy_status status, const hy_error& why);

  // One sentence of an image that was refused.
  std::string sentence(const hy_b_image& image, const char* why) const;
  // Fills `error` with all of it, for a device that does not compile either. Returns the status of the best image that
  // was tried, HY_UNSUPPORTED where there was none to try.
  hy_status say(hy_error* error) const;
  // Adds the images that there are to an error of the compiler, which would not have been needed for one of them.
  void add_to(hy_error* error) const;

 private:
  struct Refused {
    hy_image_format format;
    std::string target;
    hy_status status;
    hy_error why;
  };
  struct Others {
    std::vector<std::string> for_other_devices;
    std::vector<std::string> with_other_constants;
  };

  Others others() const;
  std::string kernel_text() const;
  std::string no_compiler() const;
  std::string others_text() const;
  hy_status say_none(hy_error* error) const;

  const hy_device& device_;
  hy_b_device* handle_;
  const Module& module_;
  const char* kernel_;
  std::span<const dialect::Constant> constants_;
  std::vector<Refused> refused_;
};

}  // namespace halyard::kernels
