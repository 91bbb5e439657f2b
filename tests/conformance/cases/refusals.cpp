// Calls that are wrong, apart from launches: each is refused with its code and a sentence, and nothing is done.
#include <algorithm>

#include "tests/conformance/cases/tables.hpp"

namespace halyard::conformance {
namespace {

using Bytes = std::vector<std::uint8_t>;

bool names(Context& c, const Error& error, std::string_view word) {
  if (error.message().find(word) != std::string_view::npos) return true;
  return c.fail("the message does not name '" + std::string(word) + "': " + std::string(error.message()));
}

// ---- devices and runtimes ----

void unknown_backend(Context& c) {
  auto device = c.runtime().device("no_such_backend:0");
  if (CHECK_FAILS(device, unavailable)) names(c, device.error(), "no_such_backend");
}

void unknown_index(Context& c) {
  const std::string selector = std::string(c.info().backend) + ":4711";
  auto device = c.runtime().device(selector.c_str());
  if (CHECK_FAILS(device, unavailable)) names(c, device.error(), "4711");
}

void unreadable_index(Context& c) {
  for (const char* tail : {":", ":x", ":-1", ":99999999999999999999", ":0x0", ":0 "}) {
    const std::string selector = std::string(c.info().backend) + tail;
    CHECK(!c.runtime().device(selector.c_str()));
  }
}

void unknown_backend_in_the_options(Context& c) {
  RuntimeOptions options;
  options.backends = "cpu,quantum";
  auto runtime = Runtime::create(options);
  if (CHECK_FAILS(runtime, invalid_argument)) names(c, runtime.error(), "quantum");
}

void relative_paths_in_the_options(Context& c) {
  RuntimeOptions plugins;
  plugins.plugins = "./libplugin.so";
  CHECK_FAILS(Runtime::create(plugins), invalid_argument);
  RuntimeOptions libraries;
  libraries.library_path = "lib:/usr/lib";
  CHECK_FAILS(Runtime::create(libraries), invalid_argument);
}

void null_handles(Context& c) {
  hy_error error{};
  hy_stream* stream = nullptr;
  hy_device* device = nullptr;
  hy_buffer* buffer = nullptr;
  std::uint32_t count = 0;
  CHECK_EQ(hy_stream_create(nullptr, 0, &stream, &error), HY_INVALID_ARGUMENT);
  CHECK_EQ(hy_runtime_find_device(nullptr, "", &device, &error), HY_INVALID_ARGUMENT);
  CHECK_EQ(hy_runtime_device_count(nullptr, &count, &error), HY_INVALID_ARGUMENT);
  CHECK_EQ(hy_buffer_create(nullptr, HY_MEMORY_DEVICE, 16, &buffer, &error), HY_INVALID_ARGUMENT);
  CHECK_EQ(hy_stream_synchronize(nullptr, HY_FOREVER, &error), HY_INVALID_ARGUMENT);
  CHECK_EQ(hy_stream_create(c.device().native_handle(), 0, nullptr, &error), HY_INVALID_ARGUMENT);
  CHECK_EQ(hy_point_query(nullptr, &error), HY_INVALID_ARGUMENT);
}

void releasing_null_is_harmless(Context& c) {
  hy_runtime_release(nullptr);
  hy_device_release(nullptr);
  hy_stream_release(nullptr);
  hy_point_release(nullptr);
  hy_bundle_release(nullptr);
  hy_kernel_release(nullptr);
  hy_error error{};
  CHECK_EQ(hy_buffer_release(nullptr, &error), HY_OK);
}

void the_error_may_be_null(Context& c) {
  CHECK_EQ(hy_runtime_find_device(c.runtime().native_handle(), "no_such_backend:0", nullptr, nullptr),
           HY_INVALID_ARGUMENT);
  hy_device* device = nullptr;
  CHECK_EQ(hy_runtime_find_device(c.runtime().native_handle(), "no_such_backend:0", &device, nullptr), HY_UNAVAILABLE);
  CHECK(device == nullptr);
}

void success_leaves_the_error_alone(Context& c) {
  hy_error error;
  std::memset(&error, 0x5A, sizeof error);
  CHECK_EQ(hy_stream_synchronize(c.stream().native_handle(), HY_FOREVER, &error), HY_OK);
  const auto* bytes = reinterpret_cast<const unsigned char*>(&error);
  CHECK(std::all_of(bytes, bytes + sizeof error, [](unsigned char b) { return b == 0x5A; }));
}

void unknown_stream_flags(Context& c) {
  hy_stream* stream = nullptr;
  hy_error error{};
  CHECK_EQ(hy_stream_create(c.device().native_handle(), 0x80000000u, &stream, &error), HY_INVALID_ARGUMENT);
  CHECK(stream == nullptr);
}

void status_names(Context& c) {
  CHECK_EQ(std::string(hy_status_name(HY_OK)), "ok");
  CHECK_EQ(std::string(hy_status_name(HY_INVALID_ARGUMENT)), "invalid_argument");
  CHECK_EQ(std::string(hy_status_name(HY_DEVICE_LOST)), "device_lost");
  CHECK(hy_status_name(12345) != nullptr);
  CHECK(hy_status_name(-1) != nullptr);
}

// ---- allocations ----

void more_than_the_largest_allocation(Context& c) {
  auto buffer = c.stream().allocate<std::uint8_t>(c.info().max_allocation_bytes + 1);
  if (!CHECK_FAILS(buffer, out_of_memory)) return;
  const std::string text(buffer.error().message());
  CHECK(text.find(std::to_string(c.info().max_allocation_bytes)) != std::string::npos);
  CHECK(text.find(std::to_string(c.info().max_allocation_bytes + 1)) != std::string::npos);
}

void absurd_sizes(Context& c) {
  for (std::uint64_t bytes :
       {std::uint64_t{1} << 60, UINT64_MAX, UINT64_MAX - 1, UINT64_MAX - 4095, std::uint64_t{1} << 63}) {
    CHECK(!c.stream().allocate<std::uint8_t>(bytes));
  }
}

void overflowing_counts(Context& c) {
  CHECK_FAILS(c.stream().allocate<double>((std::uint64_t{1} << 61) + 1), invalid_argument);
  CHECK_FAILS(c.stream().allocate<float4>(UINT64_MAX / 2), invalid_argument);
}

void out_of_memory_leaves_the_device_usable(Context& c) {
  (void)c.stream().allocate<std::uint8_t>(c.info().max_allocation_bytes + 1);
  (void)c.stream().allocate<std::uint8_t>(UINT64_MAX);
  LET(buffer, c.stream().allocate<std::uint32_t>(100));
  MUST(c.stream().fill(buffer.view(), 6u));
  c.same(c.download(c.stream(), buffer), std::vector<std::uint32_t>(100, 6));
}

void unknown_memory_kind(Context& c) {
  hy_error error{};
  for (hy_memory_kind kind : {0u, 4u, 99u}) {
    hy_buffer* buffer = nullptr;
    const hy_status status = hy_buffer_create(c.stream().native_handle(), kind, 64, &buffer, &error);
    CHECK(status == HY_INVALID_ARGUMENT || status == HY_UNSUPPORTED);
    CHECK(buffer == nullptr);
  }
}

void a_foreign_native_handle(Context& c) {
  hy_native native{};
  native.kind = HY_NATIVE_ZE_LIST;
  native.handle[0] = 8;
  auto buffer = c.stream().wrap<float>(native, 4);
  CHECK(!buffer);
  if (!buffer)
    CHECK(buffer.error().code() == ErrorCode::unsupported || buffer.error().code() == ErrorCode::invalid_argument);
}

// ---- views ----

void views_out_of_range(Context& c) {
  LET(buffer, c.stream().allocate<float>(10));
  CHECK_FAILS(buffer.view(0, 11), invalid_argument);
  CHECK_FAILS(buffer.view(10, 1), invalid_argument);
  CHECK_FAILS(buffer.view(11, 0), invalid_argument);
  CHECK_FAILS(buffer.view(UINT64_MAX, 2), invalid_argument);
  CHECK_FAILS(buffer.view(5, UINT64_MAX), invalid_argument);
  LET(view, buffer.view(2, 4));
  CHECK_FAILS(view.subview(3, 2), invalid_argument);
}

// A view that lies, as a C program could make it.
void forged_views(Context& c) {
  LET(buffer, c.poisoned<std::uint8_t>(c.stream(), 100, 0x66));
  Bytes host(400, 1);
  struct Forgery {
    std::uint64_t offset, bytes;
  };
  for (const Forgery& f :
       {Forgery{0, 101}, {100, 1}, {1, 100}, {UINT64_MAX, 2}, {UINT64_MAX - 50, 100}, {50, UINT64_MAX}}) {
    hy_view view = buffer.view().native();
    view.offset = f.offset;
    view.bytes = f.bytes;
    hy_error error{};
    const std::uint64_t bytes = std::min<std::uint64_t>(f.bytes, host.size());
    CHECK_EQ(hy_stream_write(c.stream().native_handle(), &view, host.data(), bytes, HY_COPY_BLOCKING, &error),
             HY_INVALID_ARGUMENT);
    CHECK_EQ(hy_stream_read(c.stream().native_handle(), host.data(), &view, bytes, HY_COPY_BLOCKING, &error),
             HY_INVALID_ARGUMENT);
    const std::uint8_t zero = 0;
    CHECK_EQ(hy_stream_fill(c.stream().native_handle(), &view, &zero, 1, &error), HY_INVALID_ARGUMENT);
  }
  c.same(c.download(c.stream(), buffer), Bytes(100, 0x66));
}

void a_view_of_no_buffer(Context& c) {
  const View<float> nothing;
  std::vector<float> host(1, 5.0f);
  CHECK_FAILS(c.stream().write(nothing, std::span<const float>(host)), invalid_argument);
  CHECK_FAILS(c.stream().fill(nothing, 1.0f), invalid_argument);
  CHECK_EQ(host[0], 5.0f);
}

void null_host_memory(Context& c) {
  LET(buffer, c.poisoned<std::uint8_t>(c.stream(), 16, 0x66));
  const hy_view view = buffer.view().native();
  hy_error error{};
  CHECK_EQ(hy_stream_write(c.stream().native_handle(), &view, nullptr, 16, 0, &error), HY_INVALID_ARGUMENT);
  CHECK_EQ(hy_stream_read(c.stream().native_handle(), nullptr, &view, 16, 0, &error), HY_INVALID_ARGUMENT);
  CHECK_EQ(hy_stream_fill(c.stream().native_handle(), &view, nullptr, 4, &error), HY_INVALID_ARGUMENT);
  c.same(c.download(c.stream(), buffer), Bytes(16, 0x66));
}

void writes_larger_than_the_view(Context& c) {
  LET(buffer, c.poisoned<std::uint8_t>(c.stream(), 64, 0x66));
  LET(view, buffer.view(8, 16));
  Bytes host(17, 1);
  CHECK_FAILS(c.stream().write_now(view, std::span<const std::uint8_t>(host)), invalid_argument);
  CHECK_FAILS(c.stream().read_now(std::span(host), view), invalid_argument);
  c.same(host, Bytes(17, 1));
  c.same(c.download(c.stream(), buffer), Bytes(64, 0x66));
}

void copies_of_different_sizes(Context& c) {
  LET(a, c.poisoned<std::uint8_t>(c.stream(), 64, 0x66));
  LET(b, c.poisoned<std::uint8_t>(c.stream(), 65, 0x77));
  CHECK_FAILS(c.stream().copy(a.view(), b.view()), invalid_argument);
  CHECK_FAILS(c.stream().copy(b.view(), a.view()), invalid_argument);
  c.same(c.download(c.stream(), a), Bytes(64, 0x66));
  c.same(c.download(c.stream(), b), Bytes(65, 0x77));
}

// ---- buffers that are gone ----

void a_released_buffer(Context& c) {
  LET(buffer, c.holding(c.stream(), Bytes(64, 1)));
  LET(other, c.poisoned<std::uint8_t>(c.stream(), 64, 0x66));
  const View<std::uint8_t> view = buffer.view();
  MUST(buffer.release());
  Bytes host(64, 9);
  CHECK_FAILS(c.stream().write_now(view, std::span<const std::uint8_t>(host)), invalid_argument);
  CHECK_FAILS(c.stream().read_now(std::span(host), view), invalid_argument);
  CHECK_FAILS(c.stream().fill(view, std::uint8_t{1}), invalid_argument);
  CHECK_FAILS(c.stream().copy(other.view(), view), invalid_argument);
  CHECK_FAILS(c.stream().copy(view, other.view()), invalid_argument);
  c.same(host, Bytes(64, 9));
  c.same(c.download(c.stream(), other), Bytes(64, 0x66));
}

void a_released_buffer_stays_gone_when_memory_is_used_again(Context& c) {
  LET(first, c.holding(c.stream(), Bytes(4096, 1)));
  const View<std::uint8_t> stale = first.view();
  MUST(first.release());
  MUST(c.stream().synchronize());
  std::vector<Buffer<std::uint8_t>> others;
  for (int i = 0; i < 50; ++i) {
    LET(buffer, c.poisoned<std::uint8_t>(c.stream(), 4096, 0x66));
    others.push_back(std::move(buffer));
  }
  CHECK_FAILS(c.stream().fill(stale, std::uint8_t{1}), invalid_argument);
  for (auto& buffer : others) c.same(c.download(c.stream(), buffer), Bytes(4096, 0x66));
}

void a_buffer_released_twice(Context& c) {
  LET(buffer, c.stream().allocate<float>(4));
  MUST(buffer.release());
  MUST(buffer.release());  // the owner knows that it is empty
}

void a_moved_from_buffer(Context& c) {
  LET(buffer, c.holding(c.stream(), Bytes(8, 1)));
  Buffer<std::uint8_t> owner = std::move(buffer);
  CHECK_EQ(buffer.size(), 0u);  // NOLINT(bugprone-use-after-move): this is the case
  CHECK_FAILS(c.stream().fill(buffer.view(), std::uint8_t{2}), invalid_argument);
  CHECK(!buffer.host_pointer());
  CHECK(!buffer.native());
  c.same(c.download(c.stream(), owner), Bytes(8, 1));
}

// ---- another device ----

void a_buffer_of_another_device(Context& c) {
  std::optional<Device> other;
  LET(alternatives, c.device().alternatives());
  if (!alternatives.empty()) other.emplace(alternatives.front());
  LET(devices, c.runtime().devices());
  for (Device& device : devices) {
    if (!other && std::strcmp(device.info().backend, c.info().backend) != 0) other.emplace(device);
  }
  if (!other) {
    c.skip("there is one device only");
    return;
  }
  LET(far, other->stream());
  LET(buffer, far.allocate<std::uint8_t>(64));
  MUST(far.fill(buffer.view(), std::uint8_t{0x66}));
  MUST(far.synchronize());
  Bytes host(64, 1);
  CHECK_FAILS(c.stream().write_now(buffer.view(), std::span<const std::uint8_t>(host)), invalid_argument);
  CHECK_FAILS(c.stream().read_now(std::span(host), buffer.view()), invalid_argument);
  CHECK_FAILS(c.stream().fill(buffer.view(), std::uint8_t{1}), invalid_argument);
  c.same(c.download(far, buffer), Bytes(64, 0x66));
  c.same(host, Bytes(64, 1));
}

void a_null_host_function(Context& c) {
  CHECK_FAILS(c.stream().host_function(static_cast<hy_host_fn>(nullptr), nullptr), invalid_argument);
  MUST(c.stream().synchronize());
}

void what_is_missing_is_unsupported(Context& c) {
  int looked_at = 0;
  if (!c.has(HY_CAP_HOST_FUNCTIONS)) {
    ++looked_at;
    CHECK_FAILS(c.stream().host_function([](void*, hy_error*) -> hy_status { return HY_OK; }, nullptr), unsupported);
  }
  if (!c.has(HY_CAP_TIMED_POINTS)) {
    ++looked_at;
    CHECK_FAILS(c.device().stream({.timing = true}), unsupported);
  }
  if (!c.has(HY_CAP_NATIVE_OUT)) {
    ++looked_at;
    CHECK_FAILS(c.device().native(), unsupported);
    CHECK_FAILS(c.stream().native(), unsupported);
  }
  if (!c.has(HY_CAP_NATIVE_IN)) {
    ++looked_at;
    hy_native native{};
    native.kind = HY_NATIVE_HOST_POINTER;
    native.handle[0] = 4096;
    CHECK(!c.stream().wrap<float>(native, 4));
  }
  if (looked_at == 0) c.skip("the device lacks none of what this looks at");
}

constexpr Case kCases[] = {
    {"refused.an_unknown_backend_is_named", 0, unknown_backend},
    {"refused.a_device_that_is_not_there_is_unavailable", 0, unknown_index},
    {"refused.a_selector_whose_number_cannot_be_read", 0, unreadable_index},
    {"refused.options_with_an_unknown_backend", 0, unknown_backend_in_the_options},
    {"refused.options_with_relative_paths", 0, relative_paths_in_the_options},
    {"refused.null_handles", 0, null_handles},
    {"refused.releasing_null_does_nothing", 0, releasing_null_is_harmless},
    {"refused.the_error_may_be_null", 0, the_error_may_be_null},
    {"refused.success_leaves_the_error_alone", 0, success_leaves_the_error_alone},
    {"refused.unknown_flags_of_a_stream", 0, unknown_stream_flags},
    {"refused.every_status_has_a_name", 0, status_names},
    {"refused.more_than_the_largest_allocation", 0, more_than_the_largest_allocation},
    {"refused.absurd_sizes", 0, absurd_sizes},
    {"refused.counts_whose_bytes_overflow", 0, overflowing_counts},
    {"refused.after_a_refused_allocation_all_goes_on", 0, out_of_memory_leaves_the_device_usable},
    {"refused.unknown_memory_kinds", 0, unknown_memory_kind},
    {"refused.a_native_handle_of_another_vendor", 0, a_foreign_native_handle},
    {"refused.views_out_of_range", 0, views_out_of_range},
    {"refused.forged_views_touch_nothing", 0, forged_views},
    {"refused.a_view_of_no_buffer", 0, a_view_of_no_buffer},
    {"refused.null_host_memory", 0, null_host_memory},
    {"refused.copies_larger_than_the_view", 0, writes_larger_than_the_view},
    {"refused.copies_between_views_of_different_sizes", 0, copies_of_different_sizes},
    {"refused.a_released_buffer", 0, a_released_buffer},
    {"refused.a_released_buffer_whose_memory_is_used_again", 0, a_released_buffer_stays_gone_when_memory_is_used_again},
    {"refused.releasing_an_empty_owner_is_harmless", 0, a_buffer_released_twice},
    {"refused.a_moved_from_owner", 0, a_moved_from_buffer},
    {"refused.a_buffer_of_another_device", 0, a_buffer_of_another_device},
    {"refused.a_null_host_function", HY_CAP_HOST_FUNCTIONS, a_null_host_function},
    {"refused.what_the_device_lacks_is_unsupported", 0, what_is_missing_is_unsupported},
};

}  // namespace

CaseTable refusal_cases() { return kCases; }

}  // namespace halyard::conformance
