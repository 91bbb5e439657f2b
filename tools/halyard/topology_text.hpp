// The topology for people: the tree, and the matrix of how accelerators reach one another.
#pragma once

#include <string>
#include <vector>

#include "halyard/halyard.hpp"

namespace halyard::command {

// `names[i]`: the devices of Halyard that are node i, as their selectors, or "".
std::string tree_text(const Topology& topology, const std::vector<std::string>& names, bool all, int width);

// "" for less than two accelerators.
std::string matrix_text(const Topology& topology, int width);

}  // namespace halyard::command
