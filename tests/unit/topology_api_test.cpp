// The topology through the public API: this machine, recordings, wrong calls, and files that mean harm.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include "halyard/halyard.hpp"

namespace halyard {
namespace {

std::filesystem::path recording(const std::string& name) {
  return std::filesystem::path(HALYARD_RECORDINGS) / "hwloc" / name;
}

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

Runtime runtime_with(WorkerPolicy policy = WorkerPolicy::prefer, const char* sysroot = nullptr) {
  RuntimeOptions options;
  options.backends = "cpu";
  options.worker_policy = policy;
  options.sysroot = sysroot;
  return *Runtime::create(options);
}

// A whole recording of our own, for tests that must run anywhere.
constexpr std::string_view kSmall =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE topology SYSTEM \"hwloc2.dtd\">\n<topology "
    "version=\"2.0\">\n"
    "<object type=\"Machine\" os_index=\"0\" cpuset=\"0x3\" complete_cpuset=\"0x3\" allowed_cpuset=\"0x3\" "
    "nodeset=\"0x1\" "
    "complete_nodeset=\"0x1\" allowed_nodeset=\"0x1\" gp_index=\"1\">\n"
    "<object type=\"Package\" os_index=\"0\" cpuset=\"0x3\" complete_cpuset=\"0x3\" nodeset=\"0x1\" "
    "complete_nodeset=\"0x1\" gp_index=\"2\">"
    "<info name=\"CPUModel\" value=\"  Odd \xff name \"/>\n"
    "<object type=\"NUMANode\" os_index=\"0\" cpuset=\"0x3\" complete_cpuset=\"0x3\" nodeset=\"0x1\" "
    "complete_nodeset=\"0x1\" gp_index=\"3\" "
    "local_memory=\"4096\"/>\n"
    "<object type=\"Core\" os_index=\"0\" cpuset=\"0x1\" complete_cpuset=\"0x1\" nodeset=\"0x1\" "
    "complete_nodeset=\"0x1\" gp_index=\"4\">"
    "<object type=\"PU\" os_index=\"0\" cpuset=\"0x1\" complete_cpuset=\"0x1\" nodeset=\"0x1\" "
    "complete_nodeset=\"0x1\" gp_index=\"5\"/></object>\n"
    "<object type=\"Core\" os_index=\"1\" cpuset=\"0x2\" complete_cpuset=\"0x2\" nodeset=\"0x1\" "
    "complete_nodeset=\"0x1\" gp_index=\"6\">"
    "<object type=\"PU\" os_index=\"1\" cpuset=\"0x2\" complete_cpuset=\"0x2\" nodeset=\"0x1\" "
    "complete_nodeset=\"0x1\" gp_index=\"7\"/></object>\n"
    "</object></object></topology>\n";

// Gives the topology, or skips the test with the reason where hwloc is not installed.
#define READ_OR_SKIP(name, expression)                                                              \
  auto name = (expression);                                                                         \
  if (!name && name.error().code() == ErrorCode::unavailable) GTEST_SKIP() << name.error().c_str(); \
  ASSERT_TRUE(name) << name.error().c_str()

TEST(TopologyApi, this_machine_has_cores_and_every_parent_comes_first) {
  const Runtime runtime = runtime_with();
  READ_OR_SKIP(topology, Topology::of(runtime));
  ASSERT_GE(topology->node_count(), 2u);
  EXPECT_EQ(topology->node(0).kind(), NodeKind::machine);
  EXPECT_FALSE(topology->node(0).parent());
  for (std::uint32_t i = 1; i < topology->node_count(); ++i) EXPECT_LT(topology->node(i).parent()->index(), i);
  EXPECT_TRUE(topology->find("core:0"));
}

TEST(TopologyApi, the_cpu_device_is_the_package_or_the_machine) {
  const Runtime runtime = runtime_with();
  READ_OR_SKIP(topology, Topology::of(runtime));
  const auto cpu = runtime.device("cpu");
  ASSERT_TRUE(cpu) << cpu.error().c_str();
  const auto node = topology->node_of(*cpu);
  ASSERT_TRUE(node);
  EXPECT_TRUE(node->kind() == NodeKind::package || node->kind() == NodeKind::machine) << node->id();
}

TEST(TopologyApi, a_recording_is_read_from_memory_with_unknown_values_marked) {
  const Runtime runtime = runtime_with();
  READ_OR_SKIP(topology, Topology::from_memory(runtime, kSmall));
  EXPECT_EQ(topology->node_count(), 5u);
  const auto package = topology->find("package:0");
  ASSERT_TRUE(package);
  EXPECT_EQ(package->name(), "Odd \xff name");
  EXPECT_EQ(package->text("cpus"), "0-1");
  EXPECT_FALSE(package->text("vendor")) << "not in the recording";
  EXPECT_EQ(topology->find("numa:0")->integer("memory_bytes"), 4096);
  EXPECT_EQ(topology->find("core:1")->parent()->id(), "numa:0");
  EXPECT_FALSE(topology->find("core:2"));
  EXPECT_EQ(topology->link_count(), 0u);
}

TEST(TopologyApi, no_device_of_this_machine_is_in_a_recorded_one) {
  const Runtime runtime = runtime_with();
  READ_OR_SKIP(topology, Topology::from_memory(runtime, kSmall));
  const auto cpu = runtime.device("cpu");
  ASSERT_TRUE(cpu) << cpu.error().c_str();
  EXPECT_FALSE(topology->node_of(*cpu));
}

TEST(TopologyApi, a_topology_outlives_its_runtime) {
  auto runtime = std::make_unique<Runtime>(runtime_with());
  READ_OR_SKIP(topology, Topology::from_memory(*runtime, kSmall));
  runtime.reset();
  const Topology copy = *topology;
  EXPECT_EQ(copy.node(1).id(), "package:0");
}

TEST(TopologyApi, reading_in_this_process_gives_what_the_worker_gives) {
  const Runtime inside = runtime_with(WorkerPolicy::never);
  const Runtime outside = runtime_with(WorkerPolicy::require);
  READ_OR_SKIP(here, Topology::of(inside));
  READ_OR_SKIP(there, Topology::of(outside));
  ASSERT_EQ(here->node_count(), there->node_count());
  ASSERT_EQ(here->link_count(), there->link_count());
  for (std::uint32_t i = 0; i < here->node_count(); ++i) EXPECT_EQ(here->node(i).id(), there->node(i).id());
}

TEST(TopologyApi, reading_in_this_process_opens_no_vendor_library_and_leaves_the_environment) {
  const Runtime runtime = runtime_with(WorkerPolicy::never);
  READ_OR_SKIP(topology, Topology::of(runtime));
  const std::string maps = text_of("/proc/self/maps");
  for (const char* library :
       {"libOpenCL", "libcuda", "libnvidia-ml", "librocm_smi", "libze_loader", "libX11", "hwloc_opencl", "hwloc_gl"}) {
    EXPECT_EQ(maps.find(library), std::string::npos) << library;
  }
  for (char** variable = environ; *variable != nullptr; ++variable)
    EXPECT_NE(std::string_view(*variable).substr(0, 6), "HWLOC_") << *variable;
}

TEST(TopologyApi, a_sysroot_without_a_machine_is_unavailable_and_never_this_machine) {
  const auto folder = std::filesystem::temp_directory_path() / ("halyard-topology-" + std::to_string(getpid()));
  std::filesystem::create_directories(folder);
  const auto topology = Topology::of(runtime_with(WorkerPolicy::prefer, folder.c_str()));
  std::filesystem::remove_all(folder);
  ASSERT_FALSE(topology);
  EXPECT_EQ(topology.error().code(), ErrorCode::unavailable);
  EXPECT_NE(topology.error().message().find("HALYARD_SYSROOT"), std::string_view::npos);
}

// One processor with one core and thread, as the kernel shows it.
void write_machine(const std::filesystem::path& root) {
  const auto write = [&](const char* path, const char* text) {
    std::filesystem::create_directories((root / path).parent_path());
    std::ofstream(root / path) << text;
  };
  write("sys/devices/system/cpu/online", "0\n");
  write("sys/devices/system/cpu/possible", "0\n");
  write("sys/devices/system/cpu/cpu0/topology/core_id", "0\n");
  write("sys/devices/system/cpu/cpu0/topology/physical_package_id", "7\n");
  write("sys/devices/system/cpu/cpu0/topology/package_cpus", "1\n");
  write("sys/devices/system/cpu/cpu0/topology/core_siblings", "1\n");
  write("sys/devices/system/cpu/cpu0/topology/core_cpus", "1\n");
  write("sys/devices/system/cpu/cpu0/topology/thread_siblings", "1\n");
  write("proc/cpuinfo", "processor\t: 0\nvendor_id\t: Elsewhere\nmodel name\t: Another machine\n\n");
  write("proc/meminfo", "MemTotal: 1024 kB\n");
}

TEST(TopologyApi, a_sysroot_with_a_machine_is_read_instead_of_this_one) {
  const auto folder = std::filesystem::temp_directory_path() / ("halyard-topology-root-" + std::to_string(getpid()));
  write_machine(folder);
  const auto topology = Topology::of(runtime_with(WorkerPolicy::prefer, folder.c_str()));
  std::filesystem::remove_all(folder);
  if (!topology && topology.error().code() == ErrorCode::unsupported) GTEST_SKIP() << topology.error().c_str();
  if (!topology && topology.error().code() == ErrorCode::unavailable) GTEST_SKIP() << topology.error().c_str();
  ASSERT_TRUE(topology) << topology.error().c_str();
  const auto package = topology->find("package:0");
  ASSERT_TRUE(package);
  EXPECT_EQ(package->integer("os_index"), 7);
  EXPECT_EQ(package->text("cpus"), "0");
  EXPECT_FALSE(topology->find("core:1"));
}

TEST(TopologyApi, wrong_calls_are_errors) {
  const Runtime runtime = runtime_with();
  hy_error error{};
  hy_topology* topology = nullptr;
  EXPECT_EQ(hy_topology_create(nullptr, &topology, &error), HY_INVALID_ARGUMENT);
  EXPECT_EQ(hy_topology_create(runtime.native_handle(), nullptr, &error), HY_INVALID_ARGUMENT);
  EXPECT_EQ(hy_topology_from_file(runtime.native_handle(), "", &topology, &error), HY_INVALID_ARGUMENT);
  EXPECT_EQ(hy_topology_from_memory(runtime.native_handle(), nullptr, 5, &topology, &error), HY_INVALID_ARGUMENT);
  EXPECT_EQ(hy_topology_node_count(nullptr), 0u);
  hy_topology_release(nullptr);
  READ_OR_SKIP(small, Topology::from_memory(runtime, kSmall));
  hy_topology_node node{};
  EXPECT_EQ(hy_topology_get_node(small->native_handle(), 0, &node, &error), HY_INVALID_ARGUMENT);
  EXPECT_NE(std::string(error.message).find("size"), std::string::npos);
  node.size = sizeof node;
  EXPECT_EQ(hy_topology_get_node(small->native_handle(), 5, &node, &error), HY_INVALID_ARGUMENT);
  hy_topology_attribute attribute{};
  attribute.size = sizeof attribute;
  EXPECT_EQ(hy_topology_get_attribute(small->native_handle(), 0, 1000, &attribute, &error), HY_INVALID_ARGUMENT);
  hy_topology_link link{};
  link.size = sizeof link;
  EXPECT_EQ(hy_topology_get_link(small->native_handle(), 0, &link, &error), HY_INVALID_ARGUMENT);
}

// As of an older version of the header, which ended before some members.
TEST(TopologyApi, a_shorter_structure_gets_what_it_has_room_for) {
  const Runtime runtime = runtime_with();
  READ_OR_SKIP(small, Topology::from_memory(runtime, kSmall));
  hy_topology_node node{};
  node.size = offsetof(hy_topology_node, id);
  node.id = "untouched";
  EXPECT_EQ(hy_topology_get_node(small->native_handle(), 1, &node, nullptr), HY_OK);
  EXPECT_EQ(node.size, offsetof(hy_topology_node, id));
  EXPECT_EQ(node.parent, 0u);
  EXPECT_NE(node.kind, 0u);
  EXPECT_STREQ(node.id, "untouched");
}

TEST(TopologyApi, a_node_that_is_not_there_has_no_parent_and_no_attributes) {
  const Runtime runtime = runtime_with();
  READ_OR_SKIP(small, Topology::from_memory(runtime, kSmall));
  const TopologyNode nowhere = small->node(1000);
  EXPECT_FALSE(nowhere.parent());
  EXPECT_EQ(nowhere.attribute_count(), 0u);
  EXPECT_EQ(nowhere.id(), "");
}

TEST(TopologyApi, files_that_are_not_there_or_no_topology_are_told_apart) {
  const Runtime runtime = runtime_with();
  const auto missing = Topology::from_file(runtime, "/nonexistent/machine.xml");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code(), ErrorCode::unavailable);
  EXPECT_NE(missing.error().message().find("No such file"), std::string_view::npos);
  const auto folder = Topology::from_file(runtime, "/");
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.error().code(), ErrorCode::unavailable);
  const auto binary = Topology::from_file(runtime, "/proc/self/exe");
  ASSERT_FALSE(binary);
  EXPECT_EQ(binary.error().code(), ErrorCode::corrupt_artifact);
  const auto nccl = Topology::from_memory(runtime, "<system version=\"1\"></system>");
  ASSERT_FALSE(nccl);
  EXPECT_EQ(nccl.error().code(), ErrorCode::unsupported);
}

TEST(TopologyApi, a_recording_cut_off_at_any_line_is_corrupt) {
  const Runtime runtime = runtime_with();
  for (std::size_t at = 0; (at = kSmall.find('\n', at + 1)) + 1 < kSmall.size();) {
    const auto topology = Topology::from_memory(runtime, kSmall.substr(0, at));
    ASSERT_FALSE(topology);
    EXPECT_EQ(topology.error().code(), ErrorCode::corrupt_artifact) << topology.error().c_str();
  }
}

// Recordings with parts changed at random: whatever hwloc makes of them, this process survives and gets a model or an
// error. Runs in the worker alone, for hwloc may crash.
TEST(TopologyApi, changed_recordings_never_take_this_process_down) {
  const Runtime runtime = runtime_with(WorkerPolicy::require);
  READ_OR_SKIP(small, Topology::from_memory(runtime, kSmall));
  std::string whole(kSmall);
  if (std::filesystem::exists(recording("8intel64-4n2t-memattrs.xml")))
    whole = text_of(recording("8intel64-4n2t-memattrs.xml"));
  const auto seed = std::random_device{}();
  std::mt19937 random(seed);
  int read = 0;
  for (int round = 0; round < 60; ++round) {
    std::string changed = whole;
    const std::string_view tokens[] = {
        "-1", "0", "18446744073709551615", "0xffffffffffffffff", "Machine", "PU", "NUMANode", "PCIDev", "\"\""};
    for (int i = 0; i < 3; ++i) {
      const std::size_t quote = changed.find('"', random() % changed.size());
      const std::size_t end = quote == std::string::npos ? quote : changed.find('"', quote + 1);
      if (end != std::string::npos) changed.replace(quote + 1, end - quote - 1, tokens[random() % std::size(tokens)]);
    }
    const auto topology = Topology::from_memory(runtime, changed);
    read += topology ? 1 : 0;
    EXPECT_TRUE(topology || topology.error().code() == ErrorCode::corrupt_artifact)
        << topology.error().c_str() << ", seed " << seed;
  }
  RecordProperty("read", read);
}

TEST(TopologyApi, every_recording_is_read_from_its_file) {
  if (!std::filesystem::exists(recording(""))) GTEST_SKIP() << "no recordings at " << recording("");
  const Runtime runtime = runtime_with();
  for (const auto& entry : std::filesystem::directory_iterator(recording(""))) {
    READ_OR_SKIP(topology, Topology::from_file(runtime, entry.path().c_str()));
    EXPECT_GE(topology->node_count(), 5u) << entry.path();
  }
}

}  // namespace
}  // namespace halyard
