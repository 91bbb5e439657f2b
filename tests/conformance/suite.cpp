// Runs the tables of cases: capabilities decide what is skipped, every case gets its own seed and stream.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <random>

#include "tests/conformance/cases/tables.hpp"
#include "tests/conformance/context.hpp"

namespace halyard::conformance {
namespace {

std::uint64_t hash(std::string_view text) {
  std::uint64_t value = 0xCBF29CE484222325ull;
  for (char c : text) value = (value ^ static_cast<unsigned char>(c)) * 0x100000001B3ull;
  return value;
}

std::uint64_t fresh_seed() {
  std::random_device device;
  const auto now = static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
  return ((static_cast<std::uint64_t>(device()) << 32) ^ device() ^ now) | 1u;
}

// Of the words that begin with '-' none may be in the name, of the others one must be, if there are others.
bool wanted(std::string_view name, std::string_view filter) {
  bool has_words = false;
  bool found = false;
  while (!filter.empty()) {
    const std::size_t comma = std::min(filter.find(','), filter.size());
    std::string_view word = filter.substr(0, comma);
    filter.remove_prefix(std::min(comma + 1, filter.size()));
    if (word.empty()) continue;
    const bool excludes = word[0] == '-';
    if (excludes) word.remove_prefix(1);
    const bool has = name.find(word) != std::string_view::npos;
    if (excludes && has) return false;
    has_words = has_words || !excludes;
    found = found || (has && !excludes);
  }
  return found || !has_words;
}

CaseResult run_case(Suite& suite, const Case& item, std::uint64_t seed) {
  CaseResult result;
  result.name = item.name;
  const hy_capabilities missing = item.needs & ~suite.device.info().capabilities;
  if (missing != 0) {
    result.result = Outcome::skipped;
    result.reason = std::string("needs ") + capability_name(missing);
    return result;
  }
  const auto begin = std::chrono::steady_clock::now();
  {
    Context context(suite, seed ^ hash(item.name));
    // Streams that nothing holds back do not wait for functions of the host either.
    for (const char* group : {"hostfn.", "late_errors."}) {
      if (std::string_view(item.name).rfind(group, 0) == 0) context.needs_results();
    }
    item.run(context);
    if (context.failed()) {
      result.result = Outcome::failed;
      result.reason = context.report() + " (seed " + std::to_string(seed) + ")";
    } else if (context.skipped()) {
      result.result = Outcome::skipped;
      result.reason = *context.skipped();
    }
  }
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return result;
}

}  // namespace

const char* outcome_name(Outcome outcome) noexcept {
  switch (outcome) {
    case Outcome::passed:
      return "passed";
    case Outcome::failed:
      return "failed";
    case Outcome::skipped:
      return "skipped";
  }
  return "?";
}

Summary run(Runtime& runtime, Device& device, const Options& options, const Listener& listener) {
  Summary summary;
  summary.seed = options.seed != 0 ? options.seed : fresh_seed();
  Suite suite(runtime, device, options);
  for (const CaseTable& table : all_tables()) {
    for (const Case& item : table) {
      if (!wanted(item.name, options.filter)) continue;
      if (listener) listener(item.name, nullptr);
      CaseResult result = run_case(suite, item, summary.seed);
      summary.passed += result.result == Outcome::passed;
      summary.failed += result.result == Outcome::failed;
      summary.skipped += result.result == Outcome::skipped;
      if (listener) listener(result.name, &result);
      summary.cases.push_back(std::move(result));
    }
  }
  summary.from_bundles = static_cast<std::uint32_t>(suite.imaged.size());
  return summary;
}

std::vector<std::string> case_names() {
  std::vector<std::string> names;
  for (const CaseTable& table : all_tables()) {
    for (const Case& item : table) names.emplace_back(item.name);
  }
  return names;
}

}  // namespace halyard::conformance
