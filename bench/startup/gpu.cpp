// The smallest raw CUDA, HIP or Level Zero program with a verified result: the peer of startup/halyard.cpp. Its kernel
// is machine code that the benchmark made before and names.
#include <fstream>
#include <iterator>

#include "raw_gpu.hpp"
#include "raw_level_zero.hpp"

namespace {

template <class Raw>
int use(Raw& raw, const std::string& code) {
  constexpr unsigned kItems = 1024;
  if (!raw.problem.empty() || code.empty()) return 1;
  auto kernel = raw.load(code, "saxpy");
  const auto x = raw.buffer(sizeof(float) * kItems), y = raw.buffer(sizeof(float) * kItems);
  if (!raw.problem.empty()) return 1;
  float host[kItems];
  for (unsigned i = 0; i < kItems; ++i) host[i] = static_cast<float>(i);
  raw.set(kernel, 2.0f, x, y, std::uint64_t{kItems});
  if (!raw.write(x, host, sizeof host) || !raw.write(y, host, sizeof host)) return 1;
  if (!raw.launch(kernel, kItems / 256, 256) || !raw.read(host, y, sizeof host)) return 1;
  for (unsigned i = 0; i < kItems; ++i) {
    if (host[i] != 3.0f * static_cast<float>(i)) return 1;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 64;
  std::ifstream file(argv[2], std::ios::binary);
  const std::string code{std::istreambuf_iterator<char>(file), {}};
  if (std::strcmp(argv[1], "level_zero") == 0) {
    bench::RawLevelZero raw;
    return use(raw, code);
  }
  bench::RawGpu raw(std::strcmp(argv[1], "cuda") == 0 ? bench::cuda_names() : bench::hip_names());
  return use(raw, code);
}
