// Copies and fills: one command each, except where ranges overlap.
#include <algorithm>

#include "backends/opencl/errors.hpp"
#include "backends/opencl/stream.hpp"

namespace halyard::opencl {
namespace {

constexpr uint64_t kTemporaryBytes = 16ull << 20;

}  // namespace

HALYARD_HOT hy_status Stream::write(const hy_b_memory& to, uint64_t offset, const void* from, uint64_t bytes,
                                    hy_copy_mode mode, hy_error* error) {
  if (HALYARD_UNLIKELY(state_->failed())) return state_->report(error);
  const cl_int code = cl_.clEnqueueWriteBuffer(queue_, allocation(to)->mem, mode == HY_COPY_WAIT ? CL_TRUE : CL_FALSE,
                                               offset, bytes, from, 0, nullptr, nullptr);
  return code == CL_SUCCESS ? HY_OK : fail_cl(error, code, "cannot copy to the device");
}

HALYARD_HOT hy_status Stream::read(void* to, const hy_b_memory& from, uint64_t offset, uint64_t bytes,
                                   hy_copy_mode mode, hy_error* error) {
  if (HALYARD_UNLIKELY(state_->failed())) return state_->report(error);
  const cl_int code = cl_.clEnqueueReadBuffer(queue_, allocation(from)->mem, mode == HY_COPY_WAIT ? CL_TRUE : CL_FALSE,
                                              offset, bytes, to, 0, nullptr, nullptr);
  if (code != CL_SUCCESS) return fail_cl(error, code, "cannot copy from the device");
  // A host function before this copy may have failed while it was waited for.
  return HALYARD_UNLIKELY(mode == HY_COPY_WAIT && state_->failed()) ? state_->report(error) : HY_OK;
}

hy_status Stream::copy(const hy_b_memory& to, uint64_t to_offset, const hy_b_memory& from, uint64_t from_offset,
                       uint64_t bytes, hy_error* error) {
  if (HALYARD_UNLIKELY(state_->failed())) return state_->report(error);
  cl_mem target = allocation(to)->mem;
  cl_mem source = allocation(from)->mem;
  const uint64_t distance = to_offset > from_offset ? to_offset - from_offset : from_offset - to_offset;
  if (target == source && distance < bytes) return copy_overlapping(target, to_offset, from_offset, bytes, error);
  const cl_int code =
      cl_.clEnqueueCopyBuffer(queue_, source, target, from_offset, to_offset, bytes, 0, nullptr, nullptr);
  return code == CL_SUCCESS ? HY_OK : fail_cl(error, code, "cannot copy on the device");
}

// Piece by piece through a small temporary, from the end that is not overwritten before it is read.
hy_status Stream::copy_overlapping(cl_mem mem, uint64_t to, uint64_t from, uint64_t bytes, hy_error* error) {
  if (to == from) return HY_OK;
  const uint64_t piece = std::min(bytes, kTemporaryBytes);
  cl_int code = CL_SUCCESS;
  cl_mem temporary = cl_.clCreateBuffer(device_.context(), CL_MEM_READ_WRITE, piece, nullptr, &code);
  if (temporary == nullptr || code != CL_SUCCESS) return fail_cl(error, code, "cannot allocate memory to copy through");
  const bool upwards = to > from;
  for (uint64_t done = 0; done < bytes && code == CL_SUCCESS;) {
    const uint64_t now = std::min(piece, bytes - done);
    const uint64_t at = upwards ? bytes - done - now : done;
    code = cl_.clEnqueueCopyBuffer(queue_, mem, temporary, from + at, 0, now, 0, nullptr, nullptr);
    if (code == CL_SUCCESS)
      code = cl_.clEnqueueCopyBuffer(queue_, temporary, mem, 0, to + at, now, 0, nullptr, nullptr);
    done += now;
  }
  cl_.clReleaseMemObject(temporary);  // the driver keeps it until the copies are done
  return code == CL_SUCCESS ? HY_OK : fail_cl(error, code, "cannot copy on the device");
}

hy_status Stream::fill(const hy_b_memory& to, uint64_t offset, uint64_t bytes, const void* pattern,
                       uint32_t pattern_bytes, hy_error* error) {
  if (HALYARD_UNLIKELY(state_->failed())) return state_->report(error);
  const cl_int code =
      cl_.clEnqueueFillBuffer(queue_, allocation(to)->mem, pattern, pattern_bytes, offset, bytes, 0, nullptr, nullptr);
  return code == CL_SUCCESS ? HY_OK : fail_cl(error, code, "cannot fill memory");
}

}  // namespace halyard::opencl
