// Lets a backend be written as ordinary C++ classes: makes the table of backend.h from them and stops exceptions at it.
//
// A backend is a traits class that names its classes; each has the members listed below, which may throw (a bad_alloc
// becomes HY_OUT_OF_MEMORY, anything else HY_INTERNAL; where the table gives no status, 0 or nothing). A member that is
// missing becomes a NULL entry where the table says "optional", and fails to compile where it is required. An optional
// member is found by its address: it counts as missing where it is overloaded, a template, or not public.
//
//   struct Traits {
//     static constexpr const char* kName; static constexpr const char* kDescription; static constexpr uint64_t kFlags;
//     using Instance; using Device; using Stream; using Point; using Module; using Kernel; using Bound;
//     static hy_status driver_files(const hy_host&, char*, uint64_t, hy_error*);                        // optional
//   };
//   const hy_backend* halyard_backend_query(uint32_t newest, const hy_host*) { return
//   halyard::table_of<Traits>(newest); }
//
//   Instance: static hy_status create(const hy_host&, Instance**, hy_b_report*, hy_error*); uint32_t device_count();
//             hy_status device_info(uint32_t, hy_device_info*, hy_error*); hy_status open(uint32_t, Device**,
//             hy_error*); hy_status wrap(const hy_native&, Device**, hy_device_info*, hy_error*); // optional
//   Device:   allocate(kind, bytes, hy_b_memory*, e) free(hy_b_memory*) create_stream(flags, Stream**, e)
//             memory(free*, total*, e) native(hy_native*, e) memory_native(const hy_b_memory&, hy_native*, e)
//             wrap_memory(const hy_native&, bytes, hy_b_memory*, e) wrap_stream(const hy_native&, Stream**, e)  //
//             optional image_rank(const hy_b_image&) load(const hy_b_image&, Module**, e)                // with
//             Traits::Kernel compile(const hy_b_source&, hy_b_compiled*, e) static release(hy_b_compiled*)
//             identity(char*, capacity, e) // optional
//             peer_query(Device&, hy_peer_access*, e) peer_enable(Device&, e)
//             peer_copy(Stream&, const hy_b_memory& to, offset, Device& from, const hy_b_memory&, offset, bytes, e)
//             // optional, together; peer_copy is of the device that gets the bytes
//   Stream:   synchronize(timeout_ns, e) wait(Point&, e) record(flags, Point**, e)
//             write(const hy_b_memory&, offset, source, bytes, mode, e) read(destination, const hy_b_memory&, offset,
//             bytes, mode, e) copy(const hy_b_memory&, offset, const hy_b_memory&, offset, bytes, e) fill(const
//             hy_b_memory&, offset, bytes, pattern, n, e) flush(e) native(hy_native*, e) host_function(fn, user, e) //
//             optional
//   Point:    query(e) wait(timeout_ns, e); static elapsed(Point&, Point&, uint64_t*, e) // optional; void release()
//   Module:   kernel(const hy_signature&, Kernel**, hy_b_kernel_info*, e)
//   Kernel:   bind(Stream&, Bound**, e)
//   Bound:    launch(const hy_b_grid&, const hy_b_arg*, e)
//
// The adapter deletes an Instance, Device, Stream, Module, Kernel or Bound when the library gives it back; a Point,
// which is often pooled, is given back through its release().
#pragma once

#include <exception>
#include <new>
#include <type_traits>
#include <utility>

#include "halyard/backend.h"
#include "halyard/detail/config.hpp"
#include "halyard/detail/error.hpp"

namespace halyard {

// Calls `body` and turns what it throws into a status.
template <class Body>
hy_status stop_exceptions(hy_error* error, Body&& body) noexcept {
#if HALYARD_EXCEPTIONS
  try {
    return body();
  } catch (const std::bad_alloc&) {
    return fail(error, HY_OUT_OF_MEMORY, "the host is out of memory");
  } catch (const std::exception& problem) {
    return fail(error, HY_INTERNAL, "unexpected: %s", problem.what());
  } catch (...) {
    return fail(error, HY_INTERNAL, "unexpected exception");
  }
#else
  (void)error;
  return body();
#endif
}

// Calls an application's host function, whose stream has failed before where `error` holds a code. A failure of its own
// is in `error`, with a sentence.
inline hy_status run_host_function(hy_host_fn fn, void* user, hy_error* error) noexcept {
  hy_error own = *error;
  hy_status status = stop_exceptions(&own, [&] { return fn(user, &own); });
  if (error->code != HY_OK) return error->code;
  *error = own;
  if (status != HY_OK && own.message[0] == '\0') {
    fail(error, status, "a host function of the stream failed with status %d", static_cast<int>(status));
  }
  // A wait that gave up says HY_TIMEOUT: a stream that failed with it would be waited for for ever.
  if (status == HY_TIMEOUT) status = HY_INTERNAL;
  error->code = status;
  return status;
}

// The same for a `body` that tells no status: `otherwise` where it throws.
template <class Value, class Body>
Value stop_exceptions_or(Value otherwise, Body&& body) noexcept {
#if HALYARD_EXCEPTIONS
  try {
    return body();
  } catch (...) {
    return otherwise;
  }
#else
  (void)otherwise;
  return body();
#endif
}

namespace adapter {

// Handles of the table are pointers to the backend's objects under another name.
template <class Object, class Handle>
Object& object(Handle* handle) noexcept {
  return *reinterpret_cast<Object*>(handle);
}

template <class Handle, class Object>
Object** out(Handle** handle) noexcept {
  return reinterpret_cast<Object**>(handle);
}

template <class Traits>
struct Table {
  using Instance = typename Traits::Instance;
  using Device = typename Traits::Device;
  using Stream = typename Traits::Stream;
  using Point = typename Traits::Point;

  static void required(hy_backend& t) {
    t.instance_create = [](const hy_host* host, hy_b_instance** o, hy_b_report* report, hy_error* e) -> hy_status {
      return stop_exceptions(e, [&] { return Instance::create(*host, out<hy_b_instance, Instance>(o), report, e); });
    };
    t.instance_destroy = [](hy_b_instance* i) { delete &object<Instance>(i); };
    t.device_count = [](hy_b_instance* i) -> uint32_t {
      return stop_exceptions_or(uint32_t{0}, [&]() -> uint32_t { return object<Instance>(i).device_count(); });
    };
    t.device_info = [](hy_b_instance* i, uint32_t index, hy_device_info* o, hy_error* e) -> hy_status {
      return stop_exceptions(e, [&] { return object<Instance>(i).device_info(index, o, e); });
    };
    t.device_open = [](hy_b_instance* i, uint32_t index, hy_b_device** o, hy_error* e) -> hy_status {
      return stop_exceptions(e, [&] { return object<Instance>(i).open(index, out<hy_b_device, Device>(o), e); });
    };
    t.device_close = [](hy_b_device* d) { delete &object<Device>(d); };
    t.memory_allocate = [](hy_b_device* d, hy_memory_kind kind, uint64_t bytes, hy_b_memory* o,
                           hy_error* e) -> hy_status {
      return stop_exceptions(e, [&] { return object<Device>(d).allocate(kind, bytes, o, e); });
    };
    t.memory_free = [](hy_b_device* d, hy_b_memory* memory) {
      stop_exceptions(nullptr, [&] { return object<Device>(d).free(memory), hy_status{HY_OK}; });
    };
    t.stream_create = [](hy_b_device* d, hy_stream_flags flags, hy_b_stream** o, hy_error* e) -> hy_status {
      return stop_exceptions(e, [&] { return object<Device>(d).create_stream(flags, out<hy_b_stream, Stream>(o), e); });
    };
    t.stream_destroy = [](hy_b_stream* s) { delete &object<Stream>(s); };
    streams(t);
  }

  static void streams(hy_backend& t) {
    t.stream_synchronize = [](hy_b_stream* s, uint64_t timeout_ns, hy_error* e) -> hy_status {
      return stop_exceptions(e, [&] { return object<Stream>(s).synchronize(timeout_ns, e); });
    };
    t.stream_wait = [](hy_b_stream* s, hy_b_point* p, hy_error* e) -> hy_status {
      return stop_exceptions(e, [&] { return object<Stream>(s).wait(object<Point>(p), e); });
    };
    t.point_record = [](hy_b_stream* s, hy_point_flags flags, hy_b_point** o, hy_error* e) -> hy_status {
      return stop_exceptions(e, [&] { return object<Stream>(s).record(flags, out<hy_b_point, Point>(o), e); });
    };
    t.point_release = [](hy_b_point* p) {
      stop_exceptions(nullptr, [&] { return object<Point>(p).release(), hy_status{HY_OK}; });
    };
    t.point_query = [](hy_b_point* p, hy_error* e) -> hy_status {
      return stop_exceptions(e, [&] { return object<Point>(p).query(e); });
    };
    t.point_wait = [](hy_b_point* p, uint64_t timeout_ns, hy_error* e) -> hy_status {
      return stop_exceptions(e, [&] { return object<Point>(p).wait(timeout_ns, e); });
    };
    t.copy_to_device = [](hy_b_stream* s, const hy_b_memory* to, uint64_t offset, const void* from, uint64_t bytes,
                          hy_copy_mode mode, hy_error* e) HALYARD_HOT -> hy_status {
      return stop_exceptions(e, [&] { return object<Stream>(s).write(*to, offset, from, bytes, mode, e); });
    };
    t.copy_to_host = [](hy_b_stream* s, void* to, const hy_b_memory* from, uint64_t offset, uint64_t bytes,
                        hy_copy_mode mode, hy_error* e) HALYARD_HOT -> hy_status {
      return stop_exceptions(e, [&] { return object<Stream>(s).read(to, *from, offset, bytes, mode, e); });
    };
    t.copy_on_device = [](hy_b_stream* s, const hy_b_memory* to, uint64_t to_offset, const hy_b_memory* from,
                          uint64_t from_offset, uint64_t bytes, hy_error* e) -> hy_status {
      return stop_exceptions(e, [&] { return object<Stream>(s).copy(*to, to_offset, *from, from_offset, bytes, e); });
    };
    t.fill = [](hy_b_stream* s, const hy_b_memory* to, uint64_t offset, uint64_t bytes, const void* pattern, uint32_t n,
                hy_error* e) -> hy_status {
      return stop_exceptions(e, [&] { return object<Stream>(s).fill(*to, offset, bytes, pattern, n, e); });
    };
  }

  static void optional(hy_backend& t) {
    if constexpr (requires { &Traits::driver_files; }) {
      t.driver_files = [](const hy_host* host, char* o, uint64_t capacity, hy_error* e) -> hy_status {
        return stop_exceptions(e, [&] { return Traits::driver_files(*host, o, capacity, e); });
      };
    }
    if constexpr (requires { &Instance::wrap; }) {
      t.device_wrap = [](hy_b_instance* i, const hy_native* native, hy_b_device** o, hy_device_info* info,
                         hy_error* e) -> hy_status {
        return stop_exceptions(e,
                               [&] { return object<Instance>(i).wrap(*native, out<hy_b_device, Device>(o), info, e); });
      };
    }
    if constexpr (requires { &Device::memory; }) {
      t.device_memory = [](hy_b_device* d, uint64_t* free_bytes, uint64_t* total_bytes, hy_error* e) -> hy_status {
        return stop_exceptions(e, [&] { return object<Device>(d).memory(free_bytes, total_bytes, e); });
      };
    }
    if constexpr (requires { &Device::native; }) {
      t.device_native = [](hy_b_device* d, hy_native* o, hy_error* e) -> hy_status {
        return stop_exceptions(e, [&] { return object<Device>(d).native(o, e); });
      };
    }
    if constexpr (requires { &Device::memory_native; }) {
      t.memory_native = [](hy_b_device* d, const hy_b_memory* memory, hy_native* o, hy_error* e) -> hy_status {
        return stop_exceptions(e, [&] { return object<Device>(d).memory_native(*memory, o, e); });
      };
    }
    if constexpr (requires { &Device::wrap_memory; }) {
      t.memory_wrap = [](hy_b_device* d, const hy_native* native, uint64_t bytes, hy_b_memory* o,
                         hy_error* e) -> hy_status {
        return stop_exceptions(e, [&] { return object<Device>(d).wrap_memory(*native, bytes, o, e); });
      };
    }
    if constexpr (requires { &Device::peer_query; }) {
      t.peer_query = [](hy_b_device* d, hy_b_device* peer, hy_peer_access* o, hy_error* e) -> hy_status {
        return stop_exceptions(e, [&] { return object<Device>(d).peer_query(object<Device>(peer), o, e); });
      };
      t.peer_enable = [](hy_b_device* d, hy_b_device* peer, hy_error* e) -> hy_status {
        return stop_exceptions(e, [&] { return object<Device>(d).peer_enable(object<Device>(peer), e); });
      };
      t.peer_copy = [](hy_b_stream* s, hy_b_device* to_device, const hy_b_memory* to, uint64_t to_offset,
                       hy_b_device* from_device, const hy_b_memory* from, uint64_t from_offset, uint64_t bytes,
                       hy_error* e) -> hy_status {
        return stop_exceptions(e, [&] {
          return object<Device>(to_device).peer_copy(object<Stream>(s), *to, to_offset, object<Device>(from_device),
                                                     *from, from_offset, bytes, e);
        });
      };
    }
    if constexpr (requires { &Device::wrap_stream; }) {
      t.stream_wrap = [](hy_b_device* d, const hy_native* native, hy_b_stream** o, hy_error* e) -> hy_status {
        return stop_exceptions(e,
                               [&] { return object<Device>(d).wrap_stream(*native, out<hy_b_stream, Stream>(o), e); });
      };
    }
    if constexpr (requires { &Stream::flush; }) {
      t.stream_flush = [](hy_b_stream* s, hy_error* e) -> hy_status {
        return stop_exceptions(e, [&] { return object<Stream>(s).flush(e); });
      };
    }
    if constexpr (requires { &Stream::native; }) {
      t.stream_native = [](hy_b_stream* s, hy_native* o, hy_error* e) -> hy_status {
        return stop_exceptions(e, [&] { return object<Stream>(s).native(o, e); });
      };
    }
    if constexpr (requires { &Stream::host_function; }) {
      t.stream_host_function = [](hy_b_stream* s, hy_host_fn fn, void* user, hy_error* e) -> hy_status {
        return stop_exceptions(e, [&] { return object<Stream>(s).host_function(fn, user, e); });
      };
    }
    if constexpr (requires { &Point::elapsed; }) {
      t.point_elapsed = [](hy_b_point* begin, hy_b_point* end, uint64_t* o, hy_error* e) -> hy_status {
        return stop_exceptions(e, [&] { return Point::elapsed(object<Point>(begin), object<Point>(end), o, e); });
      };
    }
  }

  static void kernels(hy_backend& t) {
    if constexpr (requires { typename Traits::Kernel; }) {
      using Module = typename Traits::Module;
      using Kernel = typename Traits::Kernel;
      using Bound = typename Traits::Bound;
      t.image_rank = [](hy_b_device* d, const hy_b_image* image) -> uint32_t {
        return stop_exceptions_or(uint32_t{0}, [&]() -> uint32_t { return object<Device>(d).image_rank(*image); });
      };
      t.module_load = [](hy_b_device* d, const hy_b_image* image, hy_b_module** o, hy_error* e) -> hy_status {
        return stop_exceptions(e, [&] { return object<Device>(d).load(*image, out<hy_b_module, Module>(o), e); });
      };
      t.module_unload = [](hy_b_module* m) { delete &object<Module>(m); };
      t.kernel_create = [](hy_b_module* m, const hy_signature* signature, hy_b_kernel** o, hy_b_kernel_info* info,
                           hy_error* e) -> hy_status {
        return stop_exceptions(
            e, [&] { return object<Module>(m).kernel(*signature, out<hy_b_kernel, Kernel>(o), info, e); });
      };
      t.kernel_destroy = [](hy_b_kernel* k) { delete &object<Kernel>(k); };
      t.kernel_bind = [](hy_b_kernel* k, hy_b_stream* s, hy_b_bound** o, hy_error* e) -> hy_status {
        return stop_exceptions(e,
                               [&] { return object<Kernel>(k).bind(object<Stream>(s), out<hy_b_bound, Bound>(o), e); });
      };
      t.bound_destroy = [](hy_b_bound* b) { delete &object<Bound>(b); };
      t.launch = [](hy_b_bound* b, const hy_b_grid* grid, const hy_b_arg* args, hy_error* e) HALYARD_HOT -> hy_status {
        return stop_exceptions(e, [&] { return object<Bound>(b).launch(*grid, args, e); });
      };
      if constexpr (requires { &Device::compile; }) {
        t.compile = [](hy_b_device* d, const hy_b_source* source, hy_b_compiled* o, hy_error* e) -> hy_status {
          return stop_exceptions(e, [&] { return object<Device>(d).compile(*source, o, e); });
        };
        t.compiled_release = [](hy_b_compiled* compiled) {
          stop_exceptions(nullptr, [&] { return Device::release(compiled), hy_status{HY_OK}; });
        };
        t.compile_identity = [](hy_b_device* d, char* o, uint64_t capacity, hy_error* e) -> hy_status {
          return stop_exceptions(e, [&] { return object<Device>(d).identity(o, capacity, e); });
        };
      }
    }
  }

  static hy_backend make() {
    hy_backend t{};
    t.size = sizeof t;
    t.abi_version = HY_ABI_VERSION;
    t.name = Traits::kName;
    t.description = Traits::kDescription;
    t.flags = Traits::kFlags;
    required(t);
    optional(t);
    kernels(t);
    return t;
  }
};

}  // namespace adapter

// The table of a backend, or NULL for a library of another major version.
template <class Traits>
const hy_backend* table_of(uint32_t newest_abi) noexcept {
  static const hy_backend table = adapter::Table<Traits>::make();  // trivially destructible
  return (newest_abi >> 16) == HY_ABI_MAJOR ? &table : nullptr;
}

}  // namespace halyard
