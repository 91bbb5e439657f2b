// A bundle: compiled kernels, or their source, from text, a file, memory or the program itself. Kernels are made from
// it for a device.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

#include "halyard/detail/shared.hpp"
#include "halyard/device.hpp"
#include "halyard/kernel.hpp"
#include "halyard/runtime.hpp"

namespace halyard {

/** A macro that a kernel is compiled with, a tuning value: {"TILE", "32"}. */
using Constant = hy_constant;

/** The constants of one call: `{{"TILE", "32"}, {"ROWS", "8"}}`, or a span. Refers to them, does not copy. */
class Constants {
 public:
  constexpr Constants() noexcept = default;
  constexpr Constants(std::initializer_list<Constant> list) noexcept : list_(list.begin(), list.size()) {}
  constexpr Constants(std::span<const Constant> list) noexcept : list_(list) {}

  [[nodiscard]] constexpr const Constant* data() const noexcept { return list_.data(); }
  [[nodiscard]] constexpr std::uint32_t size() const noexcept { return static_cast<std::uint32_t>(list_.size()); }

 private:
  std::span<const Constant> list_;
};

/**
 * A counted handle: copies name the same bundle; any thread.
 *
 *     auto bundle = halyard::Bundle::from_source(*runtime, text, "scale.hk");
 *     auto kernel = bundle->kernel<halyard::InOut<float>, float, std::uint32_t>(device, "scale");
 */
class Bundle {
 public:
  /** Source in the dialect of docs/kernel-dialect.md; `file` names it in messages. Compiled for a device when a kernel
   * is first made for it. ErrorCode::compile_failed where a signature can't be read: file, line and rule. */
  static Result<Bundle> from_source(const Runtime& runtime, std::string_view text,
                                    const char* file = nullptr) noexcept {
    return make([&](hy_bundle** out, hy_error* error) {
      return hy_bundle_from_source(runtime.native_handle(), text.data(), text.size(), file, out, error);
    });
  }

  /** A .hkb file, mapped and verified before use. ErrorCode::unavailable, corrupt_artifact. */
  static Result<Bundle> from_file(const Runtime& runtime, const char* path) noexcept {
    return make([&](hy_bundle** out, hy_error* error) {
      return hy_bundle_from_file(runtime.native_handle(), path, out, error);
    });
  }

  /** A .hkb in memory, 8-byte aligned, which must outlive the bundle and what is made of it. */
  static Result<Bundle> from_memory(const Runtime& runtime, std::span<const std::byte> data) noexcept {
    return make([&](hy_bundle** out, hy_error* error) {
      return hy_bundle_from_memory(runtime.native_handle(), data.data(), data.size(), out, error);
    });
  }

  /** What halyard_add_kernels() linked into the program. */
  static Result<Bundle> from_linked(const Runtime& runtime, const hy_linked_bundle& linked) noexcept {
    return make([&](hy_bundle** out, hy_error* error) {
      return hy_bundle_from_linked(runtime.native_handle(), &linked, out, error);
    });
  }

  /** Takes over a handle of the C API. */
  explicit Bundle(hy_bundle* adopted) noexcept : handle_(adopted) {}

  /** The signatures of its kernels; what they point to lives as long as the bundle. */
  [[nodiscard]] Result<std::vector<Signature>> kernels() const noexcept {
    std::uint32_t count = 0;
    hy_error error;
    if (hy_bundle_kernel_count(native_handle(), &count, &error) != HY_OK) return Error(error);
    return detail::collect<Signature>(count, [&](std::uint32_t index) -> Result<Signature> {
      const hy_signature* signature = nullptr;
      if (hy_bundle_signature(native_handle(), index, &signature, &error) != HY_OK) return Error(error);
      return *signature;
    });
  }

  /** A kernel for a device: from the bundle's image for it, else the cache's, else compiled now (which takes time).
   *  ErrorCode::invalid_argument (no kernel of that name; the message lists them; a constant that no source of the
   * bundle uses), compile_failed, unsupported (no image for the device and no compiler; more local memory or a larger
   * fixed workgroup than the device has), unavailable (compiler missing), timeout (compiler took too long). */
  [[nodiscard]] Result<Kernel> kernel(const Device& device, const char* name, Constants constants = {}) const noexcept {
    hy_kernel* out = nullptr;
    hy_error error;
    if (hy_kernel_create(device.native_handle(), native_handle(), name, constants.data(), constants.size(), &out,
                         &error) != HY_OK) {
      return Error(error);
    }
    return Kernel(out);
  }

  /** The same as a typed kernel; also ErrorCode::invalid_argument where the source's signature is another. */
  template <class... Params>
  [[nodiscard]] Result<TypedKernel<Params...>> kernel(const Device& device, const char* name,
                                                      Constants constants = {}) const noexcept {
    Result<Kernel> untyped = kernel(device, name, constants);
    if (!untyped) return untyped.error();
    return TypedKernel<Params...>::from(std::move(*untyped));
  }

  [[nodiscard]] hy_bundle* native_handle() const noexcept { return handle_.get(); }

 private:
  template <class Call>
  static Result<Bundle> make(Call&& call) noexcept {
    hy_bundle* out = nullptr;
    hy_error error;
    if (call(&out, &error) != HY_OK) return Error(error);
    return Bundle(out);
  }

  detail::Shared<hy_bundle, hy_bundle_retain, hy_bundle_release> handle_;
};

}  // namespace halyard
