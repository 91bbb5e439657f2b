// Kernels: Kernel checks its arguments at run time, TypedKernel at compile time, and the Bound forms are the same made
// ready for one stream. Made from a Bundle (bundle.hpp), launched with Stream::launch().
#pragma once

#include <cstdint>
#include <span>
#include <type_traits>
#include <utility>

#include "halyard/argument.hpp"
#include "halyard/detail/shared.hpp"
#include "halyard/grid.hpp"
#include "halyard/result.hpp"

namespace halyard {

class Stream;  // stream.hpp

/** A kernel's name and parameters as its source says them; the pointers live as long as the bundle or kernel. */
using Signature = hy_signature;

/** What a kernel needs and allows on its device; see hy_kernel_info for each field. */
using KernelInfo = hy_kernel_info;

/** The parameters of a signature. */
inline std::span<const hy_param> parameters(const Signature& signature) noexcept {
  return {signature.params, signature.param_count};
}

/**
 * A kernel on one stream: the fastest way to launch. Belongs to the stream and is valid as long as it, and to the
 * stream's thread. Trivially copyable.
 *
 *     auto bound = kernel.on(stream);
 *     for (int step = 0; step < steps; ++step)
 *       if (auto launched = (*bound)(halyard::Items{n}, x, y, n32); !launched) return launched.error();
 */
class BoundKernel {
 public:
  explicit BoundKernel(hy_bound_kernel* handle) noexcept : handle_(handle) {}

  /** As Stream::launch(). */
  template <class... Args>
  Result<void> operator()(const Grid& grid, const Args&... args) const noexcept {
    static_assert((detail::is_argument<Args> && ...),
                  "arguments of a launch are Buffers, Views, and values of the types that halyard::Element names");
    const detail::Arguments<sizeof...(Args)> arguments(args...);
    return detail::checked(
        [&](hy_error* error) { return hy_launch(handle_, &grid.native(), arguments.list, sizeof...(Args), error); });
  }

  [[nodiscard]] hy_bound_kernel* native_handle() const noexcept { return handle_; }

 private:
  hy_bound_kernel* handle_;
};

/** A BoundKernel whose arguments are checked by the compiler. */
template <class... Params>
class TypedBoundKernel {
 public:
  explicit TypedBoundKernel(BoundKernel bound) noexcept : bound_(bound) {}

  Result<void> operator()(const Grid& grid, detail::argument_t<Params>... args) const noexcept {
    const detail::Arguments<sizeof...(Params)> arguments(args...);
    return detail::checked([&](hy_error* error) {
      return hy_launch(bound_.native_handle(), &grid.native(), arguments.list, sizeof...(Params), error);
    });
  }

 private:
  BoundKernel bound_;
};

/**
 * A kernel for one device. Its arguments are checked at every launch against the signature of its source. A counted
 * handle: copies name the same kernel; any thread. Keeps its bundle alive.
 *
 *     auto kernel = bundle.kernel(device, "saxpy");
 *     auto launched = stream.launch(*kernel, halyard::Items{n}, y, x, 2.0f, n32);
 */
class Kernel {
 public:
  /** Takes over a handle of the C API. */
  explicit Kernel(hy_kernel* adopted) noexcept : handle_(adopted) {}

  /** The kernel made ready for a stream; binding again gives the same. ErrorCode::invalid_argument for a stream of
   * another device. Include stream.hpp. */
  [[nodiscard]] Result<BoundKernel> on(const Stream& stream) const noexcept;

  [[nodiscard]] Result<KernelInfo> info() const noexcept {
    return detail::checked_value<KernelInfo>([&](KernelInfo* out, hy_error* error) {
      out->size = sizeof *out;
      return hy_kernel_get_info(native_handle(), out, error);
    });
  }

  /** Lives as long as the kernel. */
  [[nodiscard]] Result<Signature> signature() const noexcept {
    const hy_signature* out = nullptr;
    hy_error error;
    if (hy_kernel_get_signature(native_handle(), &out, &error) != HY_OK) return Error(error);
    return *out;
  }

  [[nodiscard]] hy_kernel* native_handle() const noexcept { return handle_.get(); }

 private:
  detail::Shared<hy_kernel, hy_kernel_retain, hy_kernel_release> handle_;
};

/**
 * A kernel whose parameters are part of its type, so that a wrong argument does not compile. Made with
 * Bundle::kernel<In<float>, Out<float>, uint32_t>(), or by the header that halyard_add_kernels() generates. As Kernel
 * in all else.
 */
template <class... Params>
class TypedKernel {
 public:
  /** A kernel as a typed one; ErrorCode::invalid_argument where its signature is another: the message names the
   * parameter. */
  static Result<TypedKernel> from(Kernel kernel) noexcept {
    const Result<Signature> signature = kernel.signature();
    if (!signature) return signature.error();
    hy_error error;
    if (check(*signature, &error) != HY_OK) return Error(error);
    return TypedKernel(std::move(kernel));
  }

  [[nodiscard]] const Kernel& untyped() const noexcept { return kernel_; }

  /** As Kernel::on(). */
  [[nodiscard]] Result<TypedBoundKernel<Params...>> on(const Stream& stream) const noexcept {
    const Result<BoundKernel> bound = kernel_.on(stream);
    if (!bound) return bound.error();
    return TypedBoundKernel<Params...>(*bound);
  }

  [[nodiscard]] Result<KernelInfo> info() const noexcept { return kernel_.info(); }
  [[nodiscard]] Result<Signature> signature() const noexcept { return kernel_.signature(); }
  [[nodiscard]] hy_kernel* native_handle() const noexcept { return kernel_.native_handle(); }

 private:
  explicit TypedKernel(Kernel kernel) noexcept : kernel_(std::move(kernel)) {}

  static hy_status check(const Signature& signature, hy_error* error) noexcept {
    static constexpr hy_param wanted[sizeof...(Params) + 1] = {
        hy_param{detail::Parameter<Params>::kind, detail::Parameter<Params>::type, nullptr}..., hy_param{}};
    if (signature.param_count != sizeof...(Params)) {
      return fail(error, HY_INVALID_ARGUMENT, "kernel '%s' has %u parameters, the program's type for it has %zu",
                  signature.name, signature.param_count, sizeof...(Params));
    }
    for (std::uint32_t i = 0; i < signature.param_count; ++i) {
      const hy_param& have = signature.params[i];
      if (have.kind == wanted[i].kind && have.type == wanted[i].type) continue;
      return fail(error, HY_INVALID_ARGUMENT,
                  "parameter %u of kernel '%s' is %s(%s, %s) in its source, the program's type for it says %s(%s)",
                  i + 1, signature.name, hy_param_kind_name(have.kind), hy_type_name(have.type), have.name,
                  hy_param_kind_name(wanted[i].kind), hy_type_name(wanted[i].type));
    }
    return HY_OK;
  }

  Kernel kernel_;
};

}  // namespace halyard
