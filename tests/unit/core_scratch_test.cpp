// The folder for temporary files: nobody else's, never shared between runtimes, gone with its owner, and nothing old
// stays.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "runtime/core/scratch.hpp"

namespace halyard::core {
namespace {

namespace fs = std::filesystem;

class ScratchFolder : public testing::Test {
 protected:
  void SetUp() override {
    char pattern[] = "/tmp/halyard-scratch-XXXXXX";
    config_.cache_dir = mkdtemp(pattern);
  }
  void TearDown() override { fs::remove_all(config_.cache_dir); }
  std::string folder_of(Scratch& scratch) {
    char path[256] = "";
    hy_error error{};
    EXPECT_EQ(scratch.folder(config_, path, sizeof path, &error), HY_OK) << error.message;
    return path;
  }
  std::string shared() const { return config_.cache_dir + "/scratch"; }
  static void make_old(const std::string& path) {
    const timespec old[2] = {{1'000'000, 0}, {1'000'000, 0}};
    utimensat(AT_FDCWD, path.c_str(), old, AT_SYMLINK_NOFOLLOW);
  }
  Config config_;
};

TEST_F(ScratchFolder, LiesInTheCacheAndIsTheUsersAlone) {
  Scratch scratch;
  const std::string folder = folder_of(scratch);
  EXPECT_EQ(fs::path(folder).parent_path(), shared());
  struct stat seen {};
  ASSERT_EQ(lstat(folder.c_str(), &seen), 0);
  EXPECT_EQ(seen.st_mode & 07777, 0700u);
}

TEST_F(ScratchFolder, IsOneForARuntimeAndAnotherForTheNext) {
  Scratch one, other;
  const std::string folder = folder_of(one);
  EXPECT_EQ(folder_of(one), folder);
  EXPECT_NE(folder_of(other), folder)
      << "two runtimes of one process id, in two containers, would overwrite each other's files";
}

TEST_F(ScratchFolder, GoesWithItsOwnerAndAllThatIsInIt) {
  std::string folder;
  {
    Scratch scratch;
    folder = folder_of(scratch);
    fs::create_directories(folder + "/deep/er");
    std::ofstream(folder + "/deep/er/file") << "text";
  }
  EXPECT_FALSE(fs::exists(folder));
}

TEST_F(ScratchFolder, IsMadeAgainWhereSomebodyCleanedItAway) {
  Scratch scratch;
  fs::remove_all(folder_of(scratch));
  EXPECT_TRUE(fs::exists(folder_of(scratch)));
}

TEST_F(ScratchFolder, RemovesWhatWasLeftADayAgoAndNothingYounger) {
  fs::create_directories(shared() + "/dead/deep");
  fs::create_directories(shared() + "/alive");
  fs::create_directories(config_.cache_dir + "/target");
  fs::create_directory_symlink(config_.cache_dir + "/target", shared() + "/link");
  make_old(shared() + "/dead");
  make_old(shared() + "/link");
  Scratch scratch;
  folder_of(scratch);
  EXPECT_FALSE(fs::exists(shared() + "/dead"));
  EXPECT_TRUE(fs::exists(shared() + "/alive"));
  EXPECT_FALSE(fs::is_symlink(shared() + "/link"));
  EXPECT_TRUE(fs::exists(config_.cache_dir + "/target")) << "a link's target is not the link";
}

TEST_F(ScratchFolder, AvoidsAFolderThatOthersMayWriteTo) {
  chmod(config_.cache_dir.c_str(), 0777);
  Scratch scratch;
  EXPECT_EQ(folder_of(scratch).find(config_.cache_dir), std::string::npos);
}

// The cache's own rule: what others may only read is used.
TEST_F(ScratchFolder, TakesACacheThatOthersMayRead) {
  chmod(config_.cache_dir.c_str(), 0755);
  Scratch scratch;
  EXPECT_EQ(fs::path(folder_of(scratch)).parent_path(), shared());
}

}  // namespace
}  // namespace halyard::core
