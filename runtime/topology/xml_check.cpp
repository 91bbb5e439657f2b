// A scanner of tags and attributes: no tree, no entities, no allocation but the stack of open elements.
#include "runtime/topology/xml_check.hpp"

#include <algorithm>
#include <vector>

#include "halyard/detail/error.hpp"

namespace halyard::topology {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
         c == ':' || c == '.';
}

class Scanner {
 public:
  Scanner(std::string_view xml, const char* name, hy_error* error) : xml_(xml), name_(name), error_(error) {}

  hy_status run(XmlFormat* out) {
    if (xml_.substr(0, 3) == "\xEF\xBB\xBF") at_ = 3;
    while (at_ < xml_.size()) {
      if (xml_[at_] != '<') {
        if (open_.empty() && !is_space(xml_[at_])) return wrong("there is text outside of the elements");
        ++at_;
        continue;
      }
      const hy_status status = markup();
      if (status != HY_OK) return status;
    }
    if (root_.empty()) return wrong("there is no element in it");
    if (!open_.empty()) return wrong("it is cut off: an element is never closed");
    if (root_ == "topology") {
      *out = XmlFormat::kHwloc;
    } else if (root_ == "system") {
      *out = XmlFormat::kNccl;
    } else {
      return wrong("its outer element is neither <topology> (hwloc) nor <system> (NCCL, RCCL)");
    }
    return HY_OK;
  }

 private:
  hy_status wrong(const char* rule) {
    const auto end = xml_.begin() + static_cast<std::ptrdiff_t>(std::min(at_, xml_.size()));
    const auto line = 1 + std::count(xml_.begin(), end, '\n');
    return fail(error_, HY_CORRUPT_ARTIFACT, "%s: line %lld: not a topology that can be read: %s.", name_,
                static_cast<long long>(line), rule);
  }

  bool skip_past(std::string_view end) {
    const std::size_t found = xml_.find(end, at_);
    if (found == std::string_view::npos) return false;
    at_ = found + end.size();
    return true;
  }

  void skip_space() {
    while (at_ < xml_.size() && is_space(xml_[at_])) ++at_;
  }

  std::string_view take_name() {
    const std::size_t begin = at_;
    while (at_ < xml_.size() && is_name(xml_[at_])) ++at_;
    return xml_.substr(begin, at_ - begin);
  }

  hy_status markup() {
    const std::string_view rest = xml_.substr(at_);
    if (rest.substr(0, 4) == "<!--") return skip_past("-->") ? HY_OK : wrong("a comment is cut off");
    if (rest.substr(0, 2) == "<?") return skip_past("?>") ? HY_OK : wrong("an instruction is cut off");
    if (rest.substr(0, 9) == "<!DOCTYPE") {
      const std::size_t end = xml_.find_first_of("[>", at_);
      if (end == std::string_view::npos) return wrong("its document type is cut off");
      if (xml_[end] == '[' || !root_.empty())
        return wrong("it declares entities or a document type of its own, which no tool writes");
      at_ = end + 1;
      return HY_OK;
    }
    if (rest.substr(0, 2) == "<!") return wrong("declarations and CDATA are not taken");
    return rest.substr(0, 2) == "</" ? end_tag() : start_tag();
  }

  hy_status end_tag() {
    at_ += 2;
    const std::string_view name = take_name();
    skip_space();
    if (at_ >= xml_.size() || xml_[at_] != '>') return wrong("an end tag is cut off");
    if (open_.empty() || open_.back() != name)
      return wrong("an end tag closes another element than the one that is open");
    open_.pop_back();
    ++at_;
    return HY_OK;
  }

  hy_status start_tag() {
    ++at_;
    const std::string_view name = take_name();
    if (name.empty()) return wrong("a tag has no name");
    if (open_.empty() && !root_.empty()) return wrong("there is more than one outer element");
    if (++elements_ > kMaxXmlElements) return wrong("it has more than 1,048,576 elements");
    if (open_.size() >= kMaxXmlDepth) return wrong("its elements are nested more than 128 deep");
    if (root_.empty()) root_ = name;
    for (;;) {
      skip_space();
      if (at_ >= xml_.size()) return wrong("it is cut off inside a tag");
      if (xml_[at_] == '>') {
        ++at_;
        open_.push_back(name);
        return HY_OK;
      }
      if (xml_[at_] == '/') {
        if (at_ + 1 >= xml_.size() || xml_[at_ + 1] != '>') return wrong("a tag is not closed");
        at_ += 2;
        return HY_OK;
      }
      const hy_status status = attribute(name);
      if (status != HY_OK) return status;
    }
  }

  hy_status attribute(std::string_view element) {
    const std::string_view key = take_name();
    if (key.empty() || at_ + 1 >= xml_.size() || xml_[at_] != '=')
      return wrong("an attribute is not of the form name=\"value\"");
    const char quote = xml_[at_ + 1];
    if (quote != '"' && quote != '\'') return wrong("an attribute's value is not quoted");
    at_ += 2;
    const std::size_t end = xml_.find(quote, at_);
    if (end == std::string_view::npos) return wrong("it is cut off inside an attribute");
    const std::string_view value = xml_.substr(at_, end - at_);
    if (value.size() > kMaxXmlValueBytes) return wrong("an attribute is longer than 64 KiB");
    if (value.find('<') != std::string_view::npos) return wrong("an attribute contains '<'");
    if (key == "os_index" && !at_most(value, kMaxOsIndex)) return wrong("an os_index is not a number up to 1,048,576");
    if (key == "nbobjs" && !at_most(value, kMaxMatrixObjects))
      return wrong("a matrix has no sensible number of objects");
    if (key == "length" && element != "userdata" && !at_most(value, kMaxXmlBytes))
      return wrong("a length is out of range");
    at_ = end + 1;
    return HY_OK;
  }

  static bool at_most(std::string_view text, std::uint64_t limit) {
    if (text.empty() || text.size() > 10) return false;
    std::uint64_t value = 0;
    for (const char c : text) {
      if (c < '0' || c > '9') return false;
      value = value * 10 + static_cast<std::uint64_t>(c - '0');
    }
    return value <= limit;
  }

  std::string_view xml_;
  const char* name_;
  hy_error* error_;
  std::size_t at_ = 0;
  std::uint32_t elements_ = 0;
  std::string_view root_;
  std::vector<std::string_view> open_;
};

}  // namespace

hy_status check_xml(std::string_view xml, const char* name, XmlFormat* out, hy_error* error) {
  if (xml.empty()) return fail(error, HY_CORRUPT_ARTIFACT, "%s: not a topology: it is empty.", name);
  if (xml.size() > kMaxXmlBytes)
    return fail(error, HY_CORRUPT_ARTIFACT, "%s: larger than 64 MiB, which no recorded machine is.", name);
  if (xml.find('\0') != std::string_view::npos) {
    return fail(error, HY_CORRUPT_ARTIFACT, "%s: not a topology: it holds binary data.", name);
  }
  return Scanner(xml, name, error).run(out);
}

}  // namespace halyard::topology
