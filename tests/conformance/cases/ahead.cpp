// Kernels compiled ahead of time: linked into the program, in a file, in memory. Each device takes the image that is
// made for it, else the source that every bundle carries; one that can do neither says so.
#include <unistd.h>

#include <cstdlib>

#include "halyard/host_kernel.h"
#include "tests/conformance/cases/tables.hpp"
#if HALYARD_CONFORMANCE_AHEAD
#include "conformance_ahead.hpp"
#endif

namespace halyard::conformance {
namespace {

using Numbers = std::vector<std::uint32_t>;

constexpr hy_capabilities kLaunch = HY_CAP_KERNELS;
constexpr hy_capabilities kRun = HY_CAP_KERNELS | HY_CAP_RUNTIME_COMPILE;

#if HALYARD_CONFORMANCE_AHEAD
const hy_linked_bundle* linked(Context&) { return &conformance_ahead::bundle(); }
#else
const hy_linked_bundle* linked(Context& c) {
  c.skip("the suite was built without halyardc");
  return nullptr;
}
#endif

// The .hkb inside the linked bundle.
std::span<const std::byte> bytes_of(const hy_linked_bundle& table) {
  return {static_cast<const std::byte*>(table.data), table.bytes};
}

// The kernel; none when the device has neither image nor compiler, which has to be said with its cure.
std::optional<Kernel> kernel_of(Context& c, const Bundle& bundle, const char* name, const Constants& constants = {}) {
  auto kernel = bundle.kernel(c.device(), name, constants);
  if (kernel) return *kernel;
  if (c.has(HY_CAP_RUNTIME_COMPILE)) {
    c.ok(kernel, name);
    return std::nullopt;
  }
  if (CHECK_FAILS(kernel, unsupported)) {
    CHECK(kernel.error().message().find("halyardc") != std::string_view::npos);
    c.skip("the bundle has no image for this device, and it does not compile");
  }
  return std::nullopt;
}

Numbers random_numbers(Context& c, std::size_t count) {
  Numbers numbers(count);
  for (std::uint32_t& number : numbers) number = static_cast<std::uint32_t>(c.random().next());
  return numbers;
}

// scale: data[i] *= FACTOR, of which the bundle says 3.
void check_scale(Context& c, const Kernel& kernel, std::uint32_t factor) {
  Numbers numbers = random_numbers(c, 10007);
  LET(data, c.holding(c.stream(), numbers));
  MUST(c.stream().launch(kernel, Items{numbers.size()}, data, static_cast<std::uint32_t>(numbers.size())));
  for (std::uint32_t& number : numbers) number *= factor;
  c.same(c.download(c.stream(), data), numbers);
}

// reverse_tiles: phases over local memory; TILE is 16 where nobody says otherwise.
void check_reverse_tiles(Context& c, const Kernel& kernel, std::size_t tile) {
  const Numbers numbers = random_numbers(c, 16 * 240);
  LET(from, c.holding(c.stream(), numbers));
  LET(to, c.poisoned<std::uint32_t>(c.stream(), numbers.size()));
  MUST(c.stream().launch(kernel, Items{numbers.size()}, from, to));
  Numbers wanted(numbers.size());
  for (std::size_t i = 0; i < wanted.size(); ++i) wanted[i] = numbers[i / tile * tile + tile - 1 - i % tile];
  c.same(c.download(c.stream(), to), wanted);
}

void check_both(Context& c, const Bundle& bundle) {
  if (const auto scale = kernel_of(c, bundle, "scale")) check_scale(c, *scale, 3);
  if (c.skipped()) return;
  if (const auto reverse = kernel_of(c, bundle, "reverse_tiles")) check_reverse_tiles(c, *reverse, 16);
}

void a_linked_kernel_runs(Context& c) {
  const hy_linked_bundle* table = linked(c);
  if (table == nullptr) return;
  LET(bundle, Bundle::from_linked(c.runtime(), *table));
  check_both(c, bundle);
}

void a_linked_kernel_with_barriers_runs(Context& c) {
  const hy_linked_bundle* table = linked(c);
  if (table == nullptr) return;
  LET(bundle, Bundle::from_linked(c.runtime(), *table));
  const auto kernel = kernel_of(c, bundle, "reduce_tree");
  if (!kernel) return;
  const Numbers numbers = random_numbers(c, 64 * 50 - 7);
  LET(from, c.holding(c.stream(), numbers));
  LET(to, c.poisoned<std::uint32_t>(c.stream(), 50));
  MUST(c.stream().launch(*kernel, Items{64 * 50}, from, to, std::uint64_t{numbers.size()}));
  Numbers wanted(50, 0);
  for (std::size_t i = 0; i < numbers.size(); ++i) wanted[i / 64] += numbers[i];
  c.same(c.download(c.stream(), to), wanted);
}

void the_processor_takes_the_linked_image(Context& c) {
  const hy_linked_bundle* table = linked(c);
  if (table == nullptr) return;
  if (std::string_view(c.info().backend) != "cpu") return c.skip("only the cpu backend runs code of this program");
  LET(bundle, Bundle::from_linked(c.runtime(), *table));
  LET(kernel, bundle.kernel(c.device(), "scale"));
  LET(info, kernel.info());
  CHECK_EQ(info.format, hy_image_format{HY_IMAGE_HOST_LINKED});
  CHECK_EQ(info.from_cache, 1u);
}

void a_kernel_of_a_file_runs(Context& c) {
  const hy_linked_bundle* table = linked(c);
  if (table == nullptr) return;
  char path[] = "/tmp/halyard-conformance-XXXXXX";
  const int file = mkstemp(path);
  if (file < 0) return c.skip("no file can be written to /tmp");
  const bool written = write(file, table->data, table->bytes) == static_cast<ssize_t>(table->bytes);
  close(file);
  if (!written) {
    unlink(path);
    return c.skip("no file can be written to /tmp");
  }
  auto bundle = Bundle::from_file(c.runtime(), path);
  unlink(path);  // it is mapped: its name is not needed any more
  MUST(bundle);
  check_both(c, *bundle);
}

void a_kernel_from_memory_runs(Context& c) {
  const hy_linked_bundle* table = linked(c);
  if (table == nullptr) return;
  LET(bundle, Bundle::from_memory(c.runtime(), bytes_of(*table)));
  check_both(c, bundle);
}

// What a device does for which the program has no image: the source, or a clear error.
void without_an_image_the_source_is_compiled(Context& c) {
  const hy_linked_bundle* table = linked(c);
  if (table == nullptr) return;
  hy_linked_bundle bare = *table;
  bare.host_images = nullptr;
  bare.host_image_count = 0;
  LET(bundle, Bundle::from_linked(c.runtime(), bare));
  check_both(c, bundle);
  if (c.skipped()) return;
  LET(kernel, bundle.kernel(c.device(), "scale"));
  LET(info, kernel.info());
  CHECK(info.format != hy_image_format{HY_IMAGE_HOST_LINKED});
}

void other_constants_are_compiled_from_the_source(Context& c) {
  const hy_linked_bundle* table = linked(c);
  if (table == nullptr) return;
  LET(bundle, Bundle::from_linked(c.runtime(), *table));
  if (const auto scale = kernel_of(c, bundle, "scale", {{"FACTOR", "11"}})) check_scale(c, *scale, 11);
  if (const auto reverse = kernel_of(c, bundle, "reverse_tiles", {{"TILE", "8"}})) check_reverse_tiles(c, *reverse, 8);
  // And the bundle's own are as before.
  if (const auto scale = kernel_of(c, bundle, "scale")) check_scale(c, *scale, 3);
}

void both_ways_give_the_same_bytes(Context& c) {
  const hy_linked_bundle* table = linked(c);
  if (table == nullptr) return;
  LET(bundle, Bundle::from_linked(c.runtime(), *table));
  const auto ahead = kernel_of(c, bundle, "reverse_groups");
  if (!ahead) return;
  LET(now, c.kernel("barriers", "reverse_groups"));
  const Numbers numbers = random_numbers(c, 32 * 40);
  LET(from, c.holding(c.stream(), numbers));
  LET(one, c.poisoned<std::uint32_t>(c.stream(), numbers.size()));
  LET(other, c.poisoned<std::uint32_t>(c.stream(), numbers.size()));
  MUST(c.stream().launch(*ahead, Groups{40}.in(32), from, one));
  MUST(c.stream().launch(now, Groups{40}.in(32), from, other));
  c.same(c.download(c.stream(), one), c.download(c.stream(), other));
}

void a_linked_kernel_outlives_its_bundle(Context& c) {
  const hy_linked_bundle* table = linked(c);
  if (table == nullptr) return;
  std::optional<Kernel> kernel;
  {
    LET(bundle, Bundle::from_linked(c.runtime(), *table));
    kernel = kernel_of(c, bundle, "scale");
  }
  if (kernel) check_scale(c, *kernel, 3);
}

void its_kernels_are_listed(Context& c) {
  const hy_linked_bundle* table = linked(c);
  if (table == nullptr) return;
  LET(bundle, Bundle::from_linked(c.runtime(), *table));
  LET(kernels, bundle.kernels());
  if (!CHECK(kernels.size() > 3)) return;
  CHECK_EQ(std::string(kernels[0].name), "scale");
  CHECK_EQ(kernels[0].param_count, 2u);
  CHECK_EQ(kernels[0].fixed_workgroup, 0u);
  CHECK_EQ(std::string(kernels[1].name), "reverse_tiles");
  CHECK_EQ(kernels[1].fixed_workgroup, 1u);
}

void an_unknown_name_lists_what_is_in_it(Context& c) {
  const hy_linked_bundle* table = linked(c);
  if (table == nullptr) return;
  LET(bundle, Bundle::from_linked(c.runtime(), *table));
  auto kernel = bundle.kernel(c.device(), "not_there");
  if (CHECK_FAILS(kernel, invalid_argument))
    CHECK(kernel.error().message().find("reverse_tiles") != std::string_view::npos);
}

void one_that_is_cut_off_is_refused(Context& c) {
  const hy_linked_bundle* table = linked(c);
  if (table == nullptr) return;
  const auto all = bytes_of(*table);
  for (int i = 0; i < 20; ++i) {
    const std::size_t size = c.random().next() % all.size();
    CHECK_FAILS(Bundle::from_memory(c.runtime(), all.first(size)), corrupt_artifact);
  }
}

void an_image_of_another_version_is_refused(Context& c) {
  const hy_linked_bundle* table = linked(c);
  if (table == nullptr) return;
  hy_host_image image{};
  image.version = HY_HOST_KERNEL_VERSION + 1;
  const void* const images[] = {&image};
  hy_linked_bundle other = *table;
  other.host_images = images;
  other.host_image_count = 1;
  CHECK_FAILS(Bundle::from_linked(c.runtime(), other), corrupt_artifact);
}

constexpr Case kCases[] = {
    {"ahead.a_linked_kernel_runs", kLaunch, a_linked_kernel_runs},
    {"ahead.a_linked_kernel_with_plain_barriers_runs", kLaunch, a_linked_kernel_with_barriers_runs},
    {"ahead.the_processor_takes_the_linked_image", kLaunch, the_processor_takes_the_linked_image},
    {"ahead.a_kernel_of_a_file_runs", kLaunch, a_kernel_of_a_file_runs},
    {"ahead.a_kernel_from_memory_runs", kLaunch, a_kernel_from_memory_runs},
    {"ahead.without_an_image_the_source_is_compiled_or_refused_with_the_cure", kLaunch,
     without_an_image_the_source_is_compiled},
    {"ahead.other_constants_are_compiled_from_the_source", kRun, other_constants_are_compiled_from_the_source},
    {"ahead.both_ways_give_the_same_bytes", kRun, both_ways_give_the_same_bytes},
    {"ahead.a_linked_kernel_outlives_its_bundle", kLaunch, a_linked_kernel_outlives_its_bundle},
    {"ahead.its_kernels_are_listed_in_order", 0, its_kernels_are_listed},
    {"ahead.an_unknown_kernel_name_lists_what_there_is", kLaunch, an_unknown_name_lists_what_is_in_it},
    {"ahead.a_bundle_that_is_cut_off_is_refused", 0, one_that_is_cut_off_is_refused},
    {"ahead.an_image_of_another_version_is_refused", 0, an_image_of_another_version_is_refused},
};

}  // namespace

CaseTable ahead_cases() { return kCases; }

}  // namespace halyard::conformance
