// What the documents share: unknown values are null, and any bytes make valid JSON.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "halyard/halyard.hpp"

namespace halyard::command {

using Json = nlohmann::ordered_json;

// A document that begins with its schema, "halyard.NAME/1".
Json document(std::string_view name);

// Indented, with a line's end. Bytes that are no UTF-8 become U+FFFD.
std::string serialised(const Json& json);

// null for "" and for 0.
Json text_or_null(std::string_view text);
Json number_or_null(std::uint64_t number);

// "gpu", "integrated_gpu", …
const char* device_kind_name(hy_device_kind kind);

// Names of capabilities in the order of their bits, for the object and for people.
struct Capability {
  hy_capabilities bit;
  const char* name;
};
extern const Capability kCapabilities[];
extern const std::size_t kCapabilityCount;

// "cuda:0".
std::string selector_of(const Device& device);

}  // namespace halyard::command
