// Drivers and compilers that crash, hang or exit do so in halyard-worker; the host gets a sentence.
#include "runtime/worker/worker.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <thread>

#include "runtime/core/objects.hpp"
#include "runtime/kernels/cache.hpp"
#include "runtime/worker/locate.hpp"
#include "runtime/worker/protocol.hpp"
#include "tests/unit/fake_compiler.hpp"

namespace {

using halyard::test::FakeCompiler;
using halyard::worker::Compiled;
using halyard::worker::Worker;

class WorkerProbe : public FakeCompiler {
 protected:
  hy_status find() { return open_device(); }
};

TEST_F(WorkerProbe, TriesADriverThatWasNotSeenBeforeInTheWorker) {
  ASSERT_EQ(open_runtime(HY_WORKER_PREFER, cache()), HY_OK) << message();
  ASSERT_EQ(find(), HY_OK) << message();
  EXPECT_EQ(count("probes"), 2u) << "once there, once here";
  EXPECT_EQ(noted("probes").find(std::to_string(getpid()) + "\n"), noted("probes").find('\n') + 1) << "there first";
}

TEST_F(WorkerProbe, RemembersAGoodDriver) {
  for (int i = 0; i < 2; ++i) {
    ASSERT_EQ(open_runtime(HY_WORKER_PREFER, cache()), HY_OK);
    ASSERT_EQ(find(), HY_OK);
    close_runtime();
  }
  EXPECT_EQ(count("probes"), 3u);
}

TEST_F(WorkerProbe, TriesADriverAgainWhenItsFileChanges) {
  for (const char* driver : {"GOOD", "GOOD, AND NEW"}) {
    tell("driver", driver);
    ASSERT_EQ(open_runtime(HY_WORKER_PREFER, cache()), HY_OK);
    ASSERT_EQ(find(), HY_OK);
    close_runtime();
  }
  EXPECT_EQ(count("probes"), 4u);
}

TEST_F(WorkerProbe, KeepsADriverThatCrashesOutOfTheHost) {
  tell("driver", "FAKE_CRASH");
  ASSERT_EQ(open_runtime(HY_WORKER_PREFER, cache()), HY_OK);
  EXPECT_EQ(find(), HY_UNAVAILABLE);
  EXPECT_NE(message().find("crashed with SIGABRT"), std::string::npos) << message();
  hy_backend_info info{};
  info.size = sizeof info;
  ASSERT_EQ(hy_runtime_backend_info(runtime_, 0, &info, &error_), HY_OK);
  EXPECT_EQ(info.available, 0u);
  EXPECT_NE(std::string(info.reason).find("SIGABRT"), std::string::npos) << info.reason;
  EXPECT_EQ(info.driver_failed, 1u);
}

TEST_F(WorkerProbe, NamesTheLibraryThatWasOpenedLastBeforeTheCrash) {
  tell("driver", "FAKE_LIBRARY FAKE_CRASH");
  for (const char* when : {"tried", "remembered"}) {
    ASSERT_EQ(open_runtime(HY_WORKER_PREFER, cache()), HY_OK);
    EXPECT_EQ(find(), HY_UNAVAILABLE);
    hy_backend_info info{};
    info.size = sizeof info;
    ASSERT_EQ(hy_runtime_backend_info(runtime_, 0, &info, &error_), HY_OK);
    EXPECT_NE(std::string(info.library).find("/libm.so.6"), std::string::npos) << when << ": " << info.library;
    close_runtime();
  }
}

TEST_F(WorkerProbe, IsGoodWhateverLibrariesTheDriverOpens) {
  tell("driver", "FAKE_LIBRARY");
  ASSERT_EQ(open_runtime(HY_WORKER_REQUIRE, cache()), HY_OK);
  EXPECT_EQ(find(), HY_OK) << message();
}

TEST_F(WorkerProbe, KeepsADriverThatExitsOutOfTheHost) {
  tell("driver", "FAKE_EXIT");
  ASSERT_EQ(open_runtime(HY_WORKER_PREFER, cache()), HY_OK);
  EXPECT_EQ(find(), HY_UNAVAILABLE);
  EXPECT_NE(message().find("exit code 7"), std::string::npos) << message();
}

TEST_F(WorkerProbe, RemembersABadDriverForAWhile) {
  tell("driver", "FAKE_CRASH");
  for (int i = 0; i < 2; ++i) {
    ASSERT_EQ(open_runtime(HY_WORKER_PREFER, cache()), HY_OK);
    EXPECT_EQ(find(), HY_UNAVAILABLE);
    close_runtime();
  }
  EXPECT_EQ(count("probes"), 1u);
  EXPECT_NE(message().find("crashed with SIGABRT when it was tried"), std::string::npos) << message();
  tell("driver", "GOOD NOW");
  ASSERT_EQ(open_runtime(HY_WORKER_PREFER, cache()), HY_OK);
  EXPECT_EQ(find(), HY_OK) << message();
}

TEST_F(WorkerProbe, AsksADriverWithoutDevicesHereForItsReason) {
  tell("driver", "FAKE_NONE");
  ASSERT_EQ(open_runtime(HY_WORKER_PREFER, cache()), HY_OK);
  EXPECT_EQ(find(), HY_UNAVAILABLE);
  EXPECT_NE(message().find("the fake driver has no device"), std::string::npos) << message();
  hy_backend_info info{};
  info.size = sizeof info;
  ASSERT_EQ(hy_runtime_backend_info(runtime_, 0, &info, &error_), HY_OK);
  EXPECT_EQ(info.driver_failed, 0u) << "it answered";
}

TEST_F(WorkerProbe, IsNotConfusedByADriverThatPrints) {
  tell("driver", "FAKE_PRINT");
  ASSERT_EQ(open_runtime(HY_WORKER_PREFER, cache()), HY_OK);
  EXPECT_EQ(find(), HY_OK) << message();
}

TEST_F(WorkerProbe, OpensTheDriverHereWhereThereIsNoWorkerAndTheApplicationAllowsIt) {
  ASSERT_EQ(open_runtime(HY_WORKER_PREFER, cache(), "/nonexistent/halyard-worker"), HY_OK);
  EXPECT_EQ(find(), HY_OK) << message();
  EXPECT_EQ(count("probes"), 1u);
}

TEST_F(WorkerProbe, RefusesTheDriverWhereThereIsNoWorkerAndOneIsRequired) {
  ASSERT_EQ(open_runtime(HY_WORKER_REQUIRE, cache(), "/nonexistent/halyard-worker"), HY_OK);
  EXPECT_EQ(find(), HY_UNAVAILABLE);
  EXPECT_NE(message().find("/nonexistent/halyard-worker"), std::string::npos) << message();
  EXPECT_EQ(count("probes"), 0u);
}

TEST_F(WorkerProbe, NeverUsesTheWorkerWhenToldSo) {
  ASSERT_EQ(open_runtime(HY_WORKER_NEVER, cache()), HY_OK);
  EXPECT_EQ(find(), HY_OK) << message();
  EXPECT_EQ(count("probes"), 1u);
}

TEST_F(WorkerProbe, WorksWithoutACache) {
  ASSERT_EQ(open_runtime(HY_WORKER_REQUIRE, ""), HY_OK);
  EXPECT_EQ(find(), HY_OK) << message();
}

TEST_F(WorkerProbe, DoesNotTrustAProgramThatIsNoWorker) {
  ASSERT_EQ(open_runtime(HY_WORKER_REQUIRE, cache(), "/bin/true"), HY_OK);
  EXPECT_EQ(find(), HY_UNAVAILABLE);
}

// The worker with time limits of the test's own.
class WorkerDirect : public FakeCompiler {
 protected:
  hy_status compile(const std::string& text, std::uint32_t timeout_ms = 20'000) {
    hy_b_device* handle = nullptr;
    EXPECT_EQ(halyard::core::open_device(device_, &handle, &error_), HY_OK);
    const hy_b_source source{sizeof source, timeout_ms, text.data(), text.size(), "user.hk"};
    compiled_ = {};
    return runtime_->worker->compile(device_, handle, source, &compiled_, &error_);
  }
  Compiled compiled_;
};

TEST_F(WorkerDirect, KillsADriverThatHangs) {
  ASSERT_EQ(open_runtime(HY_WORKER_NEVER, cache()), HY_OK);
  ASSERT_EQ(open_device(), HY_OK);
  halyard::core::Config config = runtime_->config;
  config.worker_policy = HY_WORKER_PREFER;
  tell("driver", "FAKE_HANG");
  Worker worker(config, runtime_->host, *runtime_->cache, 300);
  hy_b_report report{};
  EXPECT_EQ(worker.probe(*device_->table, &report, &error_), HY_UNAVAILABLE);
  EXPECT_NE(message().find("took longer than 300 ms"), std::string::npos) << message();
  EXPECT_NE(std::string(report.reason).find("took longer than 300 ms"), std::string::npos) << report.reason;
  EXPECT_NE(std::string(report.library).find(folder_), std::string::npos) << report.library;
  EXPECT_STRNE(report.cure, "");
}

TEST_F(WorkerDirect, CompilesInAnotherProcess) {
  ASSERT_EQ(open_runtime(HY_WORKER_PREFER, cache()), HY_OK);
  ASSERT_EQ(open_device(), HY_OK) << message();
  ASSERT_EQ(compile("FAKE_PRINT some text"), HY_OK) << message();
  EXPECT_EQ(compiled_.data, "compiled");
  EXPECT_EQ(compiled_.target, "fake1");
  EXPECT_EQ(compiled_.format, static_cast<hy_image_format>(HY_IMAGE_OPENCL_BINARY));
  EXPECT_EQ(compiled_.log, "compiled well");
  EXPECT_NE(noted("compiles"), std::to_string(getpid()) + "\n");
}

TEST_F(WorkerDirect, BringsTheCompilersErrorsBack) {
  ASSERT_EQ(open_runtime(HY_WORKER_PREFER, cache()), HY_OK);
  ASSERT_EQ(open_device(), HY_OK);
  EXPECT_EQ(compile("FAKE_BAD"), HY_COMPILE_FAILED);
  EXPECT_EQ(message(), "the fake compiler gave up");
  EXPECT_NE(compiled_.log.find("FAKE_BAD is not good"), std::string::npos);
}

TEST_F(WorkerDirect, OutlivesACompilerThatCrashes) {
  ASSERT_EQ(open_runtime(HY_WORKER_PREFER, cache()), HY_OK);
  ASSERT_EQ(open_device(), HY_OK);
  EXPECT_EQ(compile("FAKE_CRASH"), HY_COMPILE_FAILED);
  EXPECT_NE(message().find("user.hk: the compiler for Fake crashed with SIGABRT"), std::string::npos) << message();
}

TEST_F(WorkerDirect, KillsACompilerThatHangs) {
  ASSERT_EQ(open_runtime(HY_WORKER_PREFER, cache()), HY_OK);
  ASSERT_EQ(open_device(), HY_OK);
  EXPECT_EQ(compile("FAKE_HANG", 500), HY_TIMEOUT);
  EXPECT_NE(message().find("user.hk"), std::string::npos) << message();
}

TEST_F(WorkerDirect, CompilesHereWithoutAWorkerUnlessOneIsRequired) {
  ASSERT_EQ(open_runtime(HY_WORKER_PREFER, cache(), "/nonexistent"), HY_OK);
  ASSERT_EQ(open_device(), HY_OK);
  EXPECT_EQ(compile("text"), HY_OK) << message();
  EXPECT_EQ(noted("compiles"), std::to_string(getpid()) + "\n");
  halyard::core::Config config = runtime_->config;
  config.worker_policy = HY_WORKER_REQUIRE;
  Worker strict(config, runtime_->host, *runtime_->cache);
  hy_b_device* handle = device_->handle.load();
  const hy_b_source source{sizeof source, 0, "text", 4, "user.hk"};
  EXPECT_EQ(strict.compile(device_, handle, source, &compiled_, &error_), HY_UNAVAILABLE);
}

TEST_F(WorkerDirect, CompilesInManyThreadsAtOnce) {
  ASSERT_EQ(open_runtime(HY_WORKER_PREFER, cache()), HY_OK);
  ASSERT_EQ(open_device(), HY_OK);
  hy_b_device* handle = nullptr;
  ASSERT_EQ(halyard::core::open_device(device_, &handle, nullptr), HY_OK);
  std::atomic<int> good{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      Compiled compiled;
      const hy_b_source source{sizeof source, 0, "text", 4, "user.hk"};
      good += runtime_->worker->compile(device_, handle, source, &compiled, nullptr) == HY_OK &&
              compiled.data == "compiled";
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 4);
}

TEST(WorkerProgram, IsFoundWhereItWasSaidAndNowhereElse) {
  EXPECT_EQ(halyard::worker::locate_worker(HALYARD_WORKER), HALYARD_WORKER);
  EXPECT_EQ(halyard::worker::locate_worker("/nonexistent/halyard-worker"), "");
  EXPECT_EQ(halyard::worker::locate_worker("/tmp"), "");
  EXPECT_EQ(halyard::worker::locate_worker("bin/true"), "");
}

TEST(WorkerProtocol, ReadsAnyBytesWithoutHarm) {
  halyard::worker::WireWriter request;
  halyard::worker::write_setup({"fake", "", "", "", HY_LOG_NONE}, &request);
  halyard::worker::write_compile({0, "id", "identity", "user.hk", "text", 5}, &request);
  const std::string whole = request.bytes();
  for (std::size_t bytes = 0; bytes <= whole.size(); ++bytes) {
    halyard::worker::WireReader reader(std::string_view(whole).substr(0, bytes));
    halyard::worker::Setup setup;
    halyard::worker::CompileRequest compile;
    const bool ours = halyard::worker::read_setup(&reader, &setup);
    halyard::worker::read_compile(&reader, &compile);
    EXPECT_EQ(ours && reader.complete(), bytes == whole.size()) << bytes;
  }
  hy_error error{};
  std::snprintf(error.message, sizeof error.message, "why");
  const std::string reply = halyard::worker::reply_bytes(HY_TIMEOUT, error, "body");
  for (std::size_t bytes = 0; bytes < reply.size(); ++bytes) {
    halyard::worker::Outcome outcome;
    EXPECT_FALSE(halyard::worker::read_reply(std::string_view(reply).substr(0, bytes), &outcome)) << bytes;
  }
  halyard::worker::Outcome outcome;
  ASSERT_TRUE(halyard::worker::read_reply(reply, &outcome));
  EXPECT_EQ(outcome.status, HY_TIMEOUT);
  EXPECT_STREQ(outcome.error.message, "why");
  EXPECT_EQ(outcome.body, "body");
}

}  // namespace
