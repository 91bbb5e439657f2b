// From source to the driver's own binary. The driver's compiler may hang or take the process down, so the library
// prefers to call this in its worker.
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

#include "backends/opencl/build_log.hpp"
#include "backends/opencl/device.hpp"
#include "backends/opencl/errors.hpp"
#include "backends/opencl/module.hpp"

namespace halyard::opencl {
namespace {

char* copy_text(const std::string& text) {
  return text.empty() ? nullptr : common::copied(text.c_str(), text.size() + 1);
}

// The binary for `device`; a program of a wrapped context may have others.
cl_int take_binary(const Api& cl, cl_program program, cl_device_id device, std::vector<unsigned char>* out) {
  cl_uint count = 0;
  cl_int code = cl.clGetProgramInfo(program, CL_PROGRAM_NUM_DEVICES, sizeof count, &count, nullptr);
  if (code != CL_SUCCESS) return code;
  std::vector<cl_device_id> devices(count);
  std::vector<size_t> sizes(count);
  std::vector<unsigned char*> places(count, nullptr);
  code = cl.clGetProgramInfo(program, CL_PROGRAM_DEVICES, count * sizeof devices[0], devices.data(), nullptr);
  if (code != CL_SUCCESS) return code;
  code = cl.clGetProgramInfo(program, CL_PROGRAM_BINARY_SIZES, count * sizeof sizes[0], sizes.data(), nullptr);
  if (code != CL_SUCCESS) return code;
  for (cl_uint i = 0; i < count; ++i) {
    if (devices[i] != device) continue;
    out->resize(sizes[i]);
    places[i] = out->data();
  }
  if (out->empty()) return CL_INVALID_BINARY;
  return cl.clGetProgramInfo(program, CL_PROGRAM_BINARIES, count * sizeof places[0], places.data(), nullptr);
}

// Builds `source`; the caller releases the program.
cl_int build(const Device& device, const hy_b_source& source, const std::string& options, cl_program* out,
             std::string* log) {
  const Api& cl = device.cl();
  cl_int code = CL_SUCCESS;
  const char* text = source.text;
  const size_t length = source.bytes;
  *out = cl.clCreateProgramWithSource(device.context(), 1, &text, &length, &code);
  if (*out == nullptr || code != CL_SUCCESS) return code == CL_SUCCESS ? CL_OUT_OF_HOST_MEMORY : code;
  const cl_device_id id = device.id();
  code = cl.clBuildProgram(*out, 1, &id, options.c_str(), nullptr, nullptr);
  *log = build_log(cl, *out, id);
  return code;
}

}  // namespace

hy_status Device::compile(const hy_b_source& source, hy_b_compiled* out, hy_error* error) {
  const uint32_t size = out->size;
  *out = {};
  out->size = size;
  cl_program handle = nullptr;
  const std::string options = found_.source_options + found_.build_options;
  std::string log;
  cl_int code = build(*this, source, options, &handle, &log);
  if (handle == nullptr) return fail_cl(error, code, "cannot give the source to the compiler");
  const Program program(*this, handle);
  if (code != CL_SUCCESS) {
    // The compiler saw each body twice: a log of one entry speaks of each of the user's lines once.
    cl_program again = nullptr;
    std::string one_entry_log;
    if (code == CL_BUILD_PROGRAM_FAILURE &&
        build(*this, source, options + " -DHY_ONE_ENTRY", &again, &one_entry_log) != CL_SUCCESS) {
      log = one_entry_log;
    }
    if (again != nullptr) cl_.clReleaseProgram(again);
    out->log = copy_text(log);
    if (code != CL_BUILD_PROGRAM_FAILURE && log.empty()) return fail_cl(error, code, "cannot compile the kernels");
    const char* name = source.name == nullptr || source.name[0] == '\0' ? "kernel" : source.name;
    return fail_vendor(error, HY_COMPILE_FAILED, code, code_name(code), "%s",
                       first_errors(log, name, HY_MESSAGE_CAPACITY - 1).c_str());
  }
  std::vector<unsigned char> binary;
  code = take_binary(cl_, handle, id(), &binary);
  if (code != CL_SUCCESS) return fail_cl(error, code, "cannot take the compiled kernels out of the driver");
  out->data = common::copied(binary.data(), binary.size());
  if (out->data == nullptr) return fail(error, HY_OUT_OF_MEMORY, "the host is out of memory");
  out->bytes = binary.size();
  out->format = HY_IMAGE_OPENCL_BINARY;
  out->log = copy_text(log);
  binary_target(found_, out->target);
  return HY_OK;
}

hy_status Device::identity(char* out, uint64_t capacity, hy_error* error) {
  if (found_.identity.size() >= capacity)
    return fail(error, HY_INVALID_ARGUMENT, "the identity needs %zu bytes", found_.identity.size() + 1);
  std::memcpy(out, found_.identity.c_str(), found_.identity.size() + 1);
  return HY_OK;
}

}  // namespace halyard::opencl
