// Copies and fills: at once where that is cheaper than handing them over, shared out where they are large.
#include "backends/common/transfer.hpp"

#include <algorithm>
#include <cstring>

#include "halyard/detail/config.hpp"

namespace halyard::host {
namespace {

constexpr uint64_t kInlineBytes = 64 * 1024;       // done by the caller when the queue is idle
constexpr uint64_t kPartBytes = 256 * 1024;        // what one participant takes at least
constexpr uint64_t kShareBytes = 4 * 1024 * 1024;  // shared out from this size on
constexpr float kPartNs = 20'000;                  // a part, at some 13 GB/s

struct Copy {
  unsigned char* to;
  const unsigned char* from;
  uint64_t bytes;

  bool overlaps() const noexcept { return to < from + bytes && from < to + bytes; }

  static bool part(void* argument, Context&, uint64_t first, uint64_t last) {
    const auto& self = *static_cast<const Copy*>(argument);
    const uint64_t begin = first * kPartBytes;
    std::memcpy(self.to + begin, self.from + begin, std::min(last * kPartBytes, self.bytes) - begin);
    return true;
  }

  void run(Context* context) {
    if (context == nullptr || bytes < kShareBytes || overlaps()) {
      std::memmove(to, from, bytes);
      return;
    }
    Estimate estimate{kPartNs};
    context->executor->parallel(*context, part, this, (bytes + kPartBytes - 1) / kPartBytes, estimate);
  }
};

struct CopyOp : Op {
  Copy copy;
  static Step step(Op& op, Queue&, Context& context, bool skip) {
    if (!skip) static_cast<CopyOp&>(op).copy.run(&context);
    return Step::kDone;
  }
};

struct Fill {
  unsigned char* to;
  uint64_t bytes;
  uint32_t pattern_bytes;
  alignas(16) unsigned char pattern[16];

  // `at` is a multiple of the pattern.
  void range(uint64_t at, uint64_t count) const noexcept {
    if (std::all_of(pattern, pattern + pattern_bytes, [this](unsigned char byte) { return byte == pattern[0]; })) {
      std::memset(to + at, pattern[0], count);
      return;
    }
    unsigned char block[1024];
    for (uint64_t i = 0; i < sizeof block; i += pattern_bytes) std::memcpy(block + i, pattern, pattern_bytes);
    for (uint64_t done = 0; done < count; done += sizeof block) {
      std::memcpy(to + at + done, block, std::min<uint64_t>(sizeof block, count - done));
    }
  }

  static bool part(void* argument, Context&, uint64_t first, uint64_t last) {
    const auto& self = *static_cast<const Fill*>(argument);
    const uint64_t begin = first * kPartBytes;
    self.range(begin, std::min(last * kPartBytes, self.bytes) - begin);
    return true;
  }
};

struct FillOp : Op {
  Fill fill;
  static Step step(Op& op, Queue&, Context& context, bool skip) {
    auto& self = static_cast<FillOp&>(op).fill;
    if (skip) return Step::kDone;
    Estimate estimate{kPartNs};
    if (self.bytes < kShareBytes) {
      self.range(0, self.bytes);
    } else {
      context.executor->parallel(context, Fill::part, &self, (self.bytes + kPartBytes - 1) / kPartBytes, estimate);
    }
    return Step::kDone;
  }
};

}  // namespace

hy_status copy(Queue& queue, void* to, const void* from, uint64_t bytes, bool wait, hy_error* error) noexcept {
  Copy copy{static_cast<unsigned char*>(to), static_cast<const unsigned char*>(from), bytes};
  if (wait && !queue.idle()) {
    const hy_status status = queue.wait(queue.submitted(), UINT64_MAX, error);
    if (status != HY_OK) return status;
  }
  if (HALYARD_LIKELY(queue.idle() && (wait || bytes <= kInlineBytes))) {
    const hy_status status = queue.check(error);
    if (HALYARD_UNLIKELY(status != HY_OK)) return status;
    Context* context = bytes >= kShareBytes ? queue.executor().borrow() : nullptr;
    copy.run(context);
    if (context != nullptr) queue.executor().give_back(context);
    return HY_OK;
  }
  CopyOp* op = nullptr;
  const hy_status status = queue.reserve(&op, 0, error);
  if (status != HY_OK) return status;
  op->copy = copy;
  queue.submit();
  return HY_OK;
}

hy_status fill(Queue& queue, void* to, uint64_t bytes, const void* pattern, uint32_t pattern_bytes,
               hy_error* error) noexcept {
  Fill fill{static_cast<unsigned char*>(to), bytes, pattern_bytes, {}};
  std::memcpy(fill.pattern, pattern, pattern_bytes);
  if (queue.idle() && bytes <= kInlineBytes) {
    const hy_status status = queue.check(error);
    if (status == HY_OK) fill.range(0, bytes);
    return status;
  }
  FillOp* op = nullptr;
  const hy_status status = queue.reserve(&op, 0, error);
  if (status != HY_OK) return status;
  op->fill = fill;
  queue.submit();
  return HY_OK;
}

}  // namespace halyard::host
