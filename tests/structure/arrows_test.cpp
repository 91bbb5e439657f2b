// Who may see whom (DESIGN: the house), in the tree as it is and in small trees with one violation planted.
#include "arrows.hpp"

#include <gtest/gtest.h>

#include "tree.hpp"

namespace structure {
namespace {

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += "  " + line + "\n";
  return text;
}

TEST(Arrows, every_include_and_link_line_of_the_tree_goes_where_it_may) {
  const std::vector<std::string> broken = broken_arrows(HALYARD_SOURCE_ROOT);
  EXPECT_TRUE(broken.empty()) << joined(broken);
}

struct Planted {
  const char* name;
  const char* path;
  const char* text;
  bool is_broken;
};

class PlantedArrow : public testing::TestWithParam<Planted> {};

TEST_P(PlantedArrow, is_judged) {
  PlantedTree tree;
  tree.write("include/halyard/halyard.hpp", "");
  tree.write("include/halyard/backend.h", "");
  tree.write("include/halyard/detail/error.hpp", "");
  tree.write("runtime/core/library.hpp", "");
  tree.write("backends/common/rings.hpp", "");
  tree.write("backends/cpu/pool.hpp", "");
  tree.write("tests/conformance/suite.hpp", "");
  tree.write(GetParam().path, GetParam().text);
  const std::vector<std::string> broken = broken_arrows(tree.root());
  EXPECT_EQ(broken.size(), GetParam().is_broken ? 1u : 0u) << joined(broken);
}

constexpr bool kBroken = true;
constexpr bool kAllowed = false;
const Planted kPlanted[] = {
    {"a_sample_over_the_public_api", "samples/a.cpp", "#include \"halyard/halyard.hpp\"\n#include <vector>\n",
     kAllowed},
    {"a_sample_that_sees_the_runtime", "samples/a.cpp", "#include \"runtime/core/library.hpp\"\n", kBroken},
    {"a_sample_that_sees_it_by_another_way", "samples/q/a.cpp", "#include \"../../runtime/core/library.hpp\"\n",
     kBroken},
    {"a_sample_that_sees_details", "samples/a.cpp", "#include <halyard/detail/error.hpp>\n", kBroken},
    {"a_sample_of_a_vendor", "samples/a.cpp", "# include <CL/cl.h>\n", kBroken},
    {"a_tool_that_sees_a_backend", "tools/a.cpp", "#include \"backends/cpu/pool.hpp\"\n", kBroken},
    {"a_tool_that_runs_the_suite", "tools/a.cpp", "#include \"tests/conformance/suite.hpp\"\n", kAllowed},
    {"a_benchmark_that_runs_the_suite", "bench/a.cpp", "#include \"tests/conformance/suite.hpp\"\n", kBroken},
    {"a_benchmark_with_a_raw_peer", "bench/a.cpp", "#include <CL/cl.h>\n", kAllowed},
    {"a_tool_that_links_internals", "tools/CMakeLists.txt", "target_link_libraries(x PRIVATE\n  halyard_internal)\n",
     kBroken},
    {"a_tool_that_links_the_library", "tools/CMakeLists.txt", "target_link_libraries(x PRIVATE halyard)\n", kAllowed},
    {"a_benchmark_with_internal_folders", "bench/CMakeLists.txt",
     "target_include_directories(x PRIVATE ${PROJECT_SOURCE_DIR}/runtime)\n", kBroken},
    {"a_runtime_that_knows_a_backend", "runtime/core/a.cpp", "#include \"backends/cpu/pool.hpp\"\n", kBroken},
    {"a_runtime_that_knows_a_vendor", "runtime/core/a.cpp", "#include <cuda.h>\n", kBroken},
    {"a_topology_over_hwloc", "runtime/topology/a.cpp", "#include <hwloc.h>\n", kAllowed},
    {"hwloc_elsewhere", "runtime/core/a.cpp", "#include <hwloc.h>\n", kBroken},
    {"a_backend_over_its_own", "backends/cpu/a.cpp",
     "#include \"pool.hpp\"\n#include \"backends/common/rings.hpp\"\n#include \"halyard/backend.h\"\n", kAllowed},
    {"a_backend_that_knows_another", "backends/opencl/a.cpp", "#include \"backends/cpu/pool.hpp\"\n", kBroken},
    {"a_backend_that_knows_the_runtime", "backends/opencl/a.cpp", "#include \"runtime/core/library.hpp\"\n", kBroken},
    {"common_that_knows_a_backend", "backends/common/a.cpp", "#include \"../cpu/pool.hpp\"\n", kBroken},
    {"a_public_header_over_the_system", "include/halyard/a.hpp", "#include <sys/mman.h>\n", kBroken},
    {"a_public_header_over_a_third_party", "include/halyard/a.hpp", "#include <boost/context.hpp>\n", kBroken},
    {"a_public_header_over_internals", "include/halyard/a.hpp", "#include \"runtime/core/library.hpp\"\n", kBroken},
    {"a_public_header_over_the_language", "include/halyard/a.hpp", "#include <span>\n#include <stdint.h>\n", kAllowed},
};
INSTANTIATE_TEST_SUITE_P(Small, PlantedArrow, testing::ValuesIn(kPlanted),
                         [](const testing::TestParamInfo<Planted>& tested) { return std::string(tested.param.name); });

}  // namespace
}  // namespace structure
