// Runs a fuzzer's entry point without libFuzzer, so that every compiler's test run includes it: the corpus as it is,
// each of its files cut off at every length, and a fixed number of random mutations with a printed seed (HALYARD_SEED).
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using Bytes = std::vector<std::uint8_t>;
constexpr unsigned kMutations = 3000;
constexpr std::size_t kLongestCut = 4096;

// An exact allocation, so that a sanitizer sees a read past the end.
void run(const Bytes& input) {
  const Bytes exact(input);
  LLVMFuzzerTestOneInput(exact.data(), exact.size());
}

std::vector<Bytes> read_corpus(int argc, char** argv) {
  std::vector<Bytes> corpus;
  for (int i = 1; i < argc; ++i) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(argv[i])) {
      if (!entry.is_regular_file()) continue;
      std::ifstream file(entry.path(), std::ios::binary);
      corpus.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    }
  }
  if (corpus.empty()) corpus.push_back({'H', 'Y'});
  return corpus;
}

Bytes mutate(const std::vector<Bytes>& corpus, std::mt19937_64& random) {
  Bytes bytes = corpus[random() % corpus.size()];
  for (unsigned changes = 1 + random() % 8; changes > 0; --changes) {
    const std::size_t at = bytes.empty() ? 0 : random() % bytes.size();
    switch (random() % 4) {
      case 0:
        if (!bytes.empty()) bytes[at] = static_cast<std::uint8_t>(random());
        break;
      case 1:
        bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(at), static_cast<std::uint8_t>(random()));
        break;
      case 2:
        if (!bytes.empty()) bytes.erase(bytes.begin() + static_cast<std::ptrdiff_t>(at));
        break;
      default: {
        const Bytes& other = corpus[random() % corpus.size()];
        bytes.resize(at);
        bytes.insert(bytes.end(),
                     other.begin() + static_cast<std::ptrdiff_t>(other.empty() ? 0 : random() % other.size()),
                     other.end());
      }
    }
  }
  return bytes;
}

}  // namespace

int main(int argc, char** argv) {
  const char* asked = std::getenv("HALYARD_SEED");
  const std::uint64_t seed = asked != nullptr ? std::strtoull(asked, nullptr, 10) : std::random_device{}();
  std::printf("seed: HALYARD_SEED=%llu\n", static_cast<unsigned long long>(seed));
  std::fflush(stdout);
  std::mt19937_64 random(seed);
  const std::vector<Bytes> corpus = read_corpus(argc, argv);
  run({});
  for (const Bytes& input : corpus) {
    run(input);
    for (std::size_t size = 0; size < input.size() && size < kLongestCut; ++size) {
      run(Bytes(input.begin(), input.begin() + static_cast<std::ptrdiff_t>(size)));
    }
  }
  for (unsigned i = 0; i < kMutations; ++i) run(mutate(corpus, random));
  std::printf("%zu inputs, %u mutations\n", corpus.size(), kMutations);
  return 0;
}
