// System calls without libc: no errno, no locks, no cancellation, no sanitizer in between. For code that runs in the
// host's memory but not on one of its threads (supervisor.cpp).
#pragma once

#include <sys/syscall.h>
#include <unistd.h>

// Functions that run there must not be instrumented: the sanitizers' run-time keeps its state per thread.
#define HALYARD_BARE __attribute__((no_sanitize("address"), no_sanitize("thread"), no_sanitize("undefined")))

// glibc's clone() under the name that sanitizers do not intercept: they take every clone() for a fork().
// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int __clone(int (*function)(void*), void* stack_top, int flags, void* argument, ...) noexcept;

namespace halyard::worker {

// The kernel's answer: a result, or -errno.
HALYARD_BARE __attribute__((always_inline)) inline long raw_syscall(long number, long a = 0, long b = 0, long c = 0,
                                                                    long d = 0, long e = 0) noexcept {
#if defined(__x86_64__)
  long result;
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
                   : "rcx", "r11", "memory");
  return result;
#elif defined(__aarch64__)
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  register long x4 __asm__("x4") = e;
  __asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4) : "memory");
  return x0;
#elif defined(__riscv) && __riscv_xlen == 64
  register long a7 __asm__("a7") = number;
  register long a0 __asm__("a0") = a;
  register long a1 __asm__("a1") = b;
  register long a2 __asm__("a2") = c;
  register long a3 __asm__("a3") = d;
  register long a4 __asm__("a4") = e;
  __asm__ volatile("ecall" : "+r"(a0) : "r"(a7), "r"(a1), "r"(a2), "r"(a3), "r"(a4) : "memory");
  return a0;
#else
#error "raw_syscall.hpp: this architecture's system call instruction is needed here"
#endif
}

template <class T>
HALYARD_BARE __attribute__((always_inline)) inline long raw(T* pointer) noexcept {
  return reinterpret_cast<long>(pointer);
}

}  // namespace halyard::worker
