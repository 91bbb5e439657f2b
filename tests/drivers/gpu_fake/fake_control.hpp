// What tests tell and ask a fake driver or run-time compiler. Looked up by name in the opened library; each of the
// libraries has its own.
#pragma once

#include <cstdint>

extern "C" {

// Sets one thing; 0, or 1 for a key or value that the fake does not know. The same pairs can stand in the environment,
// read when the library is loaded: HALYARD_FAKE_CUDA, _NVRTC, _HIP, _HIPRTC, _ZE, _OCLOC = "key=value;key=value".
// Codes may be written as 0x70000001.
//
//   fail            "NAME K CODE"  the K-th call of NAME ("*": of any) from now on answers CODE, once
//   fail_from       "NAME K CODE"  that call and all later ones
//   lose_from_launch "K [CODE]"    the device is lost from the K-th launch from now on (CODE 700 unless given)
//   hang, abort     "NAME"         what a call of NAME does from now on
//   orders          ""             forgets all of these and sets the counts of calls to 0
//   misuses         ""             forgets the misuses noted so far
//   settings        ""             forgets all settings, those of the environment too
//   restart         ""             the driver as it was when loaded, with the settings as they are now
//
// Of each device, with commas between them ("sm_90,sm_80"), at the next start: memory (bytes), name, architecture
// ("sm_90", "gfx942:xnack-"). Of all, at the next start: devices (how many), uuid (the last byte of the first one's),
// pci (the bus of the first). At once:
//
//   driver_version, runtime_version   e.g. "12040"; of NVRTC its own version
//   ptx_version     "8.4"   the newest PTX that the driver takes; that which NVRTC writes
//   compute_mode, peers, pools, managed   numbers, 0 for none
//   threads_per_block, shared_per_block, wave_size, grid_y   limits
//   hide            names, blanks between them, that cuGetProcAddress does not find
//   leaks           "allowed": a context may be released with objects alive in it
//   compiler        of the run-time compilers: a C++ compiler's absolute path
//   llvm            of those from SPIR-V: the version of clang and LLVM that they use
//
// Of Level Zero alone, at the next start:
//
//   drivers, tiles  how many GPU drivers (each with all the devices), and sub-devices of each device; 1: none
//   npu             1: one more driver with a device that is no GPU; 2: also where GPUs alone are asked for
//   modern          0: as in 2022, without events that count, lists in order, and flat listing of tiles
//   api             "1.3"          hierarchy   "FLAT", "COMPOSITE" in place of ZE_FLAT_DEVICE_HIERARCHY
//   architecture    a product of ze_products.hpp; device_id: another number for it
//   integrated, fp64, fp16, atomics64   0 or 1, of each device
//
// At once:
//
//   hide            names of extensions that the driver does not list
//   peers           0, 1, or the rows of a matrix over the devices: "110/110/001"
//   zero            names of members of structures that the driver leaves at 0, blanks between them; also "devices",
//                   "memories", "queue_groups": none are listed
//   reorder         0: lists without order do run in order, for those made from then on
//   unshared        1: no shared memory              pci   0: no address
//   refuse          a kernel whose modules are refused
//   timer, timestamp_bits, timestamp_from   ticks a second, how many bits of them count, and those at the start
using halyard_fake_configure_fn = int(const char* key, const char* value);

// How often NAME was called since the last "orders"; NULL or "*": all calls together.
using halyard_fake_calls_fn = uint64_t(const char* name);
// The function whose call failed to order last, NULL when none did.
using halyard_fake_failed_fn = const char*();
// All misuses noted, a line each; "" when there are none. Stands until the next call from this thread.
using halyard_fake_misuses_fn = const char*();
// Objects that are alive: "stream", "event", "module", "pool", "context", "allocation"; "bytes" of device memory;
// NULL: all objects together.
using halyard_fake_live_fn = int64_t(const char* kind);
}
