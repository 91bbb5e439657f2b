// `halyard bundle`: what a bundle holds, and what is said of one that is damaged or none.
#include <gtest/gtest.h>

#include <cstring>

#include "halyard/compiler.h"
#include "tool_run.hpp"

namespace tool {
namespace {

using nlohmann::json;

std::string bundle_file(bool with_image = true) {
  const std::string text =
      "HY_WORKGROUP(TILE, 2)\nHY_KERNEL(tiled, HY_IN(float, x), HY_OUT(float4, y), HY_VAL(uint, n))\n{\n}\n"
      "HY_KERNEL(plain, HY_INOUT(int, x))\n{\n}\n";
  const hy_constant tile{"TILE", "16"};
  hy_bundle_writer* writer = nullptr;
  EXPECT_EQ(hy_bundle_writer_create(&writer, nullptr), HY_OK);
  EXPECT_EQ(hy_bundle_writer_add_source(writer, text.data(), text.size(), "some.hk", nullptr), HY_OK);
  EXPECT_EQ(hy_bundle_writer_set_constants(writer, &tile, 1, nullptr), HY_OK);
  const std::string image = "THE BINARY";
  if (with_image) {
    EXPECT_EQ(hy_bundle_writer_add_image(writer, HY_IMAGE_OPENCL_BINARY, "some device", 0, &tile, 1, image.data(),
                                         image.size(), nullptr),
              HY_OK);
  }
  const void* data = nullptr;
  std::uint64_t bytes = 0;
  EXPECT_EQ(hy_bundle_writer_finish(writer, &data, &bytes, nullptr), HY_OK);
  std::string file(static_cast<const char*>(data), bytes);
  hy_bundle_writer_destroy(writer);
  return file;
}

TEST(ToolBundle, the_document_holds_kernels_and_images_with_all_that_they_were_made_of) {
  const std::string bytes = bundle_file();
  const std::string path = file_with(bytes);
  const Outcome outcome = run({"bundle", path, "--json"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  const json all = document(outcome);
  EXPECT_EQ(all["schema"], "halyard.bundle/1");
  EXPECT_EQ(all["file"], path);
  EXPECT_EQ(all["bytes"], bytes.size());
  EXPECT_EQ(all["constants"], json({{"TILE", "16"}}));
  ASSERT_EQ(all["sources"].size(), 1u);
  EXPECT_EQ(all["sources"][0]["file"], "some.hk");
  ASSERT_EQ(all["kernels"].size(), 2u);
  const json& tiled = all["kernels"][0];
  EXPECT_EQ(tiled["name"], "tiled");
  EXPECT_EQ(tiled["source"], "some.hk");
  EXPECT_EQ(tiled["line"], 2);
  EXPECT_EQ(tiled["signature"], "HY_KERNEL(tiled, HY_IN(float, x), HY_OUT(float4, y), HY_VAL(uint, n))");
  EXPECT_EQ(tiled["parameters"][1], json({{"name", "y"}, {"kind", "HY_OUT"}, {"type", "float4"}}));
  EXPECT_EQ(tiled["workgroup"], json({"TILE", "2", "1"}));
  EXPECT_EQ(all["kernels"][1]["workgroup"], nullptr);
  ASSERT_EQ(all["images"].size(), 1u);
  EXPECT_EQ(all["images"][0], json({{"target", "some device"},
                                    {"format", "opencl"},
                                    {"source", "some.hk"},
                                    {"constants", {{"TILE", "16"}}},
                                    {"bytes", 10},
                                    {"damage", nullptr}}));
}

TEST(ToolBundle, the_text_says_the_same) {
  const Outcome outcome = run({"bundle", file_with(bundle_file())}, {"COLUMNS=1000"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  for (const char* part :
       {": 2 kernels, 1 image, ", "Constants: TILE=16\n", "some.hk:2, workgroup TILE x 2 x 1\n",
        "HY_KERNEL(plain, HY_INOUT(int, x)), of some.hk:5\n", "OpenCL binary of some.hk, 10 B, with TILE=16\n"}) {
    EXPECT_NE(outcome.out.find(part), std::string::npos) << part << " in\n" << outcome.out;
  }
  const Outcome none = run({"bundle", file_with(bundle_file(false))});
  EXPECT_NE(none.out.find("none: devices compile the source"), std::string::npos) << none.out;
}

TEST(ToolBundle, a_damaged_image_is_a_warning_and_marked) {
  std::string bytes = bundle_file();
  bytes[bytes.find("THE BINARY")] = 'X';
  const Outcome outcome = run({"bundle", file_with(bytes), "--json"});
  EXPECT_EQ(outcome.exit_code, 1) << outcome.err;
  EXPECT_NE(document(outcome)["images"][0]["damage"].get<std::string>().find("is damaged or cut off"),
            std::string::npos);
  EXPECT_NE(run({"bundle", file_with(bytes)}, {"COLUMNS=1000"}).out.find("; DAMAGED: the image of some.hk"),
            std::string::npos);
}

TEST(ToolBundle, a_file_that_is_damaged_or_none_is_a_failure_and_named) {
  const std::string whole = bundle_file();
  std::string changed = whole;
  changed[200] = static_cast<char>(changed[200] ^ 1);
  for (const std::string& bytes :
       {std::string(), std::string("no bundle"), whole.substr(0, whole.size() / 2), changed}) {
    const std::string path = file_with(bytes);
    const Outcome outcome = run({"bundle", path, "--json"});
    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_EQ(outcome.out, "");
    EXPECT_NE(outcome.err.find(path + " is "), std::string::npos) << outcome.err;
  }
}

TEST(ToolBundle, a_file_that_can_not_be_read_could_not_be_determined) {
  for (const char* path : {"/nonexistent/app.hkb", "/"}) {
    const Outcome outcome = run({"bundle", path});
    EXPECT_EQ(outcome.exit_code, 3) << outcome.out;
    EXPECT_NE(outcome.err.find(std::string(path) + " can't be read: "), std::string::npos) << outcome.err;
  }
  EXPECT_EQ(run({"bundle"}).exit_code, 64);
}

TEST(BundleReader, refuses_what_is_not_there) {
  const std::string file = bundle_file();
  std::vector<std::uint64_t> words(file.size() / 8 + 1);
  std::memcpy(words.data(), file.data(), file.size());
  hy_bundle_reader* reader = nullptr;
  hy_error error{};
  EXPECT_EQ(hy_bundle_reader_open(nullptr, 1, "x", &reader, &error), HY_INVALID_ARGUMENT);
  ASSERT_EQ(hy_bundle_reader_open(words.data(), file.size(), "x", &reader, &error), HY_OK) << error.message;
  hy_bundle_kernel kernel{};
  EXPECT_EQ(hy_bundle_reader_kernel(reader, 0, &kernel, &error), HY_INVALID_ARGUMENT) << "without its size";
  kernel.size = sizeof kernel;
  EXPECT_EQ(hy_bundle_reader_kernel(reader, 2, &kernel, &error), HY_INVALID_ARGUMENT);
  hy_bundle_image image{};
  image.size = sizeof image;
  EXPECT_EQ(hy_bundle_reader_image(reader, 1, &image, &error), HY_INVALID_ARGUMENT);
  const char* name = nullptr;
  EXPECT_EQ(hy_bundle_reader_source(reader, 1, &name, nullptr, &error), HY_INVALID_ARGUMENT);
  const void* data = nullptr;
  std::uint64_t bytes = 0;
  EXPECT_EQ(hy_bundle_reader_image_bytes(reader, 0, &data, &bytes, &error), HY_OK);
  EXPECT_EQ(std::string(static_cast<const char*>(data), bytes), "THE BINARY");
  hy_bundle_reader_close(reader);
  hy_bundle_reader_close(nullptr);
}

}  // namespace
}  // namespace tool
