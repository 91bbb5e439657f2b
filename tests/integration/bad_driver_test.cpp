// Drivers that are missing, broken, foreign, old, that abort and that hang, as `halyard devices` tells of them: copies
// of the fakes, in a folder of the test's own.
#include <elf.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <ostream>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "tests/integration/tool_run.hpp"

namespace tool {
namespace {

using nlohmann::json;

struct Vendor {
  const char* backend;
  const char* fake;
  const char* bare;  // a driver without functions
  const char* file;
  const char* control;  // the variable that the fake heeds
  const char* begin;    // the call that begins everything
  const char* code;     // 999, as its sentences have it
  const char* apart;    // what devices have that do not reach one another
  const char* apart_text;
  const char* old;  // as the fake says it; null where a library says no version: what it lacks tells
  const char* old_text;
};

const Vendor kVendors[] = {
    {"cuda", HALYARD_FAKE_CUDA_PATH, HALYARD_FAKE_BARE_CUDA_PATH, "libcuda.so.1", "HALYARD_FAKE_CUDA", "cuInit",
     "(999)", "copies", "  copies reach ", "driver_version=11020", "is of CUDA 11.2, and 11.4 is needed"},
    {"hip", HALYARD_FAKE_HIP6_PATH, HALYARD_FAKE_BARE_HIP_PATH, "libamdhip64.so.6", "HALYARD_FAKE_HIP", "hipInit",
     "(999)", "copies", "  copies reach ", "runtime_version=40500000", "is of HIP 4.5.0, and 5.0 is needed"},
    {"level_zero", HALYARD_FAKE_ZE_PATH, HALYARD_FAKE_BARE_ZE_PATH, "libze_loader.so.1", "HALYARD_FAKE_ZE", "zeInit",
     "(0x3e7)", "none", "through the host alone: ", nullptr, nullptr},
};
std::ostream& operator<<(std::ostream& out, const Vendor& vendor) { return out << vendor.backend; }

std::string contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

class Machine {
 public:
  explicit Machine(const Vendor& vendor) : vendor_(vendor) {
    char name[] = "/tmp/halyard-driver-test-XXXXXX";
    folder_ = mkdtemp(name);
  }
  ~Machine() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  // A new file each time, as an installer makes it: another inode.
  void install(const std::string& bytes) {
    std::ofstream(folder_ + "/new", std::ios::binary) << bytes;
    std::filesystem::rename(folder_ + "/new", file());
  }
  std::string file() const { return folder_ + "/" + vendor_.file; }
  // A folder that is searched after the machine's own.
  void also_search(const std::string& folder) { further_ = ":" + folder; }

  // `orders`: what the fake is told. Nothing else is named, so that only what is wrong here is a warning.
  Outcome devices(const std::string& orders = "", bool as_json = true) const {
    std::vector<std::string> words = {"devices"};
    if (as_json) words.emplace_back("--json");
    return run(words, {"HALYARD_LIBRARY_PATH=" + folder_ + further_, "HALYARD_CACHE_DIR=" + folder_ + "/cache",
                       "HALYARD_LOG=warning", "OCL_ICD_VENDORS=/nonexistent", "OCL_ICD_FILENAMES", "COLUMNS=10000",
                       std::string(vendor_.control) + "=" + orders});
  }

 private:
  const Vendor& vendor_;
  std::string folder_;
  std::string further_;
};

// What is said of the vendor's backend.
json said_of(const Vendor& vendor, const Outcome& outcome) {
  const json all = document(outcome);
  for (const json& one : all["backends"]) {
    if (one["name"] == vendor.backend) return one;
  }
  ADD_FAILURE() << "the backend is not listed: " << outcome.out;
  return {};
}

class BadDriver : public testing::TestWithParam<Vendor> {
 protected:
  json backend(const Outcome& outcome) const { return said_of(GetParam(), outcome); }
  bool works(const Outcome& outcome) const { return backend(outcome)["available"].get<bool>(); }

  // A file that does not open is named with `problem`: as the reason, or, where another driver was found, in a warning.
  void expect_problem(const std::string& problem) {
    const Outcome outcome = machine_.devices();
    const json said = backend(outcome);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_EQ(said["driver_failed"], false);
    const std::string reason = said["reason"].is_string() ? said["reason"].get<std::string>() : "";
    const std::string text = reason + "\n" + outcome.err;
    EXPECT_NE(text.find(machine_.file()), std::string::npos) << text;
    EXPECT_NE(text.find(problem), std::string::npos) << text;
    if (!said["available"].get<bool>()) {
      EXPECT_TRUE(said["cure"].is_string()) << said;
    }
  }

  Machine machine_{GetParam()};
  const std::string good_ = contents(GetParam().fake);
};

TEST_P(BadDriver, ThatIsMissingIsAReasonWithACureAndNoWarning) {
  const Outcome outcome = machine_.devices();
  const json said = backend(outcome);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  if (said["available"].get<bool>()) GTEST_SKIP() << "this machine has a driver and a device of this vendor";
  EXPECT_TRUE(said["reason"].is_string() && said["cure"].is_string()) << said;
  EXPECT_EQ(said["driver_failed"], false);
}

TEST_P(BadDriver, ThatIsGoodIsThere) {
  machine_.install(good_);
  const Outcome outcome = machine_.devices();
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_TRUE(works(outcome)) << outcome.out;
  EXPECT_EQ(backend(outcome)["library"], machine_.file());
}

TEST_P(BadDriver, ThatIsGoodTellsWhichOfItsDevicesReachOneAnother) {
  machine_.install(good_);
  for (const auto& [orders, access, words] : {std::tuple("peers=1", "kernels", "kernels and copies reach "),
                                              {"peers=0", GetParam().apart, GetParam().apart_text}}) {
    const std::string first = std::string(GetParam().backend) + ":0";
    const std::string second = std::string(GetParam().backend) + ":1";
    const json all = document(machine_.devices(orders));
    for (const json& device : all["devices"]) {
      if (device["backend"] != GetParam().backend) {
        EXPECT_TRUE(device["peers"].empty()) << "of one device there are none";
        continue;
      }
      const std::string other = device["selector"] == first ? second : first;
      EXPECT_EQ(device["peers"], json::array({{{"selector", other}, {"access", access}}}));
    }
    const Outcome text = machine_.devices(orders, false);
    EXPECT_NE(text.out.find(words + second + "\n"), std::string::npos) << text.out;
  }
}

TEST_P(BadDriver, ThatIsCutOffIsNamedSo) {
  Elf64_Ehdr header{};
  std::memcpy(&header, good_.data(), sizeof header);
  machine_.install(good_.substr(0, header.e_phoff + header.e_phnum * sizeof(Elf64_Phdr)));
  expect_problem("is cut off: it has ");
  machine_.install(good_.substr(0, 40));
  expect_problem("is cut off: it has 40 bytes");
  machine_.install("");
  expect_problem("is no shared library");
}

TEST_P(BadDriver, ThatIsNoLibraryIsNamedSo) {
  machine_.install("<html>not found</html>" + std::string(100, ' '));
  expect_problem("is no shared library");
}

TEST_P(BadDriver, OfAnotherProcessorIsNamedSo) {
  std::string foreign = good_;
  Elf64_Ehdr header{};
  std::memcpy(&header, good_.data(), sizeof header);
  const bool is_arm = header.e_machine == EM_AARCH64;
  foreign[offsetof(Elf64_Ehdr, e_machine)] = static_cast<char>(is_arm ? EM_X86_64 : EM_AARCH64);
  machine_.install(foreign);
  expect_problem(is_arm ? "is for x86-64, and this process runs on arm64"
                        : "is for arm64, and this process runs on x86-64");
  foreign[EI_CLASS] = ELFCLASS32;
  foreign[offsetof(Elf64_Ehdr, e_machine)] = static_cast<char>(EM_386);
  machine_.install(foreign);
  expect_problem("is for 32-bit x86, and this process runs on");
}

TEST_P(BadDriver, ThatDoesNotOpenIsPassedOverForTheNextWithAWarning) {
  machine_.install(good_.substr(0, 40));
  machine_.also_search(std::filesystem::path(GetParam().fake).parent_path());
  const Outcome outcome = machine_.devices();
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_TRUE(works(outcome)) << outcome.out;
  EXPECT_EQ(backend(outcome)["library"], GetParam().fake);
  EXPECT_NE(
      outcome.err.find(machine_.file() + " is cut off: it has 40 bytes; " + GetParam().fake + " was opened instead"),
      std::string::npos)
      << outcome.err;
}

TEST_P(BadDriver, ThatLacksFunctionsIsRefusedByTheFirst) {
  machine_.install(contents(GetParam().bare));
  const Outcome outcome = machine_.devices();
  const json said = backend(outcome);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(said["available"], false);
  EXPECT_NE(said["reason"].get<std::string>().find(machine_.file() + " has no function "), std::string::npos) << said;
  EXPECT_TRUE(said["cure"].is_string()) << said;
}

class VersionedDriver : public BadDriver {};

TEST_P(VersionedDriver, ThatIsOlderThanAnyWeKnowIsRefusedByItsVersion) {
  machine_.install(good_);
  const Outcome outcome = machine_.devices(GetParam().old);
  const json said = backend(outcome);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(said["available"], false);
  EXPECT_NE(said["reason"].get<std::string>().find(GetParam().old_text), std::string::npos) << said;
  EXPECT_TRUE(said["cure"].is_string()) << said;
}

TEST_P(BadDriver, ThatAnswersWithAnErrorIsNotThereForThatReason) {
  machine_.install(good_);
  const Outcome outcome = machine_.devices(std::string("fail=") + GetParam().begin + " 1 999");
  EXPECT_EQ(backend(outcome)["available"], false);
  EXPECT_EQ(backend(outcome)["driver_failed"], false) << "it answered";
  EXPECT_NE(backend(outcome)["reason"].get<std::string>().find(GetParam().code), std::string::npos) << outcome.out;
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
}

// With the order to abort or to hang gone the answer is the same, until the file is another.
void expect_failed_until_it_changes(const Vendor& vendor, Machine& machine, const std::string& good,
                                    const Outcome& first, const std::string& how) {
  json now = said_of(vendor, first);
  EXPECT_EQ(first.exit_code, 1) << "a warning";
  EXPECT_EQ(now["available"], false);
  EXPECT_EQ(now["driver_failed"], true);
  EXPECT_EQ(now["library"], machine.file());
  EXPECT_EQ(now["reason"], "the driver " + how + " when it was tried in halyard-worker");
  EXPECT_EQ(now["cure"], "reinstall or remove it");

  const Outcome text = machine.devices("", false);
  EXPECT_EQ(text.exit_code, 1);
  EXPECT_NE(text.out.find("not there: the driver " + how), std::string::npos) << text.out;
  EXPECT_NE(text.out.find("(" + machine.file() + ")"), std::string::npos) << text.out;
  EXPECT_NE(text.out.find("to have it: reinstall or remove it"), std::string::npos) << text.out;
  const Outcome second = machine.devices();
  now = said_of(vendor, second);
  EXPECT_EQ(second.exit_code, 1);
  EXPECT_EQ(now["reason"], "the driver " + how + " when it was tried in halyard-worker") << "it is remembered";
  EXPECT_NE(now["cure"].get<std::string>().find("it is left alone for"), std::string::npos) << now;

  machine.install(good);
  const Outcome third = machine.devices();
  EXPECT_EQ(third.exit_code, 0) << third.err;
  EXPECT_EQ(said_of(vendor, third)["available"], true) << "another file, and another chance";
}

TEST_P(BadDriver, ThatAbortsIsAWarningAndLeftAloneUntilItsFileChanges) {
  machine_.install(good_);
  const Outcome outcome = machine_.devices(std::string("abort=") + GetParam().begin);
  expect_failed_until_it_changes(GetParam(), machine_, good_, outcome, "crashed with SIGABRT");
}

TEST_P(BadDriver, ThatAbortsIsNamedByTheFileThatWasOpenedAndNotByOneThatWasPassedOver) {
  machine_.install(good_.substr(0, 40));
  machine_.also_search(std::filesystem::path(GetParam().fake).parent_path());
  for (const char* when : {"first", "remembered"}) {
    const json said = backend(machine_.devices(std::string("abort=") + GetParam().begin));
    EXPECT_EQ(said["driver_failed"], true) << when;
    EXPECT_EQ(said["library"], GetParam().fake) << when;
  }
}

INSTANTIATE_TEST_SUITE_P(Of, BadDriver, testing::ValuesIn(kVendors),
                         [](const auto& tested) { return std::string(tested.param.backend); });

INSTANTIATE_TEST_SUITE_P(Of, VersionedDriver, testing::Values(kVendors[0], kVendors[1]),
                         [](const auto& tested) { return std::string(tested.param.backend); });

// The vendors together, since the worker's limit is 20 s.
TEST(BadDrivers, ThatHangAreStoppedAndAWarningAndLeftAloneUntilTheirFilesChange) {
  std::vector<std::thread> threads;
  for (const Vendor& vendor : kVendors) {
    threads.emplace_back([&vendor] {
      Machine machine(vendor);
      const std::string good = contents(vendor.fake);
      machine.install(good);
      const Outcome outcome = machine.devices(std::string("hang=") + vendor.begin);
      expect_failed_until_it_changes(vendor, machine, good, outcome, "took longer than 20000 ms");
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace tool
