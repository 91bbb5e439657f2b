/* The C API of Halyard: everything the library exports. C++ programs use halyard.hpp, which is header-only over this.
 *
 * Conventions. Every call that can fail returns hy_status and takes an `error` last, which may be NULL and is filled
 * only on failure. Handles are reference-counted where a _retain exists; releasing NULL does nothing. Children keep
 * what they need alive: a stream may be used after its runtime's handle was released. Structures that begin with `size`
 * are versioned by it: set it to sizeof. Strings passed in are copied. Everything may be called from many threads, but
 * one stream (with what is submitted to it) belongs to one thread at a time. After fork(), calls in the child on
 * objects made before answer HY_FORKED_PROCESS, but for getters of what was known before (hy_device_get_info, sizes,
 * signatures), which still answer, and releases, which do nothing. Nothing here throws, aborts or prints. */
#ifndef HALYARD_HALYARD_H
#define HALYARD_HALYARD_H

#include "halyard/types.h"

#if defined(HALYARD_BUILDING_SHARED)
#define HALYARD_API __attribute__((visibility("default")))
#else
#define HALYARD_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

#define HALYARD_VERSION_MAJOR 0
#define HALYARD_VERSION_MINOR 1
#define HALYARD_VERSION_PATCH 0

typedef struct hy_runtime hy_runtime;
typedef struct hy_device hy_device;
typedef struct hy_stream hy_stream;
typedef struct hy_point hy_point;
typedef struct hy_buffer hy_buffer;
typedef struct hy_bundle hy_bundle;
typedef struct hy_kernel hy_kernel;
typedef struct hy_bound_kernel hy_bound_kernel;

/** "0.1.0", of the library that runs, not of the header. Static storage. */
HALYARD_API const char* hy_version(void);

/** The identifier of a status, "invalid_argument". Never NULL; static storage. */
HALYARD_API const char* hy_status_name(hy_status status);

/** Bytes of one element; 0 for a value that is no type. */
HALYARD_API uint64_t hy_type_size(hy_type type);

/** The dialect's name of a type, "float4"; "?" for a value that is no type. Static storage. */
HALYARD_API const char* hy_type_name(hy_type type);

/** The dialect's word for a kind of parameter, "HY_IN"; "?" for a value that is no kind. Static storage. */
HALYARD_API const char* hy_param_kind_name(hy_param_kind kind);

/* ---- runtime ---- */

typedef uint32_t hy_worker_policy;
enum {
  HY_WORKER_PREFER = 0,  /**< Risky work runs in halyard-worker where it is installed, else inside this process. */
  HY_WORKER_REQUIRE = 1, /**< … where it is installed, else is refused with HY_UNAVAILABLE. */
  HY_WORKER_NEVER = 2    /**< Always inside this process. */
};

/** How to make a runtime. Zero everything but `size` for the defaults. A field that is set wins over the environment
 *  variable named with it; both win over the default. */
typedef struct hy_runtime_desc {
  uint32_t size;
  hy_worker_policy worker_policy;
  const char* backends;       /**< HALYARD_BACKENDS: names to use, in order of preference, "cuda,opencl,cpu". */
  const char* plugins;        /**< HALYARD_PLUGINS: absolute paths of backend libraries, separated by ':'. */
  const char* library_path;   /**< HALYARD_LIBRARY_PATH: absolute folders searched first for vendors' libraries. */
  const char* cache_dir;      /**< HALYARD_CACHE_DIR; "" for no cache. */
  const char* worker_path;    /**< Of halyard-worker, absolute; else beside the library and where it was installed. */
  const char* default_device; /**< HALYARD_DEVICE. */
  const char* sysroot;        /**< HALYARD_SYSROOT: a prefix for every read of /sys, /proc and /dev. */
  hy_log_fn log; /**< Gets what there is to say; NULL: HALYARD_LOG decides, which writes to standard error. */
  void* log_user;
  hy_log_level log_level; /**< Least severe level that `log` gets; 0 is HY_LOG_WARNING. */
} hy_runtime_desc;

/** Makes a runtime. Loads no driver: backends are opened when devices are asked for.
 *  Errors: HY_INVALID_ARGUMENT (unknown backend name; relative path), HY_OUT_OF_MEMORY. */
HALYARD_API hy_status hy_runtime_create(const hy_runtime_desc* desc, hy_runtime** out, hy_error* error);
HALYARD_API void hy_runtime_retain(hy_runtime* runtime);
HALYARD_API void hy_runtime_release(hy_runtime* runtime);

/** How many physical devices there are, best first. Opens every backend that is in use, once. A broken driver is no
 *  error here: hy_runtime_backend_info() says why it is missing. */
HALYARD_API hy_status hy_runtime_device_count(hy_runtime* runtime, uint32_t* out, hy_error* error);

/** The device at `index` of that list. The caller releases it. */
HALYARD_API hy_status hy_runtime_device_at(hy_runtime* runtime, uint32_t index, hy_device** out, hy_error* error);

/** Finds one device: by id, "cuda:0" (backend and index among the devices of that backend), a backend's name (its first
 *  device) or a vendor's name (case does not matter). NULL or "": HALYARD_DEVICE if set, else the best device. Opens
 *  only the backends that the selector needs: "cpu" opens no driver. The caller releases the device.
 *  Errors: HY_UNAVAILABLE (no such device or backend: the message lists what there is, or says why the backend is not
 *  there), HY_INVALID_ARGUMENT ("cpu:x": no number). */
HALYARD_API hy_status hy_runtime_find_device(hy_runtime* runtime, const char* selector, hy_device** out,
                                             hy_error* error);

/** What is known of each backend in use, available or not. Opens all of them. */
HALYARD_API hy_status hy_runtime_backend_count(hy_runtime* runtime, uint32_t* out, hy_error* error);
HALYARD_API hy_status hy_runtime_backend_info(hy_runtime* runtime, uint32_t index, hy_backend_info* out,
                                              hy_error* error);

/* ---- device ---- */

HALYARD_API void hy_device_retain(hy_device* device);
HALYARD_API void hy_device_release(hy_device* device);

/** Everything the device says of itself. Set out->size first. */
HALYARD_API hy_status hy_device_get_info(hy_device* device, hy_device_info* out, hy_error* error);

/** The same physical device through other backends; each is a device like any other. The caller releases it. */
HALYARD_API hy_status hy_device_alternative_count(hy_device* device, uint32_t* out, hy_error* error);
HALYARD_API hy_status hy_device_alternative_at(hy_device* device, uint32_t index, hy_device** out, hy_error* error);

/** Bytes that can be allocated now, and in all; 0 where the driver does not say. */
HALYARD_API hy_status hy_device_memory(hy_device* device, uint64_t* free_bytes, uint64_t* total_bytes, hy_error* error);

/** What kernels and copies of `device` can do with buffers of `peer`, as the backend reports it; changes nothing.
 * Between devices of different backends or runtimes HY_PEER_NONE, of a device with itself HY_PEER_KERNELS. */
HALYARD_API hy_status hy_device_peer_access(hy_device* device, hy_device* peer, hy_peer_access* out, hy_error* error);

/** From now on launches on streams of `device` may be given views of buffers of `peer`, whenever those were or are
 *  allocated. One direction only. Stays so for as long as both devices are in use; calling it again changes nothing. A
 *  buffer's release waits for the streams of other devices, too. Order the devices' accesses with points. From any
 *  thread. Errors: HY_UNSUPPORTED (no such path: hy_device_peer_access() says so), HY_DEVICE_LOST, HY_OUT_OF_MEMORY. */
HALYARD_API hy_status hy_device_enable_peer(hy_device* device, hy_device* peer, hy_error* error);

/** The vendor's own handles of the device (context included). Valid while the device is. HY_UNSUPPORTED without
 *  HY_CAP_NATIVE_OUT. */
HALYARD_API hy_status hy_device_get_native(hy_device* device, hy_native* out, hy_error* error);

/** A device over the caller's own context, which must outlive it. `backend` names whose handles they are. Streams of
 * other devices that used its buffers keep the device until they are next synchronised or end. */
HALYARD_API hy_status hy_device_wrap(hy_runtime* runtime, const char* backend, const hy_native* native, hy_device** out,
                                     hy_error* error);

/* ---- stream and point ---- */

/** Makes an in-order stream. Errors: HY_OUT_OF_MEMORY, HY_DEVICE_LOST, HY_UNAVAILABLE (the device vanished). */
HALYARD_API hy_status hy_stream_create(hy_device* device, hy_stream_flags flags, hy_stream** out, hy_error* error);

/** A stream over the caller's own queue, which must outlive it. */
HALYARD_API hy_status hy_stream_wrap(hy_device* device, const hy_native* native, hy_stream** out, hy_error* error);
HALYARD_API void hy_stream_retain(hy_stream* stream);

/** Gives up the handle. Work that was submitted still runs; points of the stream stay usable. */
HALYARD_API void hy_stream_release(hy_stream* stream);
HALYARD_API hy_status hy_stream_get_native(hy_stream* stream, hy_native* out, hy_error* error);

/** The device of a stream. The caller releases it. */
HALYARD_API hy_status hy_stream_get_device(hy_stream* stream, hy_device** out, hy_error* error);

/** Begins work that is submitted but held back by the driver; never needed for correctness. */
HALYARD_API hy_status hy_stream_flush(hy_stream* stream, hy_error* error);

/** Waits until all submitted work is done. Returns HY_TIMEOUT after `timeout_ns` (HY_FOREVER: no limit), or the error
 * of work that failed since; a stream that failed stays failed. */
HALYARD_API hy_status hy_stream_synchronize(hy_stream* stream, uint64_t timeout_ns, hy_error* error);

/** A point: all that was submitted so far. HY_POINT_TIMED needs a stream made with HY_STREAM_TIMING. */
HALYARD_API hy_status hy_stream_record(hy_stream* stream, hy_point_flags flags, hy_point** out, hy_error* error);

/** What is submitted to `stream` from now on begins after `point`, of any stream of any device, is reached. If the
 *  point's stream fails, this stream fails with the same error. */
HALYARD_API hy_status hy_stream_wait(hy_stream* stream, hy_point* point, hy_error* error);

/** Calls `fn(user)` on a host thread when all submitted before is done; what follows waits for its return. See
 * hy_host_fn for streams that fail first. */
HALYARD_API hy_status hy_stream_host_function(hy_stream* stream, hy_host_fn fn, void* user, hy_error* error);

HALYARD_API void hy_point_retain(hy_point* point);
HALYARD_API void hy_point_release(hy_point* point);

/** HY_OK: reached. HY_TIMEOUT: not yet. Else the stream's error. Never blocks. */
HALYARD_API hy_status hy_point_query(hy_point* point, hy_error* error);

/** Waits for the point, from any thread, at most `timeout_ns`. As hy_stream_synchronize(). */
HALYARD_API hy_status hy_point_wait(hy_point* point, uint64_t timeout_ns, hy_error* error);

/** Device time from `begin` to `end`, both timed, of one device and reached. In nanoseconds. HY_INVALID_ARGUMENT when
 *  `end` was reached before `begin`. */
HALYARD_API hy_status hy_point_elapsed(hy_point* begin, hy_point* end, uint64_t* out_ns, hy_error* error);

/* ---- buffers ---- */

/** A part of a buffer. The generation makes a view of a released buffer an error, never an access. */
typedef struct hy_view {
  hy_buffer* buffer;
  uint64_t generation;
  uint64_t offset;
  uint64_t bytes;
} hy_view;

/** Allocates `bytes` (0 is allowed: a buffer without memory) for use from `stream`'s next submission on. Contents are
 *  undefined. The stream is the buffer's home. Errors: HY_OUT_OF_MEMORY (used up, or more than max_allocation_bytes;
 * with the figures), HY_UNSUPPORTED (memory kind). */
HALYARD_API hy_status hy_buffer_create(hy_stream* stream, hy_memory_kind kind, uint64_t bytes, hy_buffer** out,
                                       hy_error* error);

/** A buffer over the caller's own memory, which must outlive it and its use by any stream. */
HALYARD_API hy_status hy_buffer_wrap(hy_stream* stream, const hy_native* native, uint64_t bytes, hy_buffer** out,
                                     hy_error* error);

/** Gives the memory back in the order of the home stream, and after what other streams were submitted with it. Returns
 * at once, from any thread. The memory is free at the latest when those streams are next used, synchronised or
 * released. */
HALYARD_API hy_status hy_buffer_release(hy_buffer* buffer, hy_error* error);

/** All of the buffer, as a view. */
HALYARD_API hy_status hy_buffer_view(hy_buffer* buffer, hy_view* out, hy_error* error);
HALYARD_API hy_status hy_buffer_get_native(hy_buffer* buffer, hy_native* out, hy_error* error);

/** Where the host reaches the memory (pinned, shared, and any buffer of a HY_CAP_HOST_UNIFIED device);
 *  HY_UNSUPPORTED otherwise. Order accesses with points. */
HALYARD_API hy_status hy_buffer_host_pointer(hy_buffer* buffer, void** out, hy_error* error);

/** Device of the buffer; the caller releases it. */
HALYARD_API hy_status hy_buffer_get_device(hy_buffer* buffer, hy_device** out, hy_error* error);

/* ---- copies: in the stream's order; sizes may be 0 ---- */

typedef uint32_t hy_copy_flags;
#define HY_COPY_BLOCKING 1u /**< Returns when the copy is done, host memory may be reused. */

/** Host to device, device to host. Without HY_COPY_BLOCKING the host memory must stay valid and, for a write, unchanged
 *  until the stream has passed the copy. Errors: HY_INVALID_ARGUMENT (released buffer, buffer of another device,
 * range). */
HALYARD_API hy_status hy_stream_write(hy_stream* stream, const hy_view* destination, const void* source, uint64_t bytes,
                                      hy_copy_flags flags, hy_error* error);
HALYARD_API hy_status hy_stream_read(hy_stream* stream, void* destination, const hy_view* source, uint64_t bytes,
                                     hy_copy_flags flags, hy_error* error);

/** Within a device, or between devices, one of which is the stream's. From device to device in the stream's order where
 *  hy_device_peer_access() of the stream's says HY_PEER_COPIES or more of the other and both buffers are
 * HY_MEMORY_DEVICE (the first such copy of a pair sets up the path, for which drivers may wait); else through the host,
 * and then it blocks. Overlapping ranges of one buffer behave as if copied through a temporary. Both views have the
 * same size. */
HALYARD_API hy_status hy_stream_copy(hy_stream* stream, const hy_view* destination, const hy_view* source,
                                     hy_error* error);

/** Fills with a repeated pattern of 1, 2, 4, 8 or 16 bytes; offset and size are multiples of it. */
HALYARD_API hy_status hy_stream_fill(hy_stream* stream, const hy_view* destination, const void* pattern,
                                     uint32_t pattern_bytes, hy_error* error);

/* ---- bundles and kernels ---- */

/** A macro that a kernel is compiled with: a tuning value. */
typedef struct hy_constant {
  const char* name;
  const char* value;
} hy_constant;

/** Kernels as source text in the dialect of docs/kernel-dialect.md. `file` names it in messages (NULL: "kernel").
 *  Device-independent: compiled for a device when a kernel is first made for it, and remembered in the cache.
 *  Errors: HY_COMPILE_FAILED (a signature that can't be read: file, line and rule). */
HALYARD_API hy_status hy_bundle_from_source(hy_runtime* runtime, const char* text, uint64_t bytes, const char* file,
                                            hy_bundle** out, hy_error* error);

/** Kernels of a .hkb file, mapped and verified before use. HY_UNAVAILABLE, HY_CORRUPT_ARTIFACT. */
HALYARD_API hy_status hy_bundle_from_file(hy_runtime* runtime, const char* path, hy_bundle** out, hy_error* error);

/** The same from memory, which must outlive the bundle and what is made of it (8-byte aligned). */
HALYARD_API hy_status hy_bundle_from_memory(hy_runtime* runtime, const void* data, uint64_t bytes, hy_bundle** out,
                                            hy_error* error);

/** What halyard_add_kernels() links into a program: a .hkb and the host images compiled beside it. */
typedef struct hy_linked_bundle {
  uint32_t size;
  uint32_t host_image_count;
  const void* data;
  uint64_t bytes;
  const void* const* host_images; /**< Each a hy_host_image (host_kernel.h), best first. */
} hy_linked_bundle;
HALYARD_API hy_status hy_bundle_from_linked(hy_runtime* runtime, const hy_linked_bundle* linked, hy_bundle** out,
                                            hy_error* error);
HALYARD_API void hy_bundle_retain(hy_bundle* bundle);
HALYARD_API void hy_bundle_release(hy_bundle* bundle);

/** The kernels in the bundle. The signature lives as long as the bundle. */
HALYARD_API hy_status hy_bundle_kernel_count(hy_bundle* bundle, uint32_t* out, hy_error* error);
HALYARD_API hy_status hy_bundle_signature(hy_bundle* bundle, uint32_t index, const hy_signature** out, hy_error* error);

/** What a kernel needs and allows on its device, known once it is compiled. `size` is set by the caller. */
typedef struct hy_kernel_info {
  uint32_t size;
  uint32_t max_workgroup_items; /**< For this kernel on this device. */
  uint32_t workgroup[3];        /**< Fixed by the source, or zeros. */
  uint32_t preferred_multiple;  /**< Of items in a workgroup. */
  uint64_t local_bytes;         /**< Local memory that a workgroup uses. */
  uint64_t private_bytes;       /**< Of one item, where the driver tells; else 0. */
  hy_image_format format;       /**< What it was loaded from. */
  uint32_t from_cache;          /**< 1 when nothing had to be compiled. */
} hy_kernel_info;

/** Makes a kernel for a device: takes the bundle's image for it, else the cache's, else compiles. The first errors of
 *  the compiler are in the message, all that it said goes to the log at HY_LOG_ERROR.
 *  Errors: HY_INVALID_ARGUMENT (no kernel of that name: the message lists them; a constant that no source of the bundle
 * uses), HY_COMPILE_FAILED, HY_UNSUPPORTED (no image for the device and no compiler; more local memory or a larger
 * fixed workgroup than the device has), HY_UNAVAILABLE (compiler missing), HY_TIMEOUT (compiler took too long). */
HALYARD_API hy_status hy_kernel_create(hy_device* device, hy_bundle* bundle, const char* name,
                                       const hy_constant* constants, uint32_t constant_count, hy_kernel** out,
                                       hy_error* error);
HALYARD_API void hy_kernel_retain(hy_kernel* kernel);
HALYARD_API void hy_kernel_release(hy_kernel* kernel);
HALYARD_API hy_status hy_kernel_get_signature(hy_kernel* kernel, const hy_signature** out, hy_error* error);
HALYARD_API hy_status hy_kernel_get_info(hy_kernel* kernel, hy_kernel_info* out, hy_error* error);

/** The kernel as it is launched on one stream; belongs to the stream and lives as long as it. Binding again gives the
 *  same. It may be used only where the stream may. */
HALYARD_API hy_status hy_kernel_bind(hy_kernel* kernel, hy_stream* stream, hy_bound_kernel** out, hy_error* error);

/** One argument. `type` is the value's type, or that of the view's elements. */
typedef struct hy_arg {
  uint32_t is_view;
  hy_type type;
  union {
    hy_view view;
    uint8_t value[32]; /**< The bytes of the value, from the first on. */
  } u;
} hy_arg;

/** How many workgroups of which size. A kernel with a fixed workgroup takes zeros (or its own size) for `workgroup`;
 *  others take zeros for a size that the library chooses. */
typedef struct hy_grid {
  uint64_t groups[3]; /**< Workgroups, when `items` is all zeros. Dimensions not used are 1, and {n, 0, 0} is refused; 0
                         launches nothing. */
  uint64_t items[3];  /**< Items: as many workgroups as cover them; the kernel checks its bounds. */
  uint32_t workgroup[3];
  uint32_t reserved;
} hy_grid;

/** Launches. Checks everything against the signature first: count, kind, type, range, device and life of each buffer,
 * that no written view overlaps another of its buffer, the workgroup against the device. Takes no lock and allocates
 * nothing. Returns when submitted. Errors: HY_INVALID_ARGUMENT (names the argument and the rule; nothing was launched),
 * or the stream's late error. */
HALYARD_API hy_status hy_launch(hy_bound_kernel* kernel, const hy_grid* grid, const hy_arg* args, uint32_t arg_count,
                                hy_error* error);

#ifdef __cplusplus
}
#endif

#include "halyard/topology.h"  // IWYU pragma: export

#endif
