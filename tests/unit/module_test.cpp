// How a kernel comes to be: which image is taken, what is compiled, how often, and what is said when it fails.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "halyard/compiler.h"
#include "runtime/core/objects.hpp"
#include "runtime/kernels/compile_message.hpp"
#include "tests/unit/fake_compiler.hpp"

namespace {

class Module : public halyard::test::FakeCompiler {
 protected:
  void open(hy_worker_policy policy = HY_WORKER_NEVER) {
    ASSERT_EQ(open_runtime(policy, cache()), HY_OK) << message();
    ASSERT_EQ(open_device(), HY_OK) << message();
  }

  struct Image {
    const char* target;
    const char* bytes;
    std::vector<hy_constant> constants;
  };
  // A bundle with one source and these images.
  std::string with_images(const std::vector<Image>& images, const std::vector<hy_constant>& defaults = {}) {
    const std::string text = "HY_KERNEL(one, HY_OUT(float, x))\n{\n  x[0] = VALUE;\n}\n";
    hy_bundle_writer* writer = nullptr;
    EXPECT_EQ(hy_bundle_writer_create(&writer, nullptr), HY_OK);
    EXPECT_EQ(hy_bundle_writer_add_source(writer, text.data(), text.size(), "user.hk", nullptr), HY_OK);
    hy_bundle_writer_set_constants(writer, defaults.data(), static_cast<std::uint32_t>(defaults.size()), nullptr);
    for (const Image& image : images) {
      EXPECT_EQ(hy_bundle_writer_add_image(writer, HY_IMAGE_OPENCL_BINARY, image.target, 0, image.constants.data(),
                                           static_cast<std::uint32_t>(image.constants.size()), image.bytes,
                                           std::strlen(image.bytes), nullptr),
                HY_OK);
    }
    const void* data = nullptr;
    std::uint64_t bytes = 0;
    EXPECT_EQ(hy_bundle_writer_finish(writer, &data, &bytes, nullptr), HY_OK);
    std::string file(static_cast<const char*>(data), bytes);
    hy_bundle_writer_destroy(writer);
    return file;
  }
  hy_bundle* memory_bundle(const std::string& file) {
    words_.assign(file.size() / 8 + 1, 0);
    std::memcpy(words_.data(), file.data(), file.size());
    hy_bundle* bundle = nullptr;
    EXPECT_EQ(hy_bundle_from_memory(runtime_, words_.data(), file.size(), &bundle, &error_), HY_OK) << message();
    return bundle;
  }

 private:
  std::vector<std::uint64_t> words_;
};

TEST_F(Module, AWorkgroupThatTheSourceFixesMustFitTheDevice) {
  open();
  const std::string text =
      "HY_WORKGROUP(64)\nHY_KERNEL(k_64, HY_OUT(float, x))\n{\n}\nHY_WORKGROUP(65)\nHY_KERNEL(k_65, HY_OUT(float, "
      "x))\n{\n}\n";
  hy_bundle* bundle = nullptr;
  ASSERT_EQ(hy_bundle_from_source(runtime_, text.data(), text.size(), "user.hk", &bundle, &error_), HY_OK) << message();
  hy_kernel* kernel = nullptr;
  EXPECT_EQ(hy_kernel_create(device_, bundle, "k_64", nullptr, 0, &kernel, &error_), HY_OK) << message();
  hy_kernel_info info{};
  info.size = offsetof(hy_kernel_info, preferred_multiple);
  info.preferred_multiple = 77;
  EXPECT_EQ(hy_kernel_get_info(kernel, &info, &error_), HY_OK);
  EXPECT_EQ(info.workgroup[0], 64u);
  EXPECT_EQ(info.preferred_multiple, 77u) << "past the caller's size";
  hy_kernel_release(kernel);
  EXPECT_EQ(hy_kernel_create(device_, bundle, "k_65", nullptr, 0, &kernel, &error_), HY_UNSUPPORTED);
  EXPECT_NE(message().find("65 x 1 x 1"), std::string::npos) << message();
  hy_bundle_release(bundle);
}

TEST_F(Module, IsCompiledOnceForAllKernelsOfItsSource) {
  open();
  hy_bundle* bundle = source_bundle("text");
  EXPECT_EQ(make(bundle, "one"), HY_OK) << message();
  EXPECT_EQ(info_.from_cache, 0u);
  EXPECT_EQ(info_.format, static_cast<hy_image_format>(HY_IMAGE_OPENCL_BINARY));
  EXPECT_EQ(info_.local_bytes, 12u);
  EXPECT_EQ(make(bundle, "two"), HY_OK);
  EXPECT_EQ(make(bundle, "one"), HY_OK) << "also after every kernel was released";
  EXPECT_EQ(count("compiles"), 1u);
  EXPECT_EQ(count("loads"), 1u);
  hy_bundle_release(bundle);
  EXPECT_EQ(count("unloads"), 1u) << "it goes with its bundle";
}

TEST_F(Module, IsCompiledOnceByManyThreads) {
  open();
  hy_bundle* bundle = source_bundle("text");
  std::atomic<int> good{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      hy_kernel* kernel = nullptr;
      good += hy_kernel_create(device_, bundle, "one", nullptr, 0, &kernel, nullptr) == HY_OK;
      hy_kernel_release(kernel);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 8);
  EXPECT_EQ(count("compiles"), 1u);
  hy_bundle_release(bundle);
}

TEST_F(Module, IsTakenFromTheCacheByTheNextProcess) {
  for (int i = 0; i < 2; ++i) {
    open();
    hy_bundle* bundle = source_bundle("text");
    EXPECT_EQ(make(bundle), HY_OK) << message();
    EXPECT_EQ(info_.from_cache, i == 0 ? 0u : 1u);
    hy_bundle_release(bundle);
    close_runtime();
  }
  EXPECT_EQ(count("compiles"), 1u);
}

TEST_F(Module, IsCompiledAgainWhenTheCompilerOrTheSourceChanges) {
  const char* const steps[][2] = {{"1", "text"}, {"1", "text"}, {"2", "text"}, {"2", "other"}};
  for (const auto& step : steps) {
    tell("version", step[0]);
    open();
    hy_bundle* bundle = source_bundle(step[1]);
    EXPECT_EQ(make(bundle), HY_OK) << message();
    hy_bundle_release(bundle);
    close_runtime();
  }
  EXPECT_EQ(count("compiles"), 3u);
}

TEST_F(Module, IsMadeForEverySetOfConstants) {
  open();
  hy_bundle* bundle = source_bundle("TILE, ROWS");
  const hy_constant one[] = {{"TILE", "8"}, {"ROWS", "2"}};
  const hy_constant same[] = {{"ROWS", "2"}, {"TILE", "8"}};
  const hy_constant other[] = {{"TILE", "16"}, {"ROWS", "2"}};
  EXPECT_EQ(make(bundle, "one", one, 2), HY_OK) << message();
  EXPECT_EQ(make(bundle, "one", same, 2), HY_OK);
  EXPECT_EQ(count("compiles"), 1u) << "their order does not matter";
  EXPECT_EQ(make(bundle, "one", other, 2), HY_OK);
  EXPECT_EQ(make(bundle, "one"), HY_OK);
  EXPECT_EQ(count("compiles"), 3u);
  hy_bundle_release(bundle);
}

TEST_F(Module, RefusesConstantsThatAreNone) {
  open();
  hy_bundle* bundle = source_bundle("text");
  const hy_constant bad[][2] = {{{"2X", "1"}, {"A", "1"}},        {{"A B", "1"}, {"A", "1"}},
                                {{"X", "1\n#error"}, {"A", "1"}}, {{"A", "1"}, {"A", "2"}},
                                {{nullptr, "1"}, {"A", "1"}},     {{"X", nullptr}, {"A", "1"}},
                                {{"X", "1\\"}, {"A", "1"}}};
  for (const auto& constants : bad) EXPECT_EQ(make(bundle, "one", constants, 2), HY_INVALID_ARGUMENT);
  EXPECT_EQ(make(bundle, "one", nullptr, 2), HY_INVALID_ARGUMENT);
  const hy_constant unknown[] = {{"A", "1"}, {"tex", "1"}};
  EXPECT_EQ(make(bundle, "one", unknown, 2), HY_INVALID_ARGUMENT);
  EXPECT_NE(message().find("constant A: no source"), std::string::npos) << message();
  EXPECT_EQ(make(bundle, "one", unknown + 1, 1), HY_INVALID_ARGUMENT) << "a part of a word is not the word";
  EXPECT_EQ(count("compiles"), 0u);
  hy_bundle_release(bundle);
}

TEST_F(Module, OfTheCacheThatTheDeviceRefusesIsCompiledAgain) {
  open();
  hy_bundle* bundle = source_bundle("text");
  ASSERT_EQ(make(bundle), HY_OK);
  hy_bundle_release(bundle);
  close_runtime();
  tell("refuse", "the next load");
  open();
  bundle = source_bundle("text");
  EXPECT_EQ(make(bundle), HY_OK) << message();
  EXPECT_EQ(count("compiles"), 2u);
  EXPECT_EQ(info_.from_cache, 0u);
  hy_bundle_release(bundle);
}

TEST_F(Module, TakesTheBestImageOfTheBundle) {
  open();
  hy_bundle* bundle =
      memory_bundle(with_images({{"other", "for another", {}}, {"", "for any", {}}, {"fake1", "for it", {}}}));
  EXPECT_EQ(make(bundle), HY_OK) << message();
  EXPECT_EQ(noted("loads"), "for it\n");
  EXPECT_EQ(count("compiles"), 0u);
  EXPECT_EQ(info_.from_cache, 1u) << "nothing had to be compiled";
  hy_bundle_release(bundle);
}

TEST_F(Module, TakesOnlyAnImageOfItsConstants) {
  open();
  const hy_constant eight{"VALUE", "8"};
  hy_bundle* bundle = memory_bundle(with_images({{"fake1", "plain", {}}, {"fake1", "with 8", {eight}}}));
  EXPECT_EQ(make(bundle, "one", &eight, 1), HY_OK) << message();
  EXPECT_EQ(noted("loads"), "with 8\n");
  const hy_constant nine{"VALUE", "9"};
  EXPECT_EQ(make(bundle, "one", &nine, 1), HY_OK);
  EXPECT_EQ(count("compiles"), 1u);
  hy_bundle_release(bundle);
}

TEST_F(Module, UsesTheBundlesOwnConstantsUnlessToldOtherwise) {
  open();
  const hy_constant eight{"VALUE", "8"};
  hy_bundle* bundle = memory_bundle(with_images({{"fake1", "with 8", {eight}}}, {eight}));
  EXPECT_EQ(make(bundle), HY_OK) << message();
  EXPECT_EQ(noted("loads"), "with 8\n");
  hy_bundle_release(bundle);
}

TEST_F(Module, TakesTheNextImageWhenOneCanNotBeLoaded) {
  open();
  hy_bundle* bundle = memory_bundle(with_images({{"fake1", "FAKE_UNLOADABLE", {}}, {"", "for any", {}}}));
  EXPECT_EQ(make(bundle), HY_OK) << message();
  EXPECT_EQ(noted("loads"), "FAKE_UNLOADABLE\nfor any\n");
  EXPECT_NE(log().find("the fake driver refuses this image"), std::string::npos);
  hy_bundle_release(bundle);
}

TEST_F(Module, TakesTheNextImageWhenOneIsDamaged) {
  open();
  std::string file = with_images({{"damaged", "ORIGINAL", {}}, {"", "for any", {}}});
  file[file.find("ORIGINAL")] = 'X';
  hy_bundle* bundle = memory_bundle(file);
  EXPECT_EQ(make(bundle), HY_OK) << message();
  EXPECT_EQ(noted("loads"), "for any\n");
  hy_bundle_release(bundle);
}

TEST_F(Module, WithoutCompilerSaysWhichImageIsDamaged) {
  tell("driver", "FAKE_NO_COMPILER");
  open();
  std::string file = with_images({{"damaged", "ORIGINAL", {}}});
  file[file.find("ORIGINAL")] = 'X';
  hy_bundle* bundle = memory_bundle(file);
  EXPECT_EQ(make(bundle), HY_CORRUPT_ARTIFACT);
  EXPECT_EQ(message(),
            "one (user.hk): the image for 'damaged' (OpenCL binary) of the bundle in memory can't be used on fake:0 "
            "(Fake): the image of user.hk for 'damaged' is damaged or cut off (its checksum); make it again with "
            "halyardc. And this device does not compile kernels here: no compiler for it was found; add one with "
            "halyardc, or install its vendor's run-time compiler");
  hy_bundle_release(bundle);
}

TEST_F(Module, WithoutImageAndCompilerSaysSo) {
  tell("driver", "FAKE_NO_COMPILER");
  open();
  hy_bundle* bundle = memory_bundle(with_images({{"other", "for another", {}}}));
  EXPECT_EQ(make(bundle), HY_UNSUPPORTED);
  EXPECT_EQ(
      message(),
      "one (user.hk): the bundle in memory has no image for fake:0 (Fake, fake1), and this device does not compile "
      "kernels here: no compiler for it was found; add one with halyardc, or install its vendor's run-time "
      "compiler. For other devices: 'other' (OpenCL binary)");
  hy_bundle_release(bundle);
}

TEST_F(Module, WithoutCompilerSaysWhatBecameOfEveryImage) {
  tell("driver", "FAKE_NO_COMPILER");
  open();
  const hy_constant eight{"VALUE", "8"};
  const std::string file = with_images({{"other", "for another", {}},
                                        {"", "FAKE_UNLOADABLE", {}},
                                        {"fake1", "FAKE_UNLOADABLE at best", {}},
                                        {"fake1", "with 8", {eight}}});
  tell("kernels.hkb", file);
  hy_bundle* bundle = nullptr;
  const std::string path = folder_ + "/kernels.hkb";
  ASSERT_EQ(hy_bundle_from_file(runtime_, path.c_str(), &bundle, &error_), HY_OK) << message();
  EXPECT_EQ(make(bundle), HY_INTERNAL);
  const std::string begin = "one (user.hk): the image for 'fake1' (OpenCL binary) of " + path +
                            " can't be used on fake:0 (Fake): the fake driver refuses this image. And this device does";
  EXPECT_EQ(message().substr(0, begin.size()), begin);
  const std::string end =
      ". Also tried: any device (OpenCL binary) (internal). For this device, but of other constants: 'fake1' (OpenCL "
      "binary) with VALUE=8. For other devices: 'other' (OpenCL binary)";
  ASSERT_GT(message().size(), end.size());
  EXPECT_EQ(message().substr(message().size() - end.size()), end);
  EXPECT_NE(log().find(begin.substr(0, begin.find(". And"))), std::string::npos) << log();
  hy_bundle_release(bundle);
}

TEST_F(Module, WithoutCompilerSaysThatOnlyTheConstantsDiffer) {
  tell("driver", "FAKE_NO_COMPILER");
  open();
  const hy_constant eight{"VALUE", "8"};
  const hy_constant nine{"VALUE", "9"};
  hy_bundle* bundle = memory_bundle(with_images({{"fake1", "with 8", {eight}}, {"fake1", "plain", {}}}));
  EXPECT_EQ(make(bundle, "one", &nine, 1), HY_UNSUPPORTED);
  EXPECT_NE(message().find("has no image for fake:0 (Fake, fake1) with VALUE=9 (only the constants differ), and"),
            std::string::npos)
      << message();
  EXPECT_NE(message().find("For this device, but of other constants: 'fake1' (OpenCL binary) with VALUE=8, 'fake1' "
                           "(OpenCL binary) without constants"),
            std::string::npos)
      << message();
  hy_bundle_release(bundle);
}

TEST_F(Module, WithoutCompilerListsNoMoreImagesThanAreRead) {
  tell("driver", "FAKE_NO_COMPILER");
  open();
  std::vector<std::string> names;
  for (int i = 0; i < 40; ++i) names.push_back("other" + std::to_string(i) + std::string(i == 0 ? 500 : 0, 'x'));
  std::vector<Image> images;
  for (const std::string& name : names) images.push_back({name.c_str(), "for another", {}});
  hy_bundle* bundle = memory_bundle(with_images(images));
  EXPECT_EQ(make(bundle), HY_UNSUPPORTED);
  EXPECT_NE(message().find("xxx...'"), std::string::npos) << message();
  EXPECT_NE(message().find("'other5' (OpenCL binary) and 34 more"), std::string::npos) << message();
  hy_bundle_release(bundle);
}

TEST_F(Module, SaysTheUsersFileAndLineWhenItsSourceDoesNotCompile) {
  for (const hy_worker_policy policy : {HY_WORKER_NEVER, HY_WORKER_REQUIRE}) {
    open(policy);
    hy_bundle* bundle = source_bundle("FAKE_BAD");
    EXPECT_EQ(make(bundle), HY_COMPILE_FAILED);
    EXPECT_EQ(message(), "user.hk:3:5: error: FAKE_BAD is not good\nuser.hk:4:1: error: and more");
    EXPECT_NE(log().find("1 warning: nothing\nIn file included from somewhere\n"), std::string::npos) << log();
    EXPECT_EQ(make(bundle), HY_COMPILE_FAILED) << "again, and not remembered";
    hy_bundle_release(bundle);
    close_runtime();
  }
}

TEST_F(Module, ThatLacksAKernelSaysWhichAndWhere) {
  tell("driver", "FAKE_NO_KERNEL");
  open();
  hy_bundle* bundle = source_bundle("text");
  EXPECT_EQ(make(bundle, "two"), HY_CORRUPT_ARTIFACT);
  EXPECT_EQ(message(), "two (user.hk) on fake:0 (Fake): the fake driver finds no such kernel");
  hy_bundle_release(bundle);
}

TEST_F(Module, ListsTheKernelsWhenANameIsUnknown) {
  open();
  hy_bundle* bundle = source_bundle("text");
  EXPECT_EQ(make(bundle, "three"), HY_INVALID_ARGUMENT);
  EXPECT_EQ(message(), "the bundle has no kernel 'three'; it has: one, two");
  hy_bundle_release(bundle);
}

TEST_F(Module, OutlivesTheHandlesItWasMadeWith) {
  open();
  hy_bundle* bundle = source_bundle("text");
  hy_kernel* kernel = nullptr;
  ASSERT_EQ(hy_kernel_create(device_, bundle, "one", nullptr, 0, &kernel, &error_), HY_OK) << message();
  hy_bundle_release(bundle);
  close_runtime();
  const hy_signature* signature = nullptr;
  ASSERT_EQ(hy_kernel_get_signature(kernel, &signature, nullptr), HY_OK);
  EXPECT_STREQ(signature->params[0].name, "x");
  EXPECT_EQ(count("unloads"), 0u);
  hy_kernel_release(kernel);
  EXPECT_EQ(count("unloads"), 1u);
}

TEST_F(Module, GivesKernelsSmallNumbersAndUsesThemAgain) {
  open();
  hy_bundle* bundle = source_bundle("text");
  hy_kernel* kernels[3] = {};
  for (hy_kernel*& kernel : kernels)
    ASSERT_EQ(hy_kernel_create(device_, bundle, "one", nullptr, 0, &kernel, nullptr), HY_OK);
  const std::uint32_t middle = kernels[1]->slot;
  EXPECT_NE(kernels[0]->slot, kernels[1]->slot);
  EXPECT_LT(kernels[2]->slot, 3u);
  hy_kernel_release(kernels[1]);
  ASSERT_EQ(hy_kernel_create(device_, bundle, "two", nullptr, 0, &kernels[1], nullptr), HY_OK);
  EXPECT_EQ(kernels[1]->slot, middle);
  for (hy_kernel* kernel : kernels) hy_kernel_release(kernel);
  hy_bundle_release(bundle);
}

TEST(CompileMessage, BeginsWithTheUsersFileInEveryCompilersStyle) {
  const auto say = [](const char* log) {
    hy_error error{};
    std::snprintf(error.message, sizeof error.message, "the compiler failed");
    halyard::kernels::say_first_errors(log, "a.hk", &error);
    return std::string(error.message);
  };
  EXPECT_EQ(say("prelude.h:1: note: x\na.hk:7:2: warning: y\na.hk:9:1: error: z\n"), "a.hk:9:1: error: z");
  EXPECT_EQ(say("a.hk(12): error: identifier undefined\n"), "a.hk:12: error: identifier undefined");
  EXPECT_EQ(say("a.hk(12): error: one\n  f(3);\na.hk(345): error: two a.hk(x) a.hk(\n"),
            "a.hk:12: error: one\n  f(3);\na.hk:345: error: two a.hk(x) a.hk(");
  EXPECT_EQ(say("error: /tmp/x.cl\n  a.hk:5:1: something\n"), "a.hk:5:1: something");
  EXPECT_EQ(
      say("halyard/host.hpp:9:5: error: no member 'local'\na.hk:4:11: note: in expansion of macro 'hy_local_id'\n"),
      "a.hk:4:11: error: no member 'local'\na.hk:4:11: note: in expansion of macro 'hy_local_id'");
  EXPECT_EQ(say("p.hpp:5:1: warning: w\na.hk:3:1: note: in expansion of macro 'X'\np.hpp:9:5: error: e\n"
                "a.hk:8:2: note: in expansion of macro 'Y'\n"),
            "a.hk:8:2: error: e\na.hk:8:2: note: in expansion of macro 'Y'")
      << "a note belongs to the message before it";
  EXPECT_EQ(say("a.hk(4): error: expected a \";\"\n  y = 1;\n"),
            "a.hk:4: error: expected a \";\" (is there one at the end of the line before?)\n  y = 1;");
  EXPECT_EQ(say("nothing that helps, in a.hk or b.hk:3"), "the compiler failed");
  EXPECT_EQ(say(""), "the compiler failed");
  EXPECT_LT(say(("a.hk:1: error: " + std::string(5000, 'x')).c_str()).size(),
            static_cast<std::size_t>(HY_MESSAGE_CAPACITY));
}

}  // namespace
