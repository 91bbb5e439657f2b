// Which Python environments are searched for vendors' libraries, and in which order.
#include "backends/common/python_folders.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

namespace halyard::common {
namespace {

class PythonFolders : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"VIRTUAL_ENV", "CONDA_PREFIX", "HOME"}) ::unsetenv(name);
    ::setenv("PATH", "/usr/bin:/bin", 1);
  }

  // Where the folder of this prefix stands in the list, or -1.
  static long place(const std::vector<std::string>& folders, const std::string& prefix) {
    const auto found = std::find(folders.begin(), folders.end(), prefix + "/lib/python3*/site-packages/nvidia/cu*/lib");
    return found == folders.end() ? -1 : found - folders.begin();
  }
};

TEST_F(PythonFolders, LooksIntoTheEnvironmentThatIsActiveFirst) {
  ::setenv("VIRTUAL_ENV", "/home/me/env", 1);
  ::setenv("CONDA_PREFIX", "/home/me/conda", 1);
  ::setenv("PATH", "/srv/python/bin:/usr/bin", 1);
  ::setenv("HOME", "/home/me", 1);
  const std::vector<std::string> folders = python_folders({"nvidia/cu*/lib"});
  const char* order[] = {"/home/me/env",    "/home/me/conda", "/srv/python", "/usr",
                         "/home/me/.local", "/usr/local",     "/opt/*"};
  long before = -1;
  for (const char* prefix : order) {
    EXPECT_GT(place(folders, prefix), before) << prefix;
    before = place(folders, prefix);
  }
}

TEST_F(PythonFolders, KnowsTheFoldersOfDistributionsToo) {
  const std::vector<std::string> folders = python_folders({"torch/lib"});
  EXPECT_EQ(1, std::count(folders.begin(), folders.end(), "/usr/local/lib/python3*/dist-packages/torch/lib"));
}

TEST_F(PythonFolders, NamesEachPrefixOnceAndOnlyWholePaths) {
  ::setenv("VIRTUAL_ENV", "relative/env", 1);
  ::setenv("CONDA_PREFIX", "", 1);
  ::setenv("PATH", "/usr/bin:/usr/bin::bin:.:/sbin", 1);
  const std::vector<std::string> folders = python_folders({"torch/lib"});
  EXPECT_EQ(6u, folders.size());  // /usr, /usr/local, /opt/*, with two folders each
  for (const std::string& folder : folders) EXPECT_EQ('/', folder[0]) << folder;
}

}  // namespace
}  // namespace halyard::common
