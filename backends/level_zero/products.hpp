// Intel's names for its devices, by which native images are made and chosen.
#pragma once

#include <cstdint>
#include <string>

namespace halyard::level_zero {

// The word that the offline compiler has for a device ("dg2", "pvc"), by its IP version where the driver tells it (else
// 0), else by its PCI number; "0x56a0" for one that is not known here, which the compiler takes as well.
std::string product_word(uint32_t device_id, uint32_t ip_version);

}  // namespace halyard::level_zero
