// See target.hpp.
#include "target.hpp"

#include <algorithm>
#include <regex>

namespace halyardc {

const char kTargetForms[] =
    "sm_75, sm_90, sm_90a, ... (NVIDIA, a cubin for that architecture), compute_75, ... (NVIDIA, PTX for it and all "
    "later ones), gfx90a, gfx942, gfx1100, gfx942:sramecc+:xnack-, ... (AMD, a code object), dg2, pvc, "
    "tgllp, ... (Intel, native code), spirv, spirv:fp64:int64_atomics:subgroups (SPIR-V for every device that has "
    "these)";

namespace {

// AMD's drivers name the features in this order.
bool read_features(const std::string& text, std::string* out) {
  std::string sramecc;
  std::string xnack;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(':', at + 1), text.size());
    const std::string feature = text.substr(at, end - at);
    std::string* known = feature.find("sramecc") == 1 ? &sramecc : &xnack;
    if (!known->empty()) return false;
    *known = feature;
    at = end;
  }
  *out = sramecc + xnack;
  return true;
}

// The order in which a target names what devices must have.
constexpr const char* kSpirvFeatures[] = {"fp64", "int64_atomics", "subgroups"};

std::string spirv_name(const std::string& features) {
  std::string name = "spirv";
  for (const char* feature : kSpirvFeatures) {
    if ((features + ":").find(std::string(":") + feature + ":") != std::string::npos)
      name += std::string(":") + feature;
  }
  return name;
}

bool read_target(const std::string& name, Target* out) {
  static const std::regex nvidia("(sm|compute)_[1-9][0-9]{1,2}[af]?");
  static const std::regex spirv("spirv((:(fp64|int64_atomics|subgroups))*)");
  static const std::regex amd("(gfx[0-9]{1,3}[0-9a-f]{2})((:(xnack|sramecc)[+-])*)");
  constexpr std::size_t kLongest = 64;  // std::regex goes deep into long texts
  std::smatch parts;
  if (name.size() > kLongest) return false;
  if (std::regex_match(name, nvidia)) {
    out->name = out->base = name;
    out->format = name[0] == 's' ? HY_IMAGE_CUBIN : HY_IMAGE_PTX;
    return true;
  }
  if (std::regex_match(name, parts, spirv)) {
    out->base = "spirv";
    out->name = spirv_name(parts[1]);
    out->format = HY_IMAGE_SPIRV;
    return out->name.size() == name.size();  // each feature once
  }
  const bool alder = name.size() == 4 && name.compare(0, 3, "adl") == 0;  // ocloc takes "adlp" for "adl-p"
  const std::string product = alder ? std::string("adl-") + name[3] : name;
  if (is_intel_product(product)) {
    out->name = out->base = product;
    out->format = HY_IMAGE_ZE_NATIVE;
    return true;
  }
  std::string features;
  if (!std::regex_match(name, parts, amd) || !read_features(parts[2], &features)) return false;
  out->base = parts[1];
  out->name = out->base + features;
  out->format = HY_IMAGE_HIP_CODE;
  return true;
}

}  // namespace

bool read_targets(const std::string& list, bool optional, std::vector<Target>* out, std::string* problem) {
  for (std::size_t at = 0; at <= list.size();) {
    const std::size_t end = std::min(list.find(',', at), list.size());
    Target target;
    target.optional = optional;
    const std::string name = list.substr(at, end - at);
    if (!read_target(name, &target)) {
      *problem = "there is no target '" + name + "'; there are " + kTargetForms +
                 "; --target help shows which can be made on this machine";
      return false;
    }
    const auto same = [&](const Target& known) { return known.name == target.name; };
    const auto known = std::find_if(out->begin(), out->end(), same);
    if (known == out->end()) {
      out->push_back(target);
    } else {
      known->optional = known->optional && optional;
    }
    at = end + 1;
  }
  return true;
}

bool has_feature(const Target& target, const std::string& feature) {
  return (target.name + ":").find(":" + feature + ":") != std::string::npos;
}

std::string with_feature(const Target& target, const std::string& feature) {
  return spirv_name(target.name.substr(target.base.size()) + ":" + feature);
}

bool is_intel_product(const std::string& name) {
  static const std::regex products("skl|tgllp|rkl|adl-[spn]|dg1|dg2|pvc|mtl|arl|lnl|bmg|ptl|0x[0-9a-f]{4}");
  return std::regex_match(name, products);
}

}  // namespace halyardc
