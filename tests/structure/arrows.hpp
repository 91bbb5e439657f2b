// The arrows: which part of the tree may see which, as data, and the check of a tree against them.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace structure {

// Sentences, one for each line that breaks a rule: "tools/a.cpp:3 includes runtime/x.hpp: …".
std::vector<std::string> broken_arrows(const std::filesystem::path& root);

}  // namespace structure
