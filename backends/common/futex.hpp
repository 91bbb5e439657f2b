// What the host executor needs of the kernel and the processor: sleeping on a word, the steady clock, a pause while
// spinning, and the default floating-point modes.
#pragma once

#include <atomic>
#include <cstdint>

namespace halyard::host {

// Steady time in nanoseconds; the clock of timed points.
uint64_t now_ns() noexcept;

// Sleeps while `word` holds `expected`, at most `timeout_ns` (UINT64_MAX: no limit). May return early.
void futex_wait(std::atomic<uint32_t>& word, uint32_t expected, uint64_t timeout_ns) noexcept;

// Wakes up to `count` threads that sleep on `word`.
void futex_wake(std::atomic<uint32_t>& word, int count) noexcept;

inline void relax() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ __volatile__("isb" ::: "memory");
#else
  std::atomic_signal_fence(std::memory_order_seq_cst);
#endif
}

// Kernels give the same result on every thread: rounding to nearest, nothing flushed to zero, whatever modes the thread
// was left in. Threads inherit the modes of their maker, so workers need this as much as a caller's thread.
class DefaultFloatModes {
 public:
  DefaultFloatModes() noexcept : saved_(read()) {
    if ((saved_ & kModes) != kDefault) write((saved_ & ~kModes) | kDefault);
  }
  ~DefaultFloatModes() {
    if ((saved_ & kModes) != kDefault) write(saved_);
  }
  DefaultFloatModes(const DefaultFloatModes&) = delete;
  DefaultFloatModes& operator=(const DefaultFloatModes&) = delete;

 private:
#if defined(__x86_64__)
  using Word = uint32_t;
  static constexpr Word kModes = 0xffc0;    // flush to zero, rounding, exception masks, denormals are zero
  static constexpr Word kDefault = 0x1f80;  // all exceptions masked
  static Word read() noexcept { return __builtin_ia32_stmxcsr(); }
  static void write(Word word) noexcept { __builtin_ia32_ldmxcsr(word); }
#elif defined(__aarch64__)
  using Word = uint64_t;
  static constexpr Word kModes = 0x07c09f00;  // default NaN, flush to zero, rounding, trapped exceptions
  static constexpr Word kDefault = 0;
  static Word read() noexcept {
    Word word;
    __asm__ __volatile__("mrs %0, fpcr" : "=r"(word));
    return word;
  }
  static void write(Word word) noexcept { __asm__ __volatile__("msr fpcr, %0" : : "r"(word)); }
#elif defined(__riscv) && defined(__riscv_flen)
  using Word = uint32_t;
  static constexpr Word kModes = 7;  // rounding
  static constexpr Word kDefault = 0;
  static Word read() noexcept {
    Word word;
    __asm__ __volatile__("frrm %0" : "=r"(word));
    return word;
  }
  static void write(Word word) noexcept { __asm__ __volatile__("fsrm %0" : : "r"(word)); }
#else
  using Word = uint32_t;
  static constexpr Word kModes = 0;
  static constexpr Word kDefault = 0;
  static Word read() noexcept { return 0; }
  static void write(Word) noexcept {}
#endif
  Word saved_;
};

}  // namespace halyard::host
