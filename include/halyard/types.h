/* The values that the C API, the C++ API and the backend table share: status codes, errors, element types, kernel
 * signatures and what a device says of itself. Plain C; sizes in bytes unless a name says otherwise. */
#ifndef HALYARD_TYPES_H
#define HALYARD_TYPES_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What came of a call; the code says what the caller can do about it. */
typedef int32_t hy_status;
enum {
  HY_OK = 0,
  HY_INVALID_ARGUMENT = 1, /**< The call is wrong; the message names the argument and the rule. Nothing was done. */
  HY_UNSUPPORTED = 2,      /**< This device or build cannot do it; ask the capabilities first. */
  HY_UNAVAILABLE = 3,      /**< A driver, device, file or program is not there; the message names the cure. */
  HY_OUT_OF_MEMORY = 4,    /**< Memory of the device or host is used up, or more is asked for than one buffer can
                                have; free some or ask for less. */
  HY_QUOTA_EXCEEDED = 5,   /**< A limit set by the application is reached. */
  HY_TIMEOUT = 6,          /**< Not done within the time limit; the work goes on and can be waited for again. */
  HY_COMPILE_FAILED = 7,   /**< Kernel source was refused; the message begins with the user's file and line. */
  HY_CORRUPT_ARTIFACT = 8, /**< A bundle, cache entry or other file is damaged or not of the expected kind. */
  HY_DEVICE_LOST = 9,      /**< The device failed; its streams and buffers are of no more use. */
  HY_FORKED_PROCESS = 10,  /**< The runtime was made before fork(); make a new one, or exec, in the child. */
  HY_INTERNAL = 11         /**< A fault of Halyard or a driver: please report it with the message. Or the
                                application's host function threw: the message says what. */
};

#define HY_VENDOR_NAME_CAPACITY 64
#define HY_MESSAGE_CAPACITY 952

/** Why a call failed. Filled only on failure; always zero-terminated; never owns memory. */
typedef struct hy_error {
  hy_status code;
  int32_t vendor_code;                       /**< The vendor's own code, 0 where there is none. */
  char vendor_name[HY_VENDOR_NAME_CAPACITY]; /**< Its name ("CL_OUT_OF_RESOURCES"), or "". */
  char message[HY_MESSAGE_CAPACITY];         /**< A sentence, with the cure where one is known. */
} hy_error;

typedef int32_t hy_log_level;
enum { HY_LOG_NONE = 0, HY_LOG_ERROR = 1, HY_LOG_WARNING = 2, HY_LOG_INFO = 3, HY_LOG_DEBUG = 4, HY_LOG_TRACE = 5 };

/** Gets what there is to say. May be called from any thread, also inside a call of the library; must not call it. */
typedef void (*hy_log_fn)(void* user, hy_log_level level, const char* text);

/* ---- element types and signatures ---- */

/** An element type: a base in the low byte, the lanes of a vector (1, 2, 4) in the next. */
typedef uint32_t hy_type;
enum {
  HY_TYPE_NONE = 0,
  HY_I8 = 0x101,
  HY_U8 = 0x102,
  HY_I16 = 0x103,
  HY_U16 = 0x104,
  HY_I32 = 0x105,
  HY_U32 = 0x106,
  HY_I64 = 0x107,
  HY_U64 = 0x108,
  HY_F16 = 0x109,  /**< IEEE binary16, a storage type in kernels. */
  HY_BF16 = 0x10A, /**< bfloat16, a storage type in kernels. */
  HY_F32 = 0x10B,
  HY_F64 = 0x10C
};
/** The vector of `lanes` (1, 2 or 4) elements of a scalar type. Its size and alignment are lanes × the element's. */
#define HY_VECTOR(type, lanes) ((hy_type)(((type)&0xFFu) | ((uint32_t)(lanes) << 8)))

typedef uint32_t hy_param_kind;
enum {
  HY_PARAM_VALUE = 1, /**< HY_VAL: passed by value. */
  HY_PARAM_IN = 2,    /**< HY_IN: a buffer that the kernel reads. */
  HY_PARAM_OUT = 3,   /**< HY_OUT: a buffer that it writes; what it does not write keeps its value. */
  HY_PARAM_INOUT = 4  /**< HY_INOUT: a buffer that it reads and writes. */
};

/** One parameter of a kernel. */
typedef struct hy_param {
  hy_param_kind kind;
  hy_type type;     /**< Of the value, or of the buffer's elements. */
  const char* name; /**< As in the source. Lives as long as the kernel or bundle that it came from. */
} hy_param;

/** What the kernel's source says of it; every launch is checked against this before a driver sees it. */
typedef struct hy_signature {
  const char* name;
  const hy_param* params;
  uint32_t param_count;
  uint32_t fixed_workgroup; /**< 1 where the source fixes the workgroup's size (HY_WORKGROUP). */
} hy_signature;

/* ---- kernel dialects and images ---- */

/** The language a target's compiler takes. */
typedef uint32_t hy_dialect;
enum {
  HY_DIALECT_NONE = 0,
  HY_DIALECT_HOST = 1,   /**< C++17 for g++ and clang, called through halyard/host_kernel.h. */
  HY_DIALECT_OPENCL = 2, /**< OpenCL C 1.2: a buffer is a pointer and a 64-bit offset in bytes; see
                              HY_OPENCL_WHOLE_SUFFIX in backend.h. */
  HY_DIALECT_CUDA = 3,   /**< CUDA C++ for NVRTC and nvcc. */
  HY_DIALECT_HIP = 4,    /**< HIP C++ for hipRTC and clang. */
  HY_DIALECT_OPENCL2 = 5 /**< OpenCL C 2.0, from which SPIR-V is made; buffers as in HY_DIALECT_OPENCL. */
};

/** What the bytes of an image are. */
typedef uint32_t hy_image_format;
enum {
  HY_IMAGE_SOURCE = 1,      /**< The dialect's own source, not yet expanded. */
  HY_IMAGE_HOST_LINKED = 2, /**< Address of a hy_host_image that is linked into the program. */
  HY_IMAGE_HOST_OBJECT = 3, /**< A shared object that exports `hy_host_image`. */
  HY_IMAGE_SPIRV = 4,
  HY_IMAGE_OPENCL_BINARY = 5, /**< What clGetProgramInfo gave for one device and driver. */
  HY_IMAGE_PTX = 6,
  HY_IMAGE_CUBIN = 7,
  HY_IMAGE_HIP_CODE = 8,
  HY_IMAGE_ZE_NATIVE = 9
};

/* ---- devices ---- */

typedef uint32_t hy_device_kind;
enum {
  HY_DEVICE_CPU = 1,
  HY_DEVICE_GPU = 2,
  HY_DEVICE_INTEGRATED_GPU = 3,
  HY_DEVICE_ACCELERATOR = 4,
  HY_DEVICE_SIMULATED = 5
};

/** What a device can do; cases of the conformance suite that need a missing one are skipped by its name. */
typedef uint64_t hy_capabilities;
#define HY_CAP_RUNTIME_COMPILE (1ull << 0) /**< Compiles kernel source on this machine. */
#define HY_CAP_FLOAT64 (1ull << 1)         /**< double in kernels. */
#define HY_CAP_FLOAT16 (1ull << 2)         /**< Arithmetic in half. Storage needs no capability. */
#define HY_CAP_BFLOAT16 (1ull << 3)        /**< Arithmetic in bfloat16. */
#define HY_CAP_ATOMICS_INT64 (1ull << 4)   /**< 64-bit integer atomics. */
#define HY_CAP_ATOMICS_FLOAT (1ull << 5)   /**< Native float add; without it the prelude loops on compare-and-swap. */
#define HY_CAP_SUBGROUPS (1ull << 6)       /**< Sub-groups of more than one item. */
#define HY_CAP_BARRIERS (1ull << 7)        /**< Kernels with plain barriers. Phases need no capability. */
#define HY_CAP_LOCAL_MEMORY (1ull << 8)    /**< Local memory that is faster than global memory. */
#define HY_CAP_SHARED_MEMORY (1ull << 9)   /**< HY_MEMORY_SHARED buffers. */
#define HY_CAP_PINNED_MEMORY (1ull << 10)  /**< HY_MEMORY_PINNED buffers. */
#define HY_CAP_HOST_UNIFIED (1ull << 11)   /**< Device memory is host memory; copies can be avoided. */
#define HY_CAP_HOST_FUNCTIONS (1ull << 12) /**< Host functions in streams. */
#define HY_CAP_TIMED_POINTS (1ull << 13)   /**< Device time between two timed points. */
#define HY_CAP_NATIVE_OUT (1ull << 14)     /**< Native handles can be taken out. */
#define HY_CAP_NATIVE_IN (1ull << 15)      /**< Native handles can be wrapped. */
#define HY_CAP_PRINTF (1ull << 16)         /**< printf in kernels. */
#define HY_CAP_CONCURRENT_STREAMS (1ull << 17) /**< Work of two streams may overlap in time. */
#define HY_CAP_KERNELS (1ull << 18)            /**< Launches kernels at all. */
#define HY_CAP_SPIRV (1ull << 19)              /**< Takes SPIR-V images. */

#define HY_NAME_CAPACITY 128

/** What a device says of itself. `size` is set by the caller to sizeof(hy_device_info); fields past it stay untouched.
 */
typedef struct hy_device_info {
  uint32_t size;
  hy_device_kind kind;
  uint32_t index;    /**< Among the devices of its backend. */
  uint32_t has_uuid; /**< 1 where `uuid` was given by the device. */
  uint8_t uuid[16];
  char id[HY_NAME_CAPACITY]; /**< Stable over restarts: made from UUID, else PCI address, else model. */
  char name[HY_NAME_CAPACITY];
  char vendor[HY_NAME_CAPACITY];
  char backend[32];
  char pci_address[24]; /**< "0000:65:00.0", or "". */
  char driver_version[HY_NAME_CAPACITY];
  char architecture[HY_NAME_CAPACITY]; /**< As the vendor names it: "sm_90", "gfx942", "x86-64-v4", or "". */
  int32_t numa_node;                   /**< -1 where unknown. */
  uint32_t compute_units;              /**< 0 where unknown. */
  uint64_t memory_bytes;               /**< 0 where unknown. */
  hy_capabilities capabilities;
  uint64_t max_allocation_bytes; /**< Largest single buffer; more is HY_OUT_OF_MEMORY. */
  uint64_t local_memory_bytes;   /**< Of one workgroup. */
  uint64_t max_grid[3];          /**< Workgroups that the driver takes in one launch, each dimension. Larger
                                      grids are split by the runtime. */
  uint32_t max_workgroup[3];
  uint32_t max_workgroup_items;
  uint32_t subgroup_size;       /**< The usual size; 1 where there are none. */
  uint32_t base_alignment;      /**< Alignment of every new buffer. */
  hy_dialect dialect;           /**< Of the source that it compiles, or HY_DIALECT_NONE. */
  uint32_t timer_resolution_ns; /**< Of timed points; 0 where unknown. */
} hy_device_info;

/** Which backend is there, and why not. `size` as in hy_device_info. */
typedef struct hy_backend_info {
  uint32_t size;
  uint32_t available; /**< 1 when it presents devices. */
  uint32_t device_count;
  uint32_t driver_failed; /**< 1: its driver is there, and crashed, hung or ended the process when it was tried. */
  char name[32];
  char library[256];              /**< File that was opened, or looked for. "" where it needs none. */
  char version[HY_NAME_CAPACITY]; /**< Of the driver or platform, or "". */
  char reason[512];               /**< Where not available: what was tried and what the system answered. */
  char cure[256];                 /**< What to install or change, or "". */
} hy_backend_info;

/* ---- memory, native handles ---- */

/** What a device can do with the memory of another. */
typedef uint32_t hy_peer_access;
enum {
  HY_PEER_NONE = 0,   /**< Nothing: copies between the two go through the host. */
  HY_PEER_COPIES = 1, /**< Copies go from one to the other in the order of a stream, without the host waiting. */
  HY_PEER_KERNELS = 2 /**< Also its kernels reach the other's memory, after hy_device_enable_peer(). */
};

typedef uint32_t hy_memory_kind;
enum {
  HY_MEMORY_DEVICE = 1, /**< The device's own; the host copies in and out. */
  HY_MEMORY_PINNED = 2, /**< Host memory that the device reaches and copies fastest. Has a host pointer. */
  HY_MEMORY_SHARED = 3  /**< One address on host and device. Has a host pointer. */
};

/** A handle of the vendor's own, going out or coming in. Ownership never moves with it. */
typedef uint32_t hy_native_kind;
enum {
  HY_NATIVE_NONE = 0,
  HY_NATIVE_HOST_POINTER = 1,  /**< handle[0]: address. cpu, sim. */
  HY_NATIVE_OPENCL_DEVICE = 2, /**< handle[0]: cl_device_id, handle[1]: cl_context. */
  HY_NATIVE_OPENCL_QUEUE = 3,  /**< handle[0]: cl_command_queue. */
  HY_NATIVE_OPENCL_MEMORY = 4, /**< handle[0]: cl_mem. */
  HY_NATIVE_CUDA_CONTEXT = 5,
  HY_NATIVE_CUDA_STREAM = 6,
  HY_NATIVE_DEVICE_POINTER = 7,
  HY_NATIVE_HIP_CONTEXT = 8,
  HY_NATIVE_HIP_STREAM = 9,
  HY_NATIVE_ZE_CONTEXT = 10,
  HY_NATIVE_ZE_LIST = 11
};
typedef struct hy_native {
  hy_native_kind kind;
  uint32_t reserved;
  uint64_t handle[2];
} hy_native;

/** Runs on a host thread in a stream's order. Called exactly once for every submission that succeeded: with
 *  `error->code` HY_OK when its turn has come, or with the stream's error when the stream failed before, so that it can
 * let go of what it owns; what it returns then does not matter. It must not submit to or wait for its own stream. A
 * status other than HY_OK fails the stream (HY_TIMEOUT as HY_INTERNAL); then `error->message` (`error` is never NULL)
 * may be filled. */
typedef hy_status (*hy_host_fn)(void* user, hy_error* error);

typedef uint32_t hy_stream_flags;
#define HY_STREAM_TIMING 1u /**< Points of this stream may be timed. */

typedef uint32_t hy_point_flags;
#define HY_POINT_TIMED 1u /**< Keeps the device's time at which it was reached. */

/** No time limit. */
#define HY_FOREVER UINT64_MAX

#ifdef __cplusplus
}
#endif

#endif
