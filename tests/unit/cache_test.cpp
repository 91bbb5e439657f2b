// What the cache promises: what was put comes back whole or not at all, whatever happens to its folder.
#include "runtime/kernels/cache.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <random>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;
using halyard::kernels::Cache;
using halyard::kernels::Digest;
using halyard::kernels::sha256;

Digest key(const std::string& text) { return sha256(text.data(), text.size()); }

std::vector<std::string> logged;

// A folder of the test's own, and a log.
class CacheFolder : public testing::Test {
 protected:
  CacheFolder() {
    char name[] = "/tmp/halyard-cache-test-XXXXXX";
    base_ = mkdtemp(name);
    folder_ = base_ + "/cache";
    config_.log_level = HY_LOG_INFO;
    config_.log = [](void*, hy_log_level, const char* text) { logged.emplace_back(text); };
    host_.start(&config_);
    logged.clear();
  }
  ~CacheFolder() override {
    std::error_code ignored;
    fs::permissions(folder_, fs::perms::owner_all, ignored);
    fs::remove_all(base_, ignored);
  }

  // The only entry's file.
  std::string entry() const {
    for (const auto& item : fs::directory_iterator(folder_)) {
      if (item.is_regular_file()) return item.path();
    }
    return "";
  }
  static std::string read(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }
  static void write(const std::string& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
    chmod(path.c_str(), 0600);
  }

  // Runs `body` in a process of a user without rights, whose folder `base_` becomes; true if it returned true.
  bool as_somebody(const std::function<bool()>& body) const {
    const pid_t child = fork();
    if (child == 0) {
      if (geteuid() == 0 && (chown(base_.c_str(), 65534, 65534) != 0 || setgid(65534) != 0 || setuid(65534) != 0))
        _exit(2);
      _exit(body() ? 0 : 1);
    }
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) != child) return false;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }

  std::string base_;
  std::string folder_;
  halyard::core::Config config_;
  halyard::core::Host host_;
};

TEST(Sha256, GivesTheStandardsAnswers) {
  EXPECT_EQ(halyard::kernels::hex(key("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(halyard::kernels::hex(key("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(halyard::kernels::hex(key("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(halyard::kernels::hex(key(std::string(1'000'000, 'a'))),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, TellsPartsApart) {
  halyard::kernels::Sha256 a;
  halyard::kernels::Sha256 b;
  a.part("ab");
  a.part("c");
  b.part("a");
  b.part("bc");
  EXPECT_NE(a.finish(), b.finish());
}

TEST_F(CacheFolder, GivesBackWhatWasPut) {
  const std::string bytes("\0binary\xff", 8);
  Cache cache(folder_, &host_);
  EXPECT_EQ(cache.get("kernel", key("a")), std::nullopt);
  EXPECT_TRUE(cache.put("kernel", key("a"), bytes));
  EXPECT_EQ(cache.get("kernel", key("a")), bytes);
  EXPECT_EQ(cache.get("kernel", key("b")), std::nullopt);
  EXPECT_EQ(cache.get("probe", key("a")), std::nullopt);
  EXPECT_EQ(Cache(folder_, &host_).get("kernel", key("a")), bytes) << "another process finds it too";
}

TEST_F(CacheFolder, ReplacesAnEntryOfTheSameKey) {
  Cache cache(folder_, &host_);
  cache.put("kernel", key("a"), "old");
  cache.put("kernel", key("a"), "new");
  EXPECT_EQ(cache.get("kernel", key("a")), "new");
}

TEST_F(CacheFolder, ForgetsWhatIsRemoved) {
  Cache cache(folder_, &host_);
  cache.put("kernel", key("a"), "text");
  cache.remove("kernel", key("a"));
  EXPECT_EQ(cache.get("kernel", key("a")), std::nullopt);
}

TEST_F(CacheFolder, IsPrivateToItsOwner) {
  const mode_t before = umask(0);
  Cache cache(base_ + "/not/there/yet", &host_);
  EXPECT_TRUE(cache.put("kernel", key("a"), "text"));
  umask(before);
  struct stat seen {};
  ASSERT_EQ(stat((base_ + "/not/there/yet").c_str(), &seen), 0);
  EXPECT_EQ(seen.st_mode & 0777, 0700u);
  folder_ = base_ + "/not/there/yet";
  ASSERT_EQ(stat(entry().c_str(), &seen), 0);
  EXPECT_EQ(seen.st_mode & 0777, 0600u);
}

TEST_F(CacheFolder, TouchesNothingBeforeItIsUsed) {
  Cache cache(folder_, &host_);
  cache.get("kernel", key("a"));
  EXPECT_FALSE(fs::exists(folder_));
}

TEST_F(CacheFolder, WithoutAFolderOnlyMisses) {
  for (const char* folder : {"", "relative/path"}) {
    Cache cache(folder, &host_);
    EXPECT_FALSE(cache.put("kernel", key("a"), "text"));
    EXPECT_EQ(cache.get("kernel", key("a")), std::nullopt);
  }
  EXPECT_TRUE(logged.empty());
}

TEST_F(CacheFolder, TakesADamagedEntryForAMissWhereverItIsDamaged) {
  Cache cache(folder_, &host_);
  cache.put("kernel", key("a"), "the bytes of a kernel");
  const std::string path = entry();
  const std::string whole = read(path);
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::string damaged = whole;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x10);
    write(path, damaged);
    EXPECT_EQ(cache.get("kernel", key("a")), std::nullopt) << "byte " << i;
    EXPECT_FALSE(fs::exists(path)) << "byte " << i;
  }
  write(path, whole);
  EXPECT_EQ(cache.get("kernel", key("a")), "the bytes of a kernel");
}

TEST_F(CacheFolder, TakesAnEntryThatIsCutOffOrTooLongForAMiss) {
  Cache cache(folder_, &host_);
  cache.put("kernel", key("a"), "the bytes of a kernel");
  const std::string path = entry();
  const std::string whole = read(path);
  for (std::size_t bytes = 0; bytes < whole.size(); ++bytes) {
    write(path, whole.substr(0, bytes));
    EXPECT_EQ(cache.get("kernel", key("a")), std::nullopt) << bytes;
  }
  write(path, whole + "x");
  EXPECT_EQ(cache.get("kernel", key("a")), std::nullopt);
}

TEST_F(CacheFolder, TakesAnEntryOfAnotherKeyForAMiss) {
  Cache cache(folder_, &host_);
  cache.put("kernel", key("a"), "text");
  const std::string path = entry();
  fs::rename(path, folder_ + "/kernel-" + halyard::kernels::hex(key("b")));
  EXPECT_EQ(cache.get("kernel", key("b")), std::nullopt);
}

TEST_F(CacheFolder, TakesWhatIsNoFileForAMiss) {
  Cache cache(folder_, &host_);
  cache.put("kernel", key("a"), "text");
  const std::string path = entry();
  const std::string elsewhere = base_ + "/elsewhere";
  fs::rename(path, elsewhere);
  fs::create_symlink(elsewhere, path);
  EXPECT_EQ(cache.get("kernel", key("a")), std::nullopt) << "a link is not followed";
  EXPECT_TRUE(fs::exists(elsewhere));
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  EXPECT_EQ(cache.get("kernel", key("a")), std::nullopt) << "a pipe does not block";
  fs::create_directory(path);
  EXPECT_EQ(cache.get("kernel", key("a")), std::nullopt);
}

TEST_F(CacheFolder, IsNotUsedWhenItBelongsToAnother) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can make a folder of another user";
  Cache(folder_, &host_).put("kernel", key("a"), "text");
  ASSERT_EQ(chown(folder_.c_str(), 12345, 12345), 0);
  logged.clear();
  Cache cache(folder_, &host_);
  EXPECT_EQ(cache.get("kernel", key("a")), std::nullopt);
  EXPECT_FALSE(cache.put("kernel", key("b"), "text"));
  ASSERT_EQ(logged.size(), 1u);
  EXPECT_NE(logged[0].find("another user"), std::string::npos) << logged[0];
}

TEST_F(CacheFolder, IsNotUsedWhenOthersMayWriteToIt) {
  Cache(folder_, &host_).put("kernel", key("a"), "text");
  chmod(folder_.c_str(), 0770);
  logged.clear();
  Cache cache(folder_, &host_);
  EXPECT_EQ(cache.get("kernel", key("a")), std::nullopt);
  EXPECT_FALSE(cache.put("kernel", key("b"), "text"));
  EXPECT_EQ(logged.size(), 1u) << "one warning, not one a call";
}

TEST_F(CacheFolder, DoesNotTrustAnEntryThatOthersMayWriteTo) {
  Cache cache(folder_, &host_);
  cache.put("kernel", key("a"), "text");
  chmod(entry().c_str(), 0666);
  EXPECT_EQ(cache.get("kernel", key("a")), std::nullopt);
}

TEST_F(CacheFolder, ThatIsReadOnlyStillGivesWhatItHas) {
  EXPECT_TRUE(as_somebody([&] {
    Cache cache(folder_, &host_);
    if (!cache.put("kernel", key("a"), "text")) return false;
    chmod(folder_.c_str(), 0500);
    Cache other(folder_, &host_);
    const bool kept = other.get("kernel", key("a")) == "text" && !other.put("kernel", key("b"), "x") &&
                      !other.put("kernel", key("c"), "x");
    chmod(folder_.c_str(), 0700);
    return kept && logged.size() == 1;
  }));
}

TEST_F(CacheFolder, ThatCanNotBeMadeIsAMissAndOneWarning) {
  write(folder_, "a file in its place");
  Cache cache(folder_, &host_);
  EXPECT_FALSE(cache.put("kernel", key("a"), "text"));
  EXPECT_EQ(cache.get("kernel", key("a")), std::nullopt);
  EXPECT_EQ(logged.size(), 1u);
}

TEST_F(CacheFolder, ThatIsFullLosesNothingButTime) {
  EXPECT_TRUE(as_somebody([&] {
    Cache cache(folder_, &host_);
    if (!cache.put("kernel", key("a"), "text")) return false;
    signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{1000, 1000};  // writing stops in the middle of a file, as on a full disk
    setrlimit(RLIMIT_FSIZE, &limit);
    if (cache.put("kernel", key("b"), std::string(5000, 'x')) || cache.put("kernel", key("b"), std::string(5000, 'x')))
      return false;
    int files = 0;
    for (const auto& item : fs::directory_iterator(folder_)) files += item.is_regular_file();
    return files == 1 && cache.get("kernel", key("b")) == std::nullopt && cache.get("kernel", key("a")) == "text" &&
           logged.size() == 1;
  }));
}

TEST_F(CacheFolder, OnAFullFileSystemLosesNothingButTime) {
  fs::create_directory(folder_);
  if (mount("tmpfs", folder_.c_str(), "tmpfs", 0, "size=64k,mode=0700") != 0) {
    GTEST_SKIP() << "this process may not mount a small file system: " << strerror(errno);
  }
  {
    Cache cache(folder_, &host_);
    EXPECT_TRUE(cache.put("kernel", key("a"), "text"));
    EXPECT_FALSE(cache.put("kernel", key("b"), std::string(100'000, 'x')));
    EXPECT_EQ(cache.get("kernel", key("a")), "text");
    EXPECT_EQ(cache.get("kernel", key("b")), std::nullopt);
  }
  umount(folder_.c_str());
}

TEST_F(CacheFolder, StaysWithinItsLimitAndKeepsWhatWasUsedLast) {
  constexpr std::uint64_t kLimit = 64 << 10;
  Cache cache(folder_, &host_, kLimit);
  const std::string bytes(4000, 'x');
  for (int i = 0; i < 40; ++i) {
    ASSERT_TRUE(cache.put("kernel", key(std::to_string(i)), bytes));
    const std::string path = folder_ + "/kernel-" + halyard::kernels::hex(key(std::to_string(i)));
    const timespec times[2] = {{1'000'000 + i, 0}, {1'000'000 + i, 0}};  // long ago, one after the other
    utimensat(AT_FDCWD, path.c_str(), times, 0);
    if (i >= 5) {
      EXPECT_TRUE(cache.get("kernel", key("0")).has_value()) << "used again before number " << i;
    }
  }
  std::uint64_t total = 0;
  for (const auto& item : fs::directory_iterator(folder_)) total += item.file_size();
  EXPECT_LE(total, kLimit);
  EXPECT_TRUE(cache.get("kernel", key("39")).has_value());
  EXPECT_FALSE(cache.get("kernel", key("1")).has_value());
}

TEST_F(CacheFolder, KeepsAGoodEntryThatItHasNoFileLeftToRead) {
  Cache cache(folder_, &host_);
  ASSERT_TRUE(cache.put("kernel", key("a"), "text"));
  const std::string file = entry();
  const int free_fd = open("/dev/null", O_RDONLY);  // the cache's folder gets this one, its entry none
  close(free_fd);
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  const rlimit tight{static_cast<rlim_t>(free_fd) + 1, before.rlim_max};
  setrlimit(RLIMIT_NOFILE, &tight);
  const bool found = cache.get("kernel", key("a")).has_value();
  setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_FALSE(found);
  EXPECT_TRUE(fs::exists(file));
  EXPECT_EQ(cache.get("kernel", key("a")), "text");
}

TEST_F(CacheFolder, DoesNotKeepAnEntryOfMoreThanHalfItsLimit) {
  Cache cache(folder_, &host_, 10'000);
  EXPECT_FALSE(cache.put("kernel", key("a"), std::string(6000, 'x')));
}

TEST_F(CacheFolder, RemovesWhatDeadProcessesLeftButNothingElse) {
  Cache(folder_, &host_).put("kernel", key("a"), "text");
  write(folder_ + "/aside-1-1-1", "half of a");
  write(folder_ + "/aside-2-2-2", "being written");
  write(folder_ + "/notes.txt", "somebody's");
  fs::create_directory(folder_ + "/scratch");
  const timespec old[2] = {{1'000'000, 0}, {1'000'000, 0}};
  utimensat(AT_FDCWD, (folder_ + "/aside-1-1-1").c_str(), old, 0);
  Cache(folder_, &host_).put("kernel", key("b"), "text");
  EXPECT_FALSE(fs::exists(folder_ + "/aside-1-1-1"));
  EXPECT_TRUE(fs::exists(folder_ + "/aside-2-2-2"));
  EXPECT_TRUE(fs::exists(folder_ + "/notes.txt"));
  EXPECT_TRUE(fs::exists(folder_ + "/scratch"));
}

// Every entry says which key it belongs to, and is as long as its first byte says.
TEST_F(CacheFolder, IsSafeWithManyProcesses) {
  const unsigned seed = std::random_device{}();
  std::printf("seed %u\n", seed);
  std::vector<pid_t> processes;
  for (unsigned p = 0; p < 6; ++p) {
    processes.push_back(fork());
    if (processes.back() != 0) continue;
    std::mt19937 random(seed + p);
    Cache cache(folder_, nullptr, 256 << 10);  // small, so that entries are removed meanwhile
    for (int i = 0; i < 300; ++i) {
      const std::string name = std::to_string(random() % 8);
      if (random() % 2 == 0) {
        cache.put("kernel", key(name), name + std::string(random() % 20'000, static_cast<char>('a' + p)));
      } else if (const auto bytes = cache.get("kernel", key(name)); bytes.has_value()) {
        const bool whole = bytes->size() >= 1 && (*bytes)[0] == name[0] &&
                           bytes->find_first_not_of(bytes->back(), 1) == std::string::npos;
        if (!whole) _exit(1);
      }
    }
    _exit(0);
  }
  for (const pid_t process : processes) {
    int status = 0;
    ASSERT_GT(process, 0) << "fork failed";
    EXPECT_EQ(waitpid(process, &status, 0), process);
    EXPECT_EQ(status, 0);
  }
  for (const auto& item : fs::directory_iterator(folder_))
    EXPECT_EQ(item.path().filename().string().find("aside"), std::string::npos);
}

}  // namespace
