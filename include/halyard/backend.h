/* The table of functions that a backend implements: all that Halyard needs to know of a vendor.
 *
 * What is the same for every vendor lives above this table: argument checks, ranges, late errors, release of memory in
 * use, choice and caching of images, splitting of grids, bridges between backends. A backend gets only calls that are
 * valid, and reports only what the layer above could not foresee.
 *
 * Versions. HY_ABI_MAJOR must match. Within it, structures begin with their size and grow only at the end: test
 * `size` before reading a member past the first version. Members marked optional may be NULL.
 *
 * Threads. Calls on an instance, device, module or memory may come from many threads at once. Calls on one stream,
 * and on kernels bound to it, come from one thread at a time. Points may be queried, waited for and released from any
 * thread. No call may throw, print, keep the thread's current device or context changed, or install signal handlers. */
#ifndef HALYARD_BACKEND_H
#define HALYARD_BACKEND_H

#include "halyard/types.h"

#ifdef __cplusplus
extern "C" {
#endif

#define HY_ABI_MAJOR 1u
#define HY_ABI_MINOR 0u
#define HY_ABI_VERSION ((HY_ABI_MAJOR << 16) | HY_ABI_MINOR)

/** Whether the host waits for a copy: then a backend may do it at once, in the cheapest way. */
typedef uint32_t hy_copy_mode;
enum { HY_COPY_ASYNC = 0, HY_COPY_WAIT = 1 };

/* Objects of the backend: it defines them. */
typedef struct hy_b_instance hy_b_instance;
typedef struct hy_b_device hy_b_device;
typedef struct hy_b_stream hy_b_stream;
typedef struct hy_b_point hy_b_point;
typedef struct hy_b_module hy_b_module;
typedef struct hy_b_kernel hy_b_kernel;
typedef struct hy_b_bound hy_b_bound;

/* ---- what the library gives to a backend ---- */

/** Which library to open: `names` in order, each in HALYARD_LIBRARY_PATH, then `folders`, then as the system finds it.
 */
typedef struct hy_library_request {
  uint32_t size;
  uint32_t name_count;
  const char* const* names;
  const char* const* folders; /**< Absolute; parts with '*' match, the newest version first. May be NULL. */
  uint32_t folder_count;
  uint32_t reserved;
} hy_library_request;

/** A child process to run to its end, without a shell, signals or inherited files. */
typedef struct hy_child_request {
  uint32_t size;
  uint32_t timeout_ms;     /**< Killed, with its own children, after this. 0: 60,000. */
  const char* const* argv; /**< NULL-terminated; argv[0] is an absolute path. */
  const char* const* envp; /**< NULL-terminated "NAME=value"; NULL: the caller's environment. */
  const char* directory;   /**< Working directory, or NULL. */
  const void* input;       /**< Written to its standard input. */
  uint64_t input_bytes;
  uint64_t output_limit; /**< Bytes kept of each of its outputs. 0: 64 MiB. */
} hy_child_request;

/** What came of it. Released with child_free. */
typedef struct hy_child_result {
  uint32_t size;
  int32_t exit_code; /**< -1 when it did not exit by itself. */
  int32_t signal;    /**< That ended it, or 0. */
  uint32_t timed_out;
  char* output; /**< Standard output, zero-terminated. */
  uint64_t output_bytes;
  char* diagnostics; /**< Standard error, zero-terminated. */
  uint64_t diagnostics_bytes;
} hy_child_result;

/** Services of the library. Every function may be called from any thread while the instance lives. */
typedef struct hy_host {
  uint32_t size;
  uint32_t abi_version;
  void* self;
  void (*log)(void* self, hy_log_level level, const char* text);
  /** 1 when somebody listens at `level`, so that texts need not be made in vain. */
  uint32_t (*log_enabled)(void* self, hy_log_level level);
  /** Opens a vendor's library: local, immediate binding, never closed. On failure `report` (may be NULL) gets what was
   * tried and what the system answered; `path` gets the file that was opened. */
  hy_status (*library_open)(void* self, const hy_library_request* request, void** handle, char* path,
                            uint64_t path_capacity, char* report, uint64_t report_capacity, hy_error* error);
  void* (*library_symbol)(void* self, void* handle, const char* name);
  /** Reads a whole file under HALYARD_SYSROOT; HY_UNAVAILABLE when it is not there. `*bytes`: capacity in, size out;
   *  zero-terminated if there is room. */
  hy_status (*file_read)(void* self, const char* path, char* data, uint64_t* bytes, hy_error* error);
  hy_status (*child_run)(void* self, const hy_child_request* request, hy_child_result* out, hy_error* error);
  void (*child_free)(void* self, hy_child_result* result);
  /** A private folder for files that must exist while they are used (compilers): absolute, exists, owned by the user.
   * Of this runtime alone, and removed with all that is in it when the runtime ends; ask for it at each use. */
  hy_status (*scratch_folder)(void* self, char* path, uint64_t capacity, hy_error* error);
  /** The file that library_open would try first, without opening it; HY_UNAVAILABLE where there is none. Of the
   * system's own search it knows LD_LIBRARY_PATH and the usual folders. */
  hy_status (*library_find)(void* self, const hy_library_request* request, char* path, uint64_t capacity,
                            hy_error* error);
} hy_host;

/* ---- what a backend gives ---- */

/** Why a backend has no devices, or what it found: filled by instance_create in both cases. */
typedef struct hy_b_report {
  uint32_t size;
  char library[256];
  char version[HY_NAME_CAPACITY];
  char reason[512];
  char cure[256];
} hy_b_report;

/** Memory of a device, made by the backend; copied by value by the library. */
typedef struct hy_b_memory {
  void* object;     /**< The backend's own (a cl_mem, a pointer). */
  uint64_t address; /**< On the device, where it has addresses; else 0. */
  void* host;       /**< Where the host reaches it, or NULL. */
  uint64_t bytes;
  hy_memory_kind kind;
  uint32_t wrapped; /**< 1: the caller's own; memory_free must not give it back. */
} hy_b_memory;

/** An image that a device is asked about or to load. */
typedef struct hy_b_image {
  uint32_t size;
  hy_image_format format;
  const char* target; /**< Architecture it was made for, in the vendor's words; "" for any. */
  const void* data;   /**< Valid during the call; HY_IMAGE_HOST_LINKED: for ever. */
  uint64_t bytes;
} hy_b_image;

/** Source for the device's compiler: prelude, constants and kernels in the device's dialect. */
typedef struct hy_b_source {
  uint32_t size;
  uint32_t timeout_ms;
  const char* text;
  uint64_t bytes;
  const char* name; /**< Of the user's file, for messages. */
} hy_b_source;

/** What a compiler made; released with compiled_release. `log` is what it said, or NULL. */
typedef struct hy_b_compiled {
  uint32_t size;
  hy_image_format format;
  void* data;
  uint64_t bytes;
  char* log;
  char target[HY_NAME_CAPACITY];
} hy_b_compiled;

/** Limits of a kernel on its device. */
typedef struct hy_b_kernel_info {
  uint32_t size;
  uint32_t max_workgroup_items;
  uint32_t workgroup[3]; /**< Fixed by the source, or zeros. */
  uint32_t preferred_multiple;
  uint64_t local_bytes;
  uint64_t private_bytes;
} hy_b_kernel_info;

/** An argument as the backend gets it, checked. */
typedef struct hy_b_arg {
  const hy_b_memory* memory; /**< NULL: a value. A buffer without bytes has a memory with object NULL. */
  uint64_t offset;           /**< In bytes, into `memory`; 0 in values. */
  const void* value;
  uint64_t value_bytes;
} hy_b_arg;

/** A launch as the backend gets it. */
typedef struct hy_b_grid {
  uint64_t first_group[3];  /**< Of this part, when the library had to split the grid. */
  uint64_t groups[3];       /**< To launch now: within the device's max_grid, never 0. */
  uint64_t total_groups[3]; /**< Of the whole grid. */
  uint32_t workgroup[3];
  uint32_t serial; /**< Not 0, and the same as in the launch before of the same bound kernel: so is all the rest. */
} hy_b_grid;

/** Kernels in HY_DIALECT_OPENCL and OPENCL2 have a second entry of this name's ending, without the offsets of buffers
   and without the part of the grid: for the whole grid, on buffers from their beginnings. An image may lack it. */
#define HY_OPENCL_WHOLE_SUFFIX "__hy_whole"

#define HY_BACKEND_COMPILES_IN_WORKER \
  (1ull << 0) /**< compile() may hang or take the process down: run it in a worker. */
#define HY_BACKEND_PROBE_IN_WORKER \
  (1ull << 1) /**< instance_create() may: a driver not seen before is tried in a worker. */

typedef struct hy_backend {
  uint32_t size;
  uint32_t abi_version;    /**< HY_ABI_VERSION that it was compiled with. */
  const char* name;        /**< "opencl": lower case, letters, digits, '_'. Static. */
  const char* description; /**< Static. */
  uint64_t flags;          /**< HY_BACKEND_*. */

  /* instance: opens the driver and lists devices. On HY_UNAVAILABLE `report` says why. */
  hy_status (*instance_create)(const hy_host* host, hy_b_instance** out, hy_b_report* report, hy_error* error);
  void (*instance_destroy)(hy_b_instance* instance);
  /** Files that the driver consists of, one a line, for the library to know it again; optional. Opens nothing. */
  hy_status (*driver_files)(const hy_host* host, char* out, uint64_t capacity, hy_error* error);
  uint32_t (*device_count)(hy_b_instance* instance);
  /** Everything but `id`, `backend`, `index` and `numa_node`, which the library fills. out->size is set. */
  hy_status (*device_info)(hy_b_instance* instance, uint32_t index, hy_device_info* out, hy_error* error);

  /* devices */
  hy_status (*device_open)(hy_b_instance* instance, uint32_t index, hy_b_device** out, hy_error* error);
  void (*device_close)(hy_b_device* device);
  hy_status (*device_memory)(hy_b_device* device, uint64_t* free_bytes, uint64_t* total_bytes,
                             hy_error* error);                                      /* optional */
  hy_status (*device_native)(hy_b_device* device, hy_native* out, hy_error* error); /* optional */
  /** Opens the caller's own context; `info` as from device_info. Optional. */
  hy_status (*device_wrap)(hy_b_instance* instance, const hy_native* native, hy_b_device** out, hy_device_info* info,
                           hy_error* error);

  /* memory; bytes > 0. Freed only when no submitted work uses it. */
  hy_status (*memory_allocate)(hy_b_device* device, hy_memory_kind kind, uint64_t bytes, hy_b_memory* out,
                               hy_error* error);
  void (*memory_free)(hy_b_device* device, hy_b_memory* memory);
  hy_status (*memory_native)(hy_b_device* device, const hy_b_memory* memory, hy_native* out,
                             hy_error* error); /* optional */
  hy_status (*memory_wrap)(hy_b_device* device, const hy_native* native, uint64_t bytes, hy_b_memory* out,
                           hy_error* error); /* optional */

  /* streams: in order */
  hy_status (*stream_create)(hy_b_device* device, hy_stream_flags flags, hy_b_stream** out, hy_error* error);
  void (*stream_destroy)(hy_b_stream* stream); /**< When its work is done; the library waits before. */
  hy_status (*stream_native)(hy_b_stream* stream, hy_native* out, hy_error* error); /* optional */
  hy_status (*stream_wrap)(hy_b_device* device, const hy_native* native, hy_b_stream** out,
                           hy_error* error);                       /* optional */
  hy_status (*stream_flush)(hy_b_stream* stream, hy_error* error); /* optional */
  /** Until all is done: HY_OK, HY_TIMEOUT, or the error of work that failed. */
  hy_status (*stream_synchronize)(hy_b_stream* stream, uint64_t timeout_ns, hy_error* error);
  /** The same backend's point, of any of its devices. HY_UNSUPPORTED: the library waits on the host instead. */
  hy_status (*stream_wait)(hy_b_stream* stream, hy_b_point* point, hy_error* error);
  /** A status other than HY_OK from `fn` fails the stream with it, but HY_TIMEOUT, which would say that work goes on,
   * as HY_INTERNAL (backend_adapter.hpp has run_host_function()). `fn` may block for long and must not hold up other
   *  streams. It is called once even if the stream fails before: then with that error, see hy_host_fn. Optional. */
  hy_status (*stream_host_function)(hy_b_stream* stream, hy_host_fn fn, void* user, hy_error* error);

  /* points */
  hy_status (*point_record)(hy_b_stream* stream, hy_point_flags flags, hy_b_point** out, hy_error* error);
  void (*point_release)(hy_b_point* point);
  hy_status (*point_query)(hy_b_point* point, hy_error* error); /**< HY_OK, HY_TIMEOUT (not yet) or the work's error. */
  hy_status (*point_wait)(hy_b_point* point, uint64_t timeout_ns, hy_error* error);
  /** Both timed and reached. HY_INVALID_ARGUMENT when `end` was reached before `begin`. Optional. */
  hy_status (*point_elapsed)(hy_b_point* begin, hy_b_point* end, uint64_t* out_ns, hy_error* error);

  /* copies; bytes > 0, ranges checked, same device. Host memory stays valid until the stream has passed the copy. */
  hy_status (*copy_to_device)(hy_b_stream* stream, const hy_b_memory* destination, uint64_t offset, const void* source,
                              uint64_t bytes, hy_copy_mode mode, hy_error* error);
  hy_status (*copy_to_host)(hy_b_stream* stream, void* destination, const hy_b_memory* source, uint64_t offset,
                            uint64_t bytes, hy_copy_mode mode, hy_error* error);
  /** Ranges of one memory may overlap: as if through a temporary. */
  hy_status (*copy_on_device)(hy_b_stream* stream, const hy_b_memory* destination, uint64_t destination_offset,
                              const hy_b_memory* source, uint64_t source_offset, uint64_t bytes, hy_error* error);
  /** pattern_bytes: 1, 2, 4, 8 or 16; offset and bytes are multiples of it. */
  hy_status (*fill)(hy_b_stream* stream, const hy_b_memory* destination, uint64_t offset, uint64_t bytes,
                    const void* pattern, uint32_t pattern_bytes, hy_error* error);

  /* kernels: NULL together where the device launches none (no HY_CAP_KERNELS). */
  /** 0: can't be loaded. Else the higher, the better. */
  uint32_t (*image_rank)(hy_b_device* device, const hy_b_image* image);
  /** Optional: without it there is no run-time compilation. */
  hy_status (*compile)(hy_b_device* device, const hy_b_source* source, hy_b_compiled* out, hy_error* error);
  void (*compiled_release)(hy_b_compiled* compiled);
  /** What a compiled image depends on besides the source: compiler, driver, instruction sets. Goes into the cache's
   * key. */
  hy_status (*compile_identity)(hy_b_device* device, char* out, uint64_t capacity, hy_error* error);
  hy_status (*module_load)(hy_b_device* device, const hy_b_image* image, hy_b_module** out, hy_error* error);
  void (*module_unload)(hy_b_module* module);
  hy_status (*kernel_create)(hy_b_module* module, const hy_signature* signature, hy_b_kernel** out,
                             hy_b_kernel_info* info, hy_error* error);
  void (*kernel_destroy)(hy_b_kernel* kernel);
  /** The kernel as one stream uses it. Destroyed before the stream and the kernel. */
  hy_status (*kernel_bind)(hy_b_kernel* kernel, hy_b_stream* stream, hy_b_bound** out, hy_error* error);
  void (*bound_destroy)(hy_b_bound* bound);
  /** On the stream that it is bound to. `args` has signature->param_count entries. */
  hy_status (*launch)(hy_b_bound* bound, const hy_b_grid* grid, const hy_b_arg* args, hy_error* error);

  /* peers: NULL together where devices of the backend know nothing of one another; copies then go through the host. */
  /** What `device` can do with memory of `peer`, another device of the instance. Changes nothing. */
  hy_status (*peer_query)(hy_b_device* device, hy_b_device* peer, hy_peer_access* out, hy_error* error);
  /** From now on kernels of `device` reach all memory of `peer`, also what is allocated later, and launch() gets memory
   * of both. Called once for each pair and direction. */
  hy_status (*peer_enable)(hy_b_device* device, hy_b_device* peer, hy_error* error);
  /** In the order of a stream of one of the two. bytes > 0, ranges checked. */
  hy_status (*peer_copy)(hy_b_stream* stream, hy_b_device* to_device, const hy_b_memory* to, uint64_t to_offset,
                         hy_b_device* from_device, const hy_b_memory* from, uint64_t from_offset, uint64_t bytes,
                         hy_error* error);
} hy_backend;

/** What a plugin exports. Returns NULL when it can't work with a library of `newest_abi` (HY_ABI_VERSION of the
 * library), else its table, which lives for ever. */
typedef const hy_backend* (*hy_backend_query_fn)(uint32_t newest_abi, const hy_host* host);
#define HY_BACKEND_QUERY_SYMBOL "halyard_backend_query"

#ifdef __cplusplus
}
#endif

#endif
