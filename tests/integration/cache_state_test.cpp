// The cache's folder in every state that a machine may have it in, on each device: a kernel is made and computes what
// it should, also by a second runtime, and nothing is printed.
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <random>
#include <tuple>

#include "halyard/halyard.hpp"
#include "tests/integration/process_tools.hpp"

namespace {

namespace fs = std::filesystem;
using namespace halyard;

constexpr char kText[] =
    "HY_KERNEL(plus_two, HY_INOUT(uint, x), HY_VAL(uint, n))\n{\n  const ulong i = hy_global_id(0);\n"
    "  if (i < n) { x[i] += 2u; }\n}\n";

// A mount namespace of this process's own, taken before it has threads or children, so that they are all inside: what
// is mounted here is seen by nobody else and is gone with the process, however that ends.
class OwnMounts : public testing::Environment {
 public:
  void SetUp() override {
    if (asked_) return;
    asked_ = true;
    // Without the second, what is mounted would be passed on to where the namespace was copied from.
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
      problem_ = std::string("this process may not have mounts of its own: ") + std::strerror(errno);
    }
  }
  // Why nothing may be mounted, or "".
  const std::string& problem() const { return problem_; }

 private:
  bool asked_ = false;
  std::string problem_;
};
const OwnMounts& own_mounts = *static_cast<OwnMounts*>(testing::AddGlobalTestEnvironment(new OwnMounts));

// What a state needs to be made, and its end.
struct Place {
  std::string root;                 // a folder of the test's own
  std::string cache;                // what the runtime is told
  std::function<void()> warm;       // makes entries, with the cache as it is now
  std::vector<std::string> mounts;  // undone at the end
  std::mt19937 random;

  void make(mode_t mode = 0700) {
    fs::create_directory(cache);
    chmod(cache.c_str(), mode);
  }
  // Mounts a small file system over the cache's folder. Else the reason why not.
  std::string mount_over(unsigned long flags, const char* size) {
    if (!own_mounts.problem().empty()) return own_mounts.problem();
    make();
    const std::string options = std::string("mode=0700,size=") + size;
    if (mount("tmpfs", cache.c_str(), "tmpfs", flags, options.c_str()) != 0) {
      return std::string("this process may not mount a file system: ") + std::strerror(errno);
    }
    mounts.push_back(cache);
    return "";
  }
  std::vector<fs::path> entries() const {
    std::vector<fs::path> found;
    for (const auto& item : fs::directory_iterator(cache)) {
      if (item.is_regular_file()) found.push_back(item.path());
    }
    EXPECT_FALSE(found.empty()) << "the cache has no entries to spoil";
    std::sort(found.begin(), found.end());  // in an order that a seed repeats
    return found;
  }
};

// A state: makes it and returns "", or the reason why it cannot be made here.
struct State {
  const char* name;
  std::string (*make)(Place&);
};

const State kStates[] = {
    {"IsNotThere", [](Place&) -> std::string { return ""; }},
    {"BelongsToAnotherUser",
     [](Place& place) -> std::string {
       if (geteuid() != 0) return "only root can make a folder of another user";
       place.make();
       place.warm();
       return chown(place.cache.c_str(), 12345, 12345) == 0 ? "" : std::strerror(errno);
     }},
    {"MayBeWrittenByOthers",
     [](Place& place) -> std::string {
       place.make(0777);
       return "";
     }},
    {"IsAFile",
     [](Place& place) -> std::string {
       std::ofstream(place.cache) << "a file";
       return "";
     }},
    {"LiesBelowAFile",
     [](Place& place) -> std::string {
       std::ofstream(place.cache) << "a file";
       place.cache += "/cache";
       return "";
     }},
    {"IsALinkToNowhere",
     [](Place& place) -> std::string {
       fs::create_symlink("/nowhere/at/all", place.cache);
       return "";
     }},
    {"HasAPathTooLong",
     [](Place& place) -> std::string {
       for (int i = 0; i < 30; ++i) place.cache += "/" + std::string(200, 'x');
       return "";
     }},
    {"IsReadOnly",
     [](Place& place) -> std::string {
       std::string problem = place.mount_over(0, "1m");
       if (problem.empty() && mount("", place.cache.c_str(), "", MS_REMOUNT | MS_RDONLY, "") != 0)
         problem = std::strerror(errno);
       return problem;
     }},
    {"IsReadOnlyWithEntries",
     [](Place& place) -> std::string {
       std::string problem = place.mount_over(0, "64m");
       if (!problem.empty()) return problem;
       place.warm();
       return mount("", place.cache.c_str(), "", MS_REMOUNT | MS_RDONLY, "") == 0 ? "" : std::strerror(errno);
     }},
    {"IsOnAFullDisk",
     [](Place& place) -> std::string {
       std::string problem = place.mount_over(0, "4k");
       if (problem.empty()) std::ofstream(place.cache + "/filler") << std::string(4096, 'x');
       return problem;
     }},
    {"FillsUpOnTheWay", [](Place& place) -> std::string { return place.mount_over(0, "8k"); }},
    {"HasNoFileNamesLeft",
     [](Place& place) -> std::string {
       std::string problem = place.mount_over(0, "64m,nr_inodes=2");
       if (problem.empty()) std::ofstream(place.cache + "/filler") << "x";
       return problem;
     }},
    {"MayNotBeExecutedFrom", [](Place& place) -> std::string { return place.mount_over(MS_NOEXEC, "64m"); }},
    {"MayNotBeExecutedFromWithEntries",
     [](Place& place) -> std::string {
       const std::string problem = place.mount_over(MS_NOEXEC, "64m");
       if (problem.empty()) place.warm();
       return problem;
     }},
    {"HasAFileForTheScratchFolder",
     [](Place& place) -> std::string {
       place.make();
       std::ofstream(place.cache + "/scratch") << "a file";
       return "";
     }},
    {"HasEmptyEntries",
     [](Place& place) -> std::string {
       place.warm();
       for (const fs::path& path : place.entries()) fs::resize_file(path, 0);
       return "";
     }},
    {"HasEntriesThatAreCutOff",
     [](Place& place) -> std::string {
       place.warm();
       for (const fs::path& path : place.entries()) fs::resize_file(path, fs::file_size(path) - 1);
       return "";
     }},
    {"HasEntriesOfZeros",
     [](Place& place) -> std::string {
       place.warm();
       for (const fs::path& path : place.entries()) {
         const auto size = fs::file_size(path);
         fs::resize_file(path, 0);
         fs::resize_file(path, size);  // what a machine that lost power leaves
       }
       return "";
     }},
    {"HasEntriesWithOneByteChanged",
     [](Place& place) -> std::string {
       place.warm();
       for (const fs::path& path : place.entries()) {
         std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
         const auto at = static_cast<std::streamoff>(place.random() % fs::file_size(path));
         file.seekg(at);
         const char changed = static_cast<char>(file.get() ^ 0x20);
         file.seekp(at);
         file.put(changed);
       }
       return "";
     }},
    {"HasEntriesInEachOthersPlace",
     [](Place& place) -> std::string {
       place.warm();
       const std::vector<fs::path> all = place.entries();
       if (all.empty()) return "";
       std::ifstream first(all.front(), std::ios::binary);
       const std::string text((std::istreambuf_iterator<char>(first)), {});
       for (const fs::path& path : all) std::ofstream(path, std::ios::binary) << text << (path == all[0] ? "x" : "");
       return "";
     }},
    {"HasFoldersForEntries",
     [](Place& place) -> std::string {
       place.warm();
       for (const fs::path& path : place.entries()) {
         fs::remove(path);
         fs::create_directory(path);
         std::ofstream(path / "inside") << "x";
       }
       return "";
     }},
    {"HasEntriesOfAnotherUser",
     [](Place& place) -> std::string {
       if (geteuid() != 0) return "only root can make a file of another user";
       place.warm();
       for (const fs::path& path : place.entries()) {
         if (chown(path.c_str(), 12345, 12345) != 0) return std::strerror(errno);
       }
       return "";
     }},
    {"HasEntriesThatMayNotBeRead",
     [](Place& place) -> std::string {
       place.warm();
       for (const fs::path& path : place.entries()) chmod(path.c_str(), 0);
       return "";
     }},
};

class CacheState : public testing::TestWithParam<std::tuple<const char*, State>> {
 protected:
  CacheState() {
    char name[] = "/tmp/halyard-cache-state-XXXXXX";
    place.root = mkdtemp(name);
    place.cache = place.root + "/cache";
    place.warm = [this] { EXPECT_EQ(life(), ""); };
    // gtest's own option repeats a run; its seeds go up to 99999. Printed at once: a crash would not tell it later.
    const auto given = static_cast<unsigned>(testing::GTEST_FLAG(random_seed));
    const unsigned seed = given != 0 ? given : std::random_device{}() % 99999 + 1;
    std::printf("seed: --gtest_random_seed=%u\n", seed);
    place.random.seed(seed);
  }
  ~CacheState() override {
    for (const std::string& mounted : place.mounts) umount2(mounted.c_str(), MNT_DETACH);
    std::error_code ignored;
    fs::remove_all(place.root, ignored);
  }

  // Makes a kernel with the cache and runs it: what went wrong, or "".
  std::string life() {
    RuntimeOptions options;
    options.cache_dir = place.cache.c_str();
    auto runtime = Runtime::create(options);
    if (!runtime) return runtime.error().c_str();
    auto device = runtime->device(std::get<0>(GetParam()));
    if (!device) return device.error().c_str();
    auto bundle = Bundle::from_source(*runtime, kText, "state.hk");
    if (!bundle) return bundle.error().c_str();
    auto kernel = bundle->kernel(*device, "plus_two");
    if (!kernel) return kernel.error().c_str();
    auto stream = device->stream();
    if (!stream) return stream.error().c_str();
    std::vector<std::uint32_t> numbers(1000), wanted;
    for (std::uint32_t& number : numbers) {
      number = static_cast<std::uint32_t>(place.random());
      wanted.push_back(number + 2);
    }
    auto buffer = stream->allocate<std::uint32_t>(numbers.size());
    if (!buffer || !stream->write_now(*buffer, std::span<const std::uint32_t>(numbers))) return "no buffer";
    auto launched = stream->launch(*kernel, Items{1000}, *buffer, std::uint32_t{1000});
    if (!launched) return launched.error().c_str();
    if (!stream->read_now(std::span(numbers), *buffer)) return "cannot read";
    return numbers == wanted ? "" : "wrong numbers";
  }

  Place place;
};

TEST_P(CacheState, CostsTimeAndNothingElse) {
  const test::Variable quiet("HALYARD_LOG", nullptr);
  if (auto runtime = Runtime::create(); !runtime || !runtime->device(std::get<0>(GetParam()))) {
    GTEST_SKIP() << "there is no device " << std::get<0>(GetParam());
  }
  if (const std::string reason = std::get<1>(GetParam()).make(place); !reason.empty()) GTEST_SKIP() << reason;
  test::Caught caught;
  const std::string first = life();
  const std::string second = life();
  const std::string printed = caught.take();
  EXPECT_EQ(first, "");
  EXPECT_EQ(second, "");
  EXPECT_EQ(printed, "");
}

class CacheThatChanges : public testing::TestWithParam<const char*> {};

// Somebody clears the folder while a runtime lives.
TEST_P(CacheThatChanges, CostsTimeAndNothingElse) {
  char folder[] = "/tmp/halyard-cache-state-XXXXXX";
  ASSERT_NE(mkdtemp(folder), nullptr);
  const std::string cache = std::string(folder) + "/cache";
  RuntimeOptions options;
  options.cache_dir = cache.c_str();
  auto runtime = Runtime::create(options);
  ASSERT_TRUE(runtime);
  auto device = runtime->device(GetParam());
  for (int i = 0; device && i < 3; ++i) {
    const std::string text = "HY_KERNEL(k, HY_OUT(uint, x)) { x[0] = " + std::to_string(i) + "u; }\n";
    auto bundle = Bundle::from_source(*runtime, text, "k.hk");
    auto kernel = bundle->kernel(*device, "k");
    EXPECT_TRUE(kernel) << kernel.error().c_str();
    std::error_code ignored;
    fs::remove_all(cache, ignored);
    if (i == 1) std::ofstream(cache) << "a file in its place";
  }
  std::error_code ignored;
  fs::remove_all(folder, ignored);
  if (!device) GTEST_SKIP() << device.error().c_str();
}

INSTANTIATE_TEST_SUITE_P(On, CacheThatChanges, testing::Values("cpu", "opencl"),
                         [](const auto& device) { return std::string(device.param); });
INSTANTIATE_TEST_SUITE_P(On, CacheState, testing::Combine(testing::Values("cpu", "opencl"), testing::ValuesIn(kStates)),
                         [](const auto& all) {
                           return std::string(std::get<0>(all.param)) + "_" + std::get<1>(all.param).name;
                         });

}  // namespace
