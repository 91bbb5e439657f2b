// The parts of the cases' context that are not templates: streams, kernels by file, reports, the gate.
#include "tests/conformance/context.hpp"

#include <unistd.h>

#include <condition_variable>

#include "tests/conformance/kernel_sources.hpp"

namespace halyard::conformance {

Stream& Context::stream() {
  if (!stream_) {
    auto made = device().stream();
    if (!made) {
      // A device without streams has nothing to offer; the next run of the loop would say the same.
      fail("no stream: " + describe(made.error()));
      made = suite_.device.stream();
    }
    stream_.emplace(std::move(*made));
  }
  return *stream_;
}

Result<Bundle> Context::bundle(const char* file) {
  std::lock_guard lock(suite_.mutex);
  const auto found = suite_.bundles.find(file);
  if (found != suite_.bundles.end()) return found->second;
  for (const KernelSource& source : kernel_sources()) {
    if (std::strcmp(source.name, file) != 0) continue;
    const std::string name = std::string(file) + ".hk";
    const std::string ahead = suite_.options.bundles + "/" + file + ".hkb";
    const bool has_images = !suite_.options.bundles.empty() && access(ahead.c_str(), R_OK) == 0;
    auto made = has_images ? Bundle::from_file(suite_.runtime, ahead.c_str())
                           : Bundle::from_source(suite_.runtime, source.text, name.c_str());
    if (made) suite_.bundles.emplace(file, *made);
    if (made && has_images) suite_.ahead.insert(file);
    return made;
  }
  fail(std::string("the suite has no kernel file ") + file);
  return Bundle::from_source(suite_.runtime, "", file);
}

namespace {

Result<Kernel> make_kernel(const Bundle& bundle, const Device& device, const char* name,
                           const Context::Constants& constants) {
  std::vector<hy_constant> list;
  for (const auto& [word, value] : constants) list.push_back({word.c_str(), value.c_str()});
  return bundle.kernel(device, name, std::span<const hy_constant>(list));
}

}  // namespace

Result<Kernel> Context::kernel(const char* file, const char* name, const Constants& constants) {
  auto from = bundle(file);
  if (!from) return from.error();
  auto made = make_kernel(*from, device(), name, constants);
  if (made && constants.empty()) note_image(file, name, *made);
  return made;
}

// Whether a kernel of a bundle with images came from one. A compiler may give native code too, but not without work.
void Context::note_image(const char* file, const char* name, const Kernel& kernel) {
  const auto info = kernel.info();
  std::lock_guard lock(suite_.mutex);
  if (!info || suite_.ahead.count(file) == 0) return;
  if (info->format == HY_IMAGE_SPIRV || (info->format == HY_IMAGE_ZE_NATIVE && info->from_cache != 0)) {
    suite_.imaged.insert(std::string(file) + ":" + name);
  } else {
    fail(std::string(file) + ".hkb has no image for the device, and " + name + " was compiled");
  }
}

Result<Kernel> Context::kernel_from(const std::string& text, const char* name, const Constants& constants) {
  auto from = Bundle::from_source(runtime(), text, "case.hk");
  if (!from) return from.error();
  return make_kernel(*from, device(), name, constants);
}

void Context::skip(std::string reason) {
  std::lock_guard lock(mutex_);
  skip_ = std::move(reason);
}

std::string Context::report() {
  std::lock_guard lock(mutex_);
  return report_;
}

std::string Context::describe(const Error& error) {
  std::string text = hy_status_name(static_cast<hy_status>(error.code()));
  text += ": ";
  text += error.message();
  if (error.vendor_code() != 0) {
    text += " [" + std::string(error.vendor_name()) + " " + std::to_string(error.vendor_code()) + "]";
  }
  return text;
}

bool Context::wrong(const std::string& what, Location where) {
  if (!suite_.options.without_hardware || !looks_at_results_) return fail(what, where);
  skip("driver without hardware");
  return false;
}

bool Context::fail(const std::string& what, Location where) {
  constexpr int kKept = 6;
  if (failures_.fetch_add(1) >= kKept) return false;
  std::string_view file = where.file;
  if (const std::size_t slash = file.rfind('/'); slash != std::string_view::npos) file.remove_prefix(slash + 1);
  std::lock_guard lock(mutex_);
  if (!report_.empty()) report_ += "; ";
  report_ += std::string(file) + ":" + std::to_string(where.line) + ": " + what;
  return false;
}

bool Context::check_error(const Error& error, ErrorCode code, const char* text, Location where) {
  if (error.code() != code) {
    return fail(
        std::string(text) + " answered " + describe(error) + ", wanted " + hy_status_name(static_cast<hy_status>(code)),
        where);
  }
  if (error.message().empty()) return fail(std::string(text) + " has no message", where);
  return true;
}

bool own_runtime(Context& c, std::optional<Runtime>& runtime, std::optional<Device>& device) {
  auto made = Runtime::create(c.runtime_options());
  if (!c.ok(made, "Runtime::create")) return false;
  const std::string selector = std::string(c.info().backend) + ":" + std::to_string(c.info().index);
  auto found = made->device(selector.c_str());
  if (!found) {
    c.skip("a new runtime does not find " + selector + ": " + std::string(found.error().message()));
    return false;
  }
  runtime.emplace(*made);
  device.emplace(*found);
  return true;
}

struct Gate::State {
  std::mutex mutex;
  std::condition_variable changed;
  bool open = false;
  bool entered = false;
};

Gate::Gate() : state_(std::make_shared<State>()) {}

Result<void> Gate::hold(Stream& stream) {
  // The host function owns a reference: it may run after the gate is gone.
  auto* keep = new std::shared_ptr<State>(state_);
  auto result = stream.host_function(
      [](void* user, hy_error*) -> hy_status {
        std::unique_ptr<std::shared_ptr<State>> state(static_cast<std::shared_ptr<State>*>(user));
        std::unique_lock lock((*state)->mutex);
        (*state)->entered = true;
        (*state)->changed.notify_all();
        (*state)->changed.wait_for(lock, std::chrono::seconds(30), [&] { return (*state)->open; });
        return HY_OK;
      },
      keep);
  if (!result) delete keep;
  return result;
}

void Gate::open() {
  std::lock_guard lock(state_->mutex);
  state_->open = true;
  state_->changed.notify_all();
}

bool Gate::entered() const {
  std::lock_guard lock(state_->mutex);
  return state_->entered;
}

const char* capability_name(hy_capabilities missing) noexcept {
  struct Name {
    hy_capabilities bit;
    const char* name;
  };
  static constexpr Name kNames[] = {
      {HY_CAP_KERNELS, "HY_CAP_KERNELS"},
      {HY_CAP_RUNTIME_COMPILE, "HY_CAP_RUNTIME_COMPILE"},
      {HY_CAP_FLOAT64, "HY_CAP_FLOAT64"},
      {HY_CAP_FLOAT16, "HY_CAP_FLOAT16"},
      {HY_CAP_BFLOAT16, "HY_CAP_BFLOAT16"},
      {HY_CAP_ATOMICS_INT64, "HY_CAP_ATOMICS_INT64"},
      {HY_CAP_ATOMICS_FLOAT, "HY_CAP_ATOMICS_FLOAT"},
      {HY_CAP_SUBGROUPS, "HY_CAP_SUBGROUPS"},
      {HY_CAP_BARRIERS, "HY_CAP_BARRIERS"},
      {HY_CAP_LOCAL_MEMORY, "HY_CAP_LOCAL_MEMORY"},
      {HY_CAP_SHARED_MEMORY, "HY_CAP_SHARED_MEMORY"},
      {HY_CAP_PINNED_MEMORY, "HY_CAP_PINNED_MEMORY"},
      {HY_CAP_HOST_UNIFIED, "HY_CAP_HOST_UNIFIED"},
      {HY_CAP_HOST_FUNCTIONS, "HY_CAP_HOST_FUNCTIONS"},
      {HY_CAP_TIMED_POINTS, "HY_CAP_TIMED_POINTS"},
      {HY_CAP_NATIVE_OUT, "HY_CAP_NATIVE_OUT"},
      {HY_CAP_NATIVE_IN, "HY_CAP_NATIVE_IN"},
      {HY_CAP_PRINTF, "HY_CAP_PRINTF"},
      {HY_CAP_CONCURRENT_STREAMS, "HY_CAP_CONCURRENT_STREAMS"},
      {HY_CAP_SPIRV, "HY_CAP_SPIRV"},
  };
  for (const Name& item : kNames) {
    if ((missing & item.bit) != 0) return item.name;
  }
  return "a capability that this suite does not know";
}

double ulps(float got, double wanted) noexcept {
  if (std::isnan(got) || std::isnan(wanted)) return std::isnan(got) == std::isnan(wanted) ? 0.0 : INFINITY;
  const float nearest = static_cast<float>(wanted);
  if (std::isinf(got) || std::isinf(nearest)) return got == nearest ? 0.0 : INFINITY;
  // One unit at the exact value's binade; the smallest normal's for everything below it.
  const double magnitude = std::fmax(std::fabs(wanted), 0x1p-126);
  const double unit = std::ldexp(1.0, std::ilogb(magnitude) - 23);
  return std::fabs(static_cast<double>(got) - wanted) / unit;
}

}  // namespace halyard::conformance
