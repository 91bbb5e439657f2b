// A look at XML before anybody interprets it: what format it is, that it is whole, and that nothing in it is larger
// than a machine can be. Recordings come from strangers, and the reader behind this was written for files that are
// well-meant.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "halyard/types.h"

namespace halyard::topology {

enum class XmlFormat : std::uint8_t { kHwloc, kNccl };

inline constexpr std::uint64_t kMaxXmlBytes = 64ull << 20;
inline constexpr std::uint32_t kMaxXmlElements = 1u << 20;
inline constexpr std::uint32_t kMaxXmlDepth = 128;
inline constexpr std::uint32_t kMaxXmlValueBytes = 64u << 10;  // an attribute's; the set of 100,000 CPUs takes 34 KiB
inline constexpr std::uint64_t kMaxOsIndex = 1u << 20;         // of CPUs and NUMA nodes
inline constexpr std::uint64_t kMaxMatrixObjects = 4096;

// Reads every tag. HY_CORRUPT_ARTIFACT names the line and the rule. `name` is how the message calls the text.
hy_status check_xml(std::string_view xml, const char* name, XmlFormat* out, hy_error* error);

}  // namespace halyard::topology
