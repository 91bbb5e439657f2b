// What is refused before hwloc sees it, and with which words.
#include <gtest/gtest.h>

#include "runtime/topology/xml_check.hpp"

namespace halyard::topology {
namespace {

struct Outcome {
  hy_status status = HY_OK;
  XmlFormat format = XmlFormat::kHwloc;
  std::string message;
};

Outcome check(std::string_view xml) {
  Outcome outcome;
  hy_error error{};
  outcome.status = check_xml(xml, "file.xml", &outcome.format, &error);
  outcome.message = error.message;
  return outcome;
}

void expect_refused(std::string_view xml, const char* words) {
  const Outcome outcome = check(xml);
  EXPECT_EQ(outcome.status, HY_CORRUPT_ARTIFACT) << xml.substr(0, 80);
  EXPECT_NE(outcome.message.find(words), std::string::npos) << outcome.message;
  EXPECT_EQ(outcome.message.rfind("file.xml: ", 0), 0u) << outcome.message;
}

constexpr const char* kWhole =
    "<?xml version=\"1.0\"?>\n<!DOCTYPE topology SYSTEM \"hwloc2.dtd\">\n<!-- note > here -->\n"
    "<topology version=\"2.0\">\n  <object type=\"Machine\" os_index=\"0\"><info name=\"a\" value='b > "
    "c'/></object>\n</topology>\n";

TEST(TopologyXml, what_hwloc_and_nccl_write_is_told_apart) {
  EXPECT_EQ(check(kWhole).status, HY_OK) << check(kWhole).message;
  EXPECT_EQ(check(kWhole).format, XmlFormat::kHwloc);
  const Outcome nccl = check("<system version=\"1\"><cpu numaid=\"0\"/></system>");
  EXPECT_EQ(nccl.status, HY_OK);
  EXPECT_EQ(nccl.format, XmlFormat::kNccl);
}

TEST(TopologyXml, a_file_cut_off_anywhere_is_refused) {
  const std::string_view whole(kWhole);
  const std::size_t last = whole.rfind('>');
  for (std::size_t length = 0; length <= last; ++length) {
    EXPECT_EQ(check(whole.substr(0, length)).status, HY_CORRUPT_ARTIFACT) << length;
  }
}

TEST(TopologyXml, the_message_names_the_line) {
  EXPECT_NE(check("<topology>\n\n<object type=>\n</topology>").message.find("line 3"), std::string::npos);
}

TEST(TopologyXml, entities_are_refused_before_they_can_expand) {
  expect_refused("<!DOCTYPE topology [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><topology>&b;</topology>",
                 "entities");
  expect_refused("<topology><!DOCTYPE x></topology>", "document type");
  expect_refused("<topology><![CDATA[x]]></topology>", "CDATA");
}

TEST(TopologyXml, too_deep_is_refused) {
  std::string xml = "<topology>";
  for (int i = 0; i < 100000; ++i) xml += "<object>";
  expect_refused(xml, "nested");
}

TEST(TopologyXml, too_many_elements_are_refused) {
  std::string xml = "<topology>";
  for (std::uint32_t i = 0; i <= kMaxXmlElements; ++i) xml += "<o/>";
  expect_refused(xml + "</topology>", "elements");
}

TEST(TopologyXml, too_large_a_file_is_refused) {
  const std::string xml(kMaxXmlBytes + 1, ' ');
  expect_refused(xml, "64 MiB");
}

TEST(TopologyXml, numbers_that_no_machine_has_are_refused) {
  expect_refused("<topology><object os_index=\"4294967294\"/></topology>", "os_index");
  expect_refused("<topology><object os_index=\"-1\"/></topology>", "os_index");
  expect_refused("<topology><distances2 nbobjs=\"100000\"/></topology>", "matrix");
  expect_refused("<topology><u64values length=\"18446744073709551615\"/></topology>", "length");
  expect_refused("<topology><object cpuset=\"" + std::string(kMaxXmlValueBytes + 1, '0') + "\"/></topology>", "64 KiB");
}

TEST(TopologyXml, what_is_no_topology_is_refused) {
  expect_refused("", "empty");
  expect_refused("   \n", "no element");
  expect_refused("{\"nodes\": []}", "outside");
  expect_refused("<html><body/></html>", "<topology>");
  expect_refused(std::string_view("<topology>\0</topology>", 22), "binary");
  expect_refused("<topology></object></topology>", "closes another");
  expect_refused("<topology/><topology/>", "more than one");
  expect_refused("<topology a></topology>", "name=");
  expect_refused("<topology a=b></topology>", "quoted");
  expect_refused("< topology></topology>", "no name");
}

}  // namespace
}  // namespace halyard::topology
