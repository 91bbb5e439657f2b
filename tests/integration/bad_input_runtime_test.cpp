// Descriptions of a runtime as programs of other versions make them, and caches that cannot be used.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>

#include "halyard/halyard.hpp"

namespace {

using namespace halyard;

TEST(BadInput, AnOlderAndShorterDescriptionIsTaken) {
  hy_runtime_desc desc;
  std::memset(&desc, 0x5A, sizeof desc);  // what lies past `size` must not be read
  desc.size = offsetof(hy_runtime_desc, plugins);
  desc.worker_policy = HY_WORKER_NEVER;
  desc.backends = "cpu";
  hy_runtime* runtime = nullptr;
  hy_error error{};
  ASSERT_EQ(hy_runtime_create(&desc, &runtime, &error), HY_OK) << error.message;
  std::uint32_t count = 0;
  EXPECT_EQ(hy_runtime_device_count(runtime, &count, &error), HY_OK) << error.message;
  EXPECT_EQ(count, 1u);
  hy_runtime_release(runtime);
}

TEST(BadInput, ANewerAndLongerDescriptionIsTaken) {
  struct Newer {
    hy_runtime_desc known;
    void* unknown[8];
  } newer{};
  newer.known.size = sizeof newer;
  newer.known.backends = "cpu";
  hy_runtime* runtime = nullptr;
  hy_error error{};
  ASSERT_EQ(hy_runtime_create(&newer.known, &runtime, &error), HY_OK) << error.message;
  hy_runtime_release(runtime);
}

TEST(BadInput, ADescriptionWithoutASizeIsRefused) {
  hy_runtime_desc desc{};
  hy_runtime* runtime = nullptr;
  hy_error error{};
  EXPECT_EQ(hy_runtime_create(&desc, &runtime, &error), HY_INVALID_ARGUMENT);
  EXPECT_EQ(runtime, nullptr);
}

TEST(BadInput, NoDescriptionMeansTheDefaults) {
  hy_runtime* runtime = nullptr;
  hy_error error{};
  ASSERT_EQ(hy_runtime_create(nullptr, &runtime, &error), HY_OK) << error.message;
  hy_runtime_release(runtime);
}

TEST(BadInput, AnUnknownWorkerPolicyIsRefused) {
  hy_runtime_desc desc{};
  desc.size = sizeof desc;
  desc.worker_policy = 77;
  hy_runtime* runtime = nullptr;
  hy_error error{};
  EXPECT_EQ(hy_runtime_create(&desc, &runtime, &error), HY_INVALID_ARGUMENT);
}

// Compiles and runs a kernel with this cache folder; a cache that cannot be used costs time, not function.
void works_with_cache(const char* folder) {
  RuntimeOptions options;
  options.backends = "cpu";
  options.cache_dir = folder;
  auto runtime = Runtime::create(options);
  ASSERT_TRUE(runtime) << runtime.error().c_str();
  auto device = runtime->device("cpu");
  ASSERT_TRUE(device);
  auto bundle = Bundle::from_source(*runtime, "HY_KERNEL(k, HY_OUT(uint, x)) { x[hy_global_id(0)] = 3; }\n", "k.hk");
  ASSERT_TRUE(bundle);
  auto kernel = bundle->kernel(*device, "k");
  ASSERT_TRUE(kernel) << kernel.error().c_str();
  auto stream = device->stream();
  ASSERT_TRUE(stream);
  auto buffer = stream->allocate<std::uint32_t>(64);
  ASSERT_TRUE(buffer);
  ASSERT_TRUE(stream->launch(*kernel, Groups{1}.in(64), *buffer));
  std::vector<std::uint32_t> got(64);
  ASSERT_TRUE(stream->read_now(std::span(got), buffer->view()));
  EXPECT_EQ(got[63], 3u);
}

struct Folder {
  std::string path;
  Folder() {
    char name[] = "/tmp/halyard-cache-XXXXXX";
    path = mkdtemp(name);
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::permissions(path, std::filesystem::perms::owner_all, ignored);
    std::filesystem::remove_all(path, ignored);
  }
};

TEST(BadInput, NoCacheIsNoHindrance) { works_with_cache(""); }

TEST(BadInput, ACacheFolderThatCannotBeMadeIsNoHindrance) { works_with_cache("/proc/no/such/folder"); }

TEST(BadInput, AFileInPlaceOfTheCacheFolderIsNoHindrance) { works_with_cache("/etc/hostname"); }

TEST(BadInput, AReadOnlyCacheIsNoHindrance) {
  const Folder folder;
  chmod(folder.path.c_str(), 0500);
  works_with_cache(folder.path.c_str());
}

TEST(BadInput, AFullCacheIsNoHindrance) { works_with_cache("/dev/full/halyard"); }

TEST(BadInput, DamagedCacheEntriesAreMisses) {
  const Folder folder;
  works_with_cache(folder.path.c_str());
  std::size_t damaged = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder.path)) {
    if (!entry.is_regular_file() || entry.file_size() < 64) continue;
    std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(entry.file_size() / 2));
    file.write("damage!", 7);
    ++damaged;
  }
  EXPECT_GT(damaged, 0u) << "the first run left nothing in the cache";
  works_with_cache(folder.path.c_str());
}

TEST(BadInput, CutCacheEntriesAreMisses) {
  const Folder folder;
  works_with_cache(folder.path.c_str());
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder.path)) {
    if (entry.is_regular_file()) std::filesystem::resize_file(entry.path(), entry.file_size() / 3);
  }
  works_with_cache(folder.path.c_str());
}

TEST(BadInput, ASecondRunTakesTheKernelFromTheCache) {
  const Folder folder;
  for (int round = 0; round < 2; ++round) {
    RuntimeOptions options;
    options.backends = "cpu";
    options.cache_dir = folder.path.c_str();
    auto runtime = Runtime::create(options);
    ASSERT_TRUE(runtime);
    auto device = runtime->device("cpu");
    ASSERT_TRUE(device);
    auto bundle = Bundle::from_source(*runtime, "HY_KERNEL(cached, HY_OUT(uint, x)) { x[0] = 3; }\n", "k.hk");
    ASSERT_TRUE(bundle);
    auto kernel = bundle->kernel(*device, "cached");
    ASSERT_TRUE(kernel) << kernel.error().c_str();
    auto info = kernel->info();
    ASSERT_TRUE(info);
    EXPECT_EQ(info->from_cache, round == 0 ? 0u : 1u);
  }
}

}  // namespace
