/* How a kernel compiled for the host is called: the contract between the code that the kernel dialect makes for C++
 * compilers and the backends that run it (cpu, sim). Nothing else needs this header. */
#ifndef HALYARD_HOST_KERNEL_H
#define HALYARD_HOST_KERNEL_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Version of every structure in this header; a table of another version is refused. */
#define HY_HOST_KERNEL_VERSION 1u

/** How a kernel's work-items run on the host. */
enum {
  HY_HOST_LOOP = 0,   /**< No barriers: a vectorised loop over the items. The range may join neighbouring workgroups. */
  HY_HOST_PHASES = 1, /**< Written in phases: each phase is a loop over the items of one workgroup. */
  HY_HOST_FIBERS = 2  /**< Plain barriers: `item` is called once for each work-item, each on its own fiber. */
};

/** What an item of a kernel with plain barriers calls to wait for its workgroup; given by the backend. */
typedef struct hy_host_fiber {
  void (*barrier)(struct hy_host_fiber* self); /**< Returns when every item of the workgroup has arrived. */
  unsigned char* local;  /**< Local memory of the workgroup, 64-byte aligned, the same for all its items. */
  uint64_t local_cursor; /**< Bytes of `local` declared so far by this item; 0 when the item starts. */
} hy_host_fiber;

/** One launch, shared by all threads that run parts of it. Counts are 64-bit; unused dimensions are 1. */
typedef struct hy_host_launch {
  uint64_t groups[3];    /**< Workgroups in the grid. */
  uint32_t workgroup[3]; /**< Items of a workgroup. Equal to the kernel's own where that is fixed. */
  uint32_t reserved;
  const void* const* args; /**< One pointer an argument: for a buffer the address of its first element, for a value
                                the address of the value. */
} hy_host_launch;

/** Runs the workgroups `first` (included) to `last` (excluded), counted with dimension 0 fastest.
 *  HY_HOST_LOOP and HY_HOST_PHASES kernels. Called from many threads at once with disjoint ranges. */
typedef void (*hy_host_range_fn)(const hy_host_launch* launch, uint64_t first, uint64_t last);

/** Runs one item of workgroup `group[3]` at `local[3]`. HY_HOST_FIBERS kernels. */
typedef void (*hy_host_item_fn)(const hy_host_launch* launch, const uint64_t group[3], const uint32_t local[3],
                                hy_host_fiber* fiber);

/** A kernel of a host image. */
typedef struct hy_host_kernel {
  const char* name;
  uint32_t mode;          /**< HY_HOST_LOOP, HY_HOST_PHASES or HY_HOST_FIBERS. */
  uint32_t workgroup[3];  /**< The size fixed with HY_WORKGROUP, or zeros where the launch chooses it. */
  uint64_t local_bytes;   /**< Local memory of a workgroup, alignment included. */
  hy_host_range_fn range; /**< NULL for HY_HOST_FIBERS. */
  hy_host_item_fn item;   /**< NULL for the others. */
  uint32_t arg_count;     /**< Entries in hy_host_launch::args. */
  uint32_t private_bytes; /**< What items keep on the stack by HY_PRIVATE and HY_PRIVATE_ARRAY: all items of a workgroup
                               for HY_HOST_PHASES, one item for the others. UINT32_MAX: that or more. */
} hy_host_kernel;

/** What a host image exports as `hy_host_image` (a shared object), or a generated table points to (linked in). */
typedef struct hy_host_image {
  uint32_t version; /**< HY_HOST_KERNEL_VERSION */
  uint32_t kernel_count;
  const hy_host_kernel* kernels;
  const char* target; /**< Instruction sets it needs: "x86-64", "x86-64-v2", "x86-64-v3", "x86-64-v4", "aarch64", …,
                           or "native" when it was compiled on and for this very machine. */
} hy_host_image;

#ifdef __cplusplus
}
#endif

#endif
