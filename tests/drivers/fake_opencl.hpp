// What tests tell and ask the fake OpenCL driver. Looked up by name in the opened library.
#pragma once

#include <cstdint>

extern "C" {

// The `call`-th call from now on (counted from 1, releases aside) answers `code`; 0: none does.
using fake_opencl_fail_fn = void(uint64_t call, int32_t code);
// The function that failed so, or NULL when that many calls were not made.
using fake_opencl_failed_fn = const char*();
// Objects that were made and not yet released, and SVM memory that was not freed.
using fake_opencl_live_fn = int64_t();
// Events of commands end with this status from now on.
using fake_opencl_event_status_fn = void(int32_t status);
// What the compiler answers from now on: NULL builds well, a text is the log of a failed build.
using fake_opencl_build_log_fn = void(const char* log);
// Calls of clSetKernelArg so far.
using fake_opencl_args_set_fn = uint64_t();
// How many of the platforms' devices there are: 0, or all.
using fake_opencl_platforms_fn = void(uint32_t count);
// What the 3.0 device says of its extensions and of its language, e.g. "OpenCL C 2.0"; NULL: as at first. The texts
// must outlive the driver. With "cl_intel_subgroups" among them it has sub-groups of 8, 16 and 32 items, else with
// "cl_nv_device_attribute_query" of 32; with "cl_intel_device_attribute_query" it is Intel's, and has no images.
using fake_opencl_language_fn = void(const char* extensions, const char* language);
// How many languages the 3.0 device lists: 1.0, 1.1, 1.2, 3.0 and others; 0: it does not answer that question.
using fake_opencl_languages_fn = void(uint32_t count);
// What the 3.0 device says of its version and of the intermediate languages that it takes, e.g. "OpenCL 2.0" and
// "SPIR-V_1.2"; NULL: as at first. The texts must outlive the driver. Programs are made of SPIR-V by
// clCreateProgramWithIL, and by the extension's function just where the device says that it has the extension
// (fake_opencl_language_fn).
using fake_opencl_spirv_fn = void(const char* version, const char* languages);
// The options of the last build; "" before the first.
using fake_opencl_options_fn = const char*();
}
