/* The machine as a graph: what it is built of (packages, NUMA nodes, caches, cores, PCI, accelerators, network and
 * storage devices) as a tree, and the links that carry data. Of this machine, or of one that was recorded elsewhere.
 * Read once, then immutable: everything here may be called from any thread. Strings live as long as the topology. */
#ifndef HALYARD_TOPOLOGY_H
#define HALYARD_TOPOLOGY_H

#include "halyard/halyard.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct hy_topology hy_topology;

typedef uint32_t hy_node_kind;
enum {
  HY_NODE_MACHINE = 1,
  HY_NODE_PACKAGE = 2,
  HY_NODE_NUMA = 3, /**< Memory, and below it what is local to it. */
  HY_NODE_CACHE = 4,
  HY_NODE_CORE = 5,
  HY_NODE_PCI_BRIDGE = 6, /**< Host bridges, root ports and the ports of switches. */
  HY_NODE_PCI_SWITCH = 7, /**< Upstream port of a switch; the downstream ports are bridges below it. */
  HY_NODE_ACCELERATOR = 8,
  HY_NODE_PARTITION = 9, /**< Part of an accelerator that is used like one. */
  HY_NODE_NETWORK = 10,
  HY_NODE_STORAGE = 11,
  HY_NODE_FABRIC_SWITCH = 12 /**< Joins links between accelerators (NVSwitch). */
};

/** The kind as in JSON documents, "pci_bridge"; "unknown" for a value that is no kind. Static storage. */
HALYARD_API const char* hy_node_kind_name(hy_node_kind kind);

/** No such node: the parent of the machine, the node of a device that is not in the topology. */
#define HY_NO_NODE UINT32_MAX

/** A part of the machine. `size` is set by the caller to sizeof(hy_topology_node). */
typedef struct hy_topology_node {
  uint32_t size;
  hy_node_kind kind;
  uint32_t parent; /**< Index of the node above, always smaller than its own; HY_NO_NODE for the machine, node 0. */
  uint32_t attribute_count;
  const char* id;   /**< Unique in the topology: "machine", "package:0", "core:12", "pci:0000:65:00.0". */
  const char* name; /**< What it calls itself; NULL where that is unknown. */
} hy_topology_node;

typedef uint32_t hy_attribute_type;
enum {
  HY_ATTRIBUTE_UNKNOWN = 0, /**< The attribute belongs to this kind of node but its value is not known. */
  HY_ATTRIBUTE_TEXT = 1,
  HY_ATTRIBUTE_INTEGER = 2,
  HY_ATTRIBUTE_REAL = 3
};

/** What is known of a node: docs/reference/json.md lists the keys of each kind. `size` is set by the caller. */
typedef struct hy_topology_attribute {
  uint32_t size;
  hy_attribute_type type;
  const char* key;
  const char* text; /**< Of HY_ATTRIBUTE_TEXT, else NULL. Bytes as they were read: not always UTF-8. */
  int64_t integer;
  double real;
} hy_topology_attribute;

/** Where a figure comes from. */
typedef uint32_t hy_link_source;
enum {
  HY_LINK_SOURCE_UNKNOWN = 0, /**< There is no figure. */
  HY_LINK_REPORTED = 1,       /**< The device, driver or firmware says so. */
  HY_LINK_DERIVED = 2,        /**< Computed from the kind, width and speed of the link. */
  HY_LINK_MEASURED = 3
};

/** The source as in JSON documents, "derived"; NULL for HY_LINK_SOURCE_UNKNOWN. Static storage. */
HALYARD_API const char* hy_link_source_name(hy_link_source source);

/** A connection that carries data. `size` is set by the caller. */
typedef struct hy_topology_link {
  uint32_t size;
  uint32_t from; /**< Indices of nodes. */
  uint32_t to;
  hy_link_source source;          /**< Of the figures. */
  const char* kind;               /**< "pcie", "nvlink", "xgmi", "xe_link", "memory", or what the recording calls it. */
  uint64_t bandwidth_bytes_per_s; /**< Each way; 0 where unknown. */
  double latency_ns;              /**< Negative where unknown. */
  int32_t degraded;               /**< 1: slower than both ends could be. 0: not. -1: unknown. */
  uint32_t bidirectional;         /**< 1: the same from `to` to `from`. 0: that direction is its own link, if any. */
} hy_topology_link;

/** Reads this machine (about 10 ms; opens no driver). HALYARD_SYSROOT is honoured. The caller releases the topology.
 *  Errors: HY_UNAVAILABLE (hwloc is not installed, the reading took too long or failed: the message has the cure),
 *  HY_UNSUPPORTED (this build or worker policy cannot), HY_OUT_OF_MEMORY. */
HALYARD_API hy_status hy_topology_create(hy_runtime* runtime, hy_topology** out, hy_error* error);

/** Reads a recorded machine: hwloc XML of version 2 (of version 1 where the hwloc library takes it). No device of this
 *  machine is joined to it. Errors: HY_UNAVAILABLE (no such file, unreadable; hwloc missing), HY_CORRUPT_ARTIFACT
 *  (cut off, not a topology, hostile, or larger than 64 MiB), HY_UNSUPPORTED (a format that is known but not read). */
HALYARD_API hy_status hy_topology_from_file(hy_runtime* runtime, const char* path, hy_topology** out, hy_error* error);

/** The same from memory, which is not needed afterwards. */
HALYARD_API hy_status hy_topology_from_memory(hy_runtime* runtime, const void* data, uint64_t bytes, hy_topology** out,
                                              hy_error* error);
HALYARD_API void hy_topology_retain(hy_topology* topology);
HALYARD_API void hy_topology_release(hy_topology* topology);

/** Counts; 0 for NULL. Node 0 is the machine; every parent comes before its children. */
HALYARD_API uint32_t hy_topology_node_count(const hy_topology* topology);
HALYARD_API uint32_t hy_topology_link_count(const hy_topology* topology);

/** Getters. Errors: HY_INVALID_ARGUMENT (index out of range, `size` not set). */
HALYARD_API hy_status hy_topology_get_node(const hy_topology* topology, uint32_t index, hy_topology_node* out,
                                           hy_error* error);
HALYARD_API hy_status hy_topology_get_attribute(const hy_topology* topology, uint32_t node, uint32_t index,
                                                hy_topology_attribute* out, hy_error* error);
HALYARD_API hy_status hy_topology_get_link(const hy_topology* topology, uint32_t index, hy_topology_link* out,
                                           hy_error* error);

/** Where `device` is: by its PCI address; the CPU is its package, or the machine where there are several. HY_NO_NODE
 * for a device that the topology does not have, and always in one that was recorded elsewhere. */
HALYARD_API hy_status hy_topology_device_node(const hy_topology* topology, hy_device* device, uint32_t* out,
                                              hy_error* error);

/** The node of that id; HY_NO_NODE where there is none. */
HALYARD_API hy_status hy_topology_find_node(const hy_topology* topology, const char* id, uint32_t* out,
                                            hy_error* error);

#ifdef __cplusplus
}
#endif

#endif
