// The pool of workers: what is left of it when threads cannot be had, and when it ends while it still starts some.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <ucontext.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <string>
#include <thread>

#include "backends/common/executor.hpp"
#include "backends/common/queue.hpp"

namespace halyard::test {
namespace {

std::unique_ptr<host::Executor> make_pool(uint32_t workers) {
  host::ExecutorOptions options;
  options.cpus.resize(workers, 0);
  options.pin = false;
  std::unique_ptr<host::Executor> pool;
  hy_error error{};
  EXPECT_EQ(HY_OK, host::Executor::create(options, &pool, &error)) << error.message;
  return pool;
}

// First in this file: a thread that ended leaves its stack to the next one, which then needs no memory.
TEST(CpuPool, AWorkerThatTheSystemRefusedIsStartedLater) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "sanitizers need the address space that this test takes away";
#endif
  const std::unique_ptr<host::Executor> pool = make_pool(2);
  uint64_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  rlimit before{};
  ASSERT_EQ(0, getrlimit(RLIMIT_AS, &before));
  rlimit tight = before;
  tight.rlim_cur = pages * static_cast<uint64_t>(sysconf(_SC_PAGESIZE)) + (1u << 20);  // a stack has 4 MiB
  ASSERT_EQ(0, setrlimit(RLIMIT_AS, &tight));
  hy_error error{};
  const hy_status refused = pool->start(&error);
  ASSERT_EQ(0, setrlimit(RLIMIT_AS, &before));
  EXPECT_EQ(HY_OUT_OF_MEMORY, refused);
  EXPECT_EQ(HY_OK, pool->start(&error)) << error.message;
}

TEST(CpuPool, MayEndWhileItsWorkersStartOthers) {
  for (int round = 0; round < 300; ++round) {
    const std::unique_ptr<host::Executor> pool = make_pool(24);
    hy_error error{};
    ASSERT_EQ(HY_OK, pool->start(&error)) << error.message;
    host::Context* context = pool->borrow();
    if (context == nullptr) GTEST_SKIP() << "this thread's stack is smaller than a worker's";
    std::atomic<uint64_t> done{0};
    host::Estimate estimate{1000.0f};  // ns: worth waking everybody
    const auto body = [](void* argument, host::Context&, uint64_t first, uint64_t last) {
      static_cast<std::atomic<uint64_t>*>(argument)->fetch_add(last - first, std::memory_order_relaxed);
      return true;
    };
    ASSERT_TRUE(pool->parallel(*context, body, &done, 1000, estimate));
    ASSERT_EQ(1000u, done.load());
    pool->give_back(context);
  }
}

// ---- where a waiting thread may run kernels ----

struct Coroutine {
  host::Executor* pool = nullptr;
  host::Context* borrowed = nullptr;
  ucontext_t home{};
  ucontext_t context{};

  static void main(unsigned low, unsigned high) {
    auto& self = *reinterpret_cast<Coroutine*>(static_cast<uintptr_t>(low) | static_cast<uintptr_t>(high) << 32);
    self.borrowed = self.pool->borrow();
  }
};

TEST(CpuPool, AThreadOnItsOwnStackMayHelpAndACoroutineMayNot) {
  constexpr size_t kStack = size_t{16} << 20;
  const std::unique_ptr<host::Executor> pool = make_pool(2);
  // The coroutine's stack lies above the thread's, so that there is room below it that is not its own.
  void* memory = mmap(nullptr, 2 * kStack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  ASSERT_NE(MAP_FAILED, memory);
  struct Thread {
    Coroutine coroutine;
    host::Context* borrowed = nullptr;
    char* upper = nullptr;
  } shared;
  shared.coroutine.pool = pool.get();
  shared.upper = static_cast<char*>(memory) + kStack;
  pthread_attr_t attributes;
  ASSERT_EQ(0, pthread_attr_init(&attributes));
  ASSERT_EQ(0, pthread_attr_setstack(&attributes, memory, kStack));
  const auto run = [](void* argument) -> void* {
    auto& self = *static_cast<Thread*>(argument);
    self.borrowed = self.coroutine.pool->borrow();
    getcontext(&self.coroutine.context);
    self.coroutine.context.uc_stack.ss_sp = self.upper;
    self.coroutine.context.uc_stack.ss_size = kStack;
    self.coroutine.context.uc_link = &self.coroutine.home;
    const auto address = reinterpret_cast<uintptr_t>(&self.coroutine);
    makecontext(&self.coroutine.context, reinterpret_cast<void (*)()>(&Coroutine::main), 2,
                static_cast<unsigned>(address), static_cast<unsigned>(address >> 32));
    swapcontext(&self.coroutine.home, &self.coroutine.context);
    return nullptr;
  };
  pthread_t thread{};
  ASSERT_EQ(0, pthread_create(&thread, &attributes, run, &shared));
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
  EXPECT_NE(nullptr, shared.borrowed);
  EXPECT_EQ(nullptr, shared.coroutine.borrowed);
  munmap(memory, 2 * kStack);
}

}  // namespace
}  // namespace halyard::test
