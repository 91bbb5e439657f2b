// The chain of filters on a device, and the same in plain C++ to compare it with.
#pragma once

#include <cstdint>
#include <vector>

#include "halyard/halyard.hpp"
#include "picture.hpp"

// Weights of a Gaussian of standard deviation radius / 2 in 1/65536, 2 radius + 1 of them, which sum up to 65536.
std::vector<std::uint32_t> gaussian_weights(int radius);

// Brightness, blur of `radius` (0 to 64), edges, equalised: width * height bytes. Any failing call's error.
halyard::Result<std::vector<std::uint8_t>> filter_on_device(const halyard::Runtime& runtime,
                                                            const halyard::Device& device, const Picture& picture,
                                                            int radius);

// The same, bit for bit.
std::vector<std::uint8_t> filter_in_plain_cpp(const Picture& picture, int radius);
