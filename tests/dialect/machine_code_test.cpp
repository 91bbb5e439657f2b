// The readers of machine code that compile_check.cpp relies on: that they see a fault where there is one.
#include "tests/dialect/machine_code.hpp"

namespace halyard::test {
namespace {

// A kernel that keeps more than its registers hold, for gfx90a; "" where no compiler makes one here.
std::string code_object(const std::string& attribute) {
  if (find_program({"clang-19"}).empty() || find_program({"/usr/lib/llvm-19/bin/lld", "lld-19"}).empty()) {
    return "";
  }
  const auto image = scratch().fresh(".co");
  const auto source = scratch().write("extern \"C\" __attribute__((global)) " + attribute + R"(
      void crowded(const float* x, float* y, int n) {
        float kept[48];
        for (int k = 0; k < 48; ++k) kept[k] = x[k * n];
        for (int r = 0; r < n; ++r)
          for (int k = 0; k < 48; ++k) kept[k] = kept[k] * kept[(k + 7) % 48] + kept[(k + 29) % 48];
        for (int k = 0; k < 48; ++k) y[k * n] = kept[k];
      })",
                                      ".hip");
  EXPECT_EQ(run_command({"clang-19", "-x", "hip", "--cuda-device-only", "-nogpulib", "-nogpuinc",
                         "--no-gpu-bundle-output", "--offload-arch=gfx90a", "-O3", "-c", source, "-o", image})
                .output,
            "");
  return read_file(image);
}

TEST(MachineCode, OfAmdIsFaultlessWhereTheRegistersSuffice) {
  const std::string image = code_object("");
  if (image.empty() || !kReadsAmdMetadata) {
    GTEST_SKIP() << "clang-19, lld-19 or nlohmann-json3-dev is not installed";
  }
  EXPECT_EQ(faults_of_code_object(image), "");
}

TEST(MachineCode, OfAmdThatSpillsIsAFaultNamedByItsKernel) {
  const std::string image = code_object("__attribute__((amdgpu_flat_work_group_size(1, 1024), amdgpu_num_vgpr(24)))");
  if (image.empty() || !kReadsAmdMetadata) {
    GTEST_SKIP() << "clang-19, lld-19 or nlohmann-json3-dev is not installed";
  }
  EXPECT_NE(faults_of_code_object(image).find("crowded: .vgpr_spill_count is "), std::string::npos)
      << faults_of_code_object(image);
}

TEST(MachineCode, OfAmdWithoutMetadataIsAFaultAndACutFileIsNotReadBeyondItsEnd) {
  if (!kReadsAmdMetadata) {
    GTEST_SKIP() << "nlohmann-json3-dev is not installed";
  }
  EXPECT_NE(faults_of_code_object(""), "");
  const std::string image = code_object("");
  const std::string_view note = amd_note(image);
  const auto end = image.empty() ? 0 : static_cast<std::size_t>(note.data() + note.size() - image.data());
  for (std::size_t bytes = 0; bytes < end; bytes += 7) {
    EXPECT_NE(faults_of_code_object(std::string(image, 0, bytes)), "") << bytes;
  }
}

TEST(MachineCode, OfIntelThatSpillsIsAFaultNamedByItsKernel) {
  EXPECT_EQ(faults_in_ocloc_log("\nBuild succeeded.\n"), "");
  const std::string spills = " compiled SIMD32 allocated 128 regs and spilled around 192";
  EXPECT_EQ(faults_in_ocloc_log("\nwarning: kernel crowded " + spills + "\n\nBuild succeeded.\n"),
            "warning: kernel crowded " + spills + "\n");
  EXPECT_EQ(faults_in_ocloc_log("\nwarning: kernel private_array__hy_whole " + spills + "\n"), "");
  EXPECT_EQ(faults_in_ocloc_log("k.hk:1:2: warning: unused\n"), "k.hk:1:2: warning: unused\n");
}

TEST(MachineCode, OfAmdAddsFloatsInOneInstructionWhereThePreludeSaysSo) {
  const std::string disassembler = find_program({"llvm-objdump-19", "/usr/lib/llvm-19/bin/llvm-objdump"});
  if (find_program({"clang-19"}).empty() || find_program({"/usr/lib/llvm-19/bin/lld", "lld-19"}).empty() ||
      disassembler.empty()) {
    GTEST_SKIP() << "clang-19, lld-19 or llvm-objdump-19 is not installed";
  }
  const auto source =
      scratch().write(expand_text("#if HY_HAS_ATOMICS_FLOAT\n"
                                  "HY_KERNEL(has, HY_INOUT(float, y)) { hy_atomic_add(&y[0], 1.0f); }\n"
                                  "#else\n"
                                  "HY_KERNEL(lacks, HY_INOUT(float, y)) { hy_atomic_add(&y[0], 1.0f); }\n"
                                  "#endif\n",
                                  "add.hk", HY_DIALECT_HIP),
                      ".hip");
  for (const char* architecture : {"gfx90a", "gfx942", "gfx1100", "gfx1201"}) {
    const auto image = scratch().fresh(".co");
    ASSERT_EQ(
        run_command({"clang-19", "-x", "hip", "--cuda-device-only", "-nogpulib", "-nogpuinc", "--no-gpu-bundle-output",
                     std::string("--offload-arch=") + architecture, "-O3", "-std=c++17", "-c", source, "-o", image})
            .output,
        "");
    const std::string code = run_command({disassembler, "-d", image}).output;
    const bool has = code.find("<has>:") != std::string::npos;
    EXPECT_NE(code.find(has ? "global_atomic_add_f32" : "global_atomic_cmpswap"), std::string::npos) << architecture;
    EXPECT_EQ(code.find(has ? "cmpswap" : "atomic_add_f32"), std::string::npos) << architecture;
  }
}

TEST(MachineCode, OfNvidiaIsFaultlessWherePtxasSaysNoSpills) {
  EXPECT_EQ(faults_in_ptxas_log("ptxas info    : 0 bytes gmem\n"
                                "ptxas info    : Compiling entry function 'saxpy' for 'sm_90'\n"
                                "ptxas info    : Function properties for saxpy\n"
                                "ptxas         .     32 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads\n"
                                "ptxas info    : Used 8 registers\n"),
            "");
}

TEST(MachineCode, OfNvidiaThatSpillsIsAFaultNamedByItsKernel) {
  EXPECT_EQ(faults_in_ptxas_log("ptxas info    : Function properties for saxpy\n"
                                "    8 bytes stack frame, 4 bytes spill stores, 12 bytes spill loads\n"),
            "saxpy: 8 bytes stack frame, 4 bytes spill stores, 12 bytes spill loads\n");
}

TEST(MachineCode, OfNvidiaThatPtxasSaysMoreOfIsAFault) {
  const std::string fine = "    0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads\n";
  EXPECT_EQ(faults_in_ptxas_log(fine + "kernel.cu(3): warning #177-D: variable was declared but never referenced\n"),
            "kernel.cu(3): warning #177-D: variable was declared but never referenced\n");
  EXPECT_NE(faults_in_ptxas_log(""), "");
}

}  // namespace
}  // namespace halyard::test
