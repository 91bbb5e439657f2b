// How a module comes to be: the best image that fits, else the cache, else the compiler.
#include "runtime/kernels/module.hpp"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cstring>

#include "halyard/detail/error.hpp"
#include "runtime/core/objects.hpp"
#include "runtime/kernels/build_id.hpp"
#include "runtime/kernels/bundle.hpp"
#include "runtime/kernels/cache.hpp"
#include "runtime/kernels/compile_message.hpp"
#include "runtime/kernels/constants.hpp"
#include "runtime/kernels/image_report.hpp"
#include "runtime/worker/wire.hpp"
#include "runtime/worker/worker.hpp"

namespace halyard::kernels {
namespace {

constexpr char kKind[] = "kernel";

// An error after which other images are not worth trying.
bool is_final(hy_status status) { return status == HY_DEVICE_LOST || status == HY_OUT_OF_MEMORY; }

// Makes one module; lives for that long.
class Loader {
 public:
  Loader(hy_device* device, hy_b_device* handle, Module* module, const char* kernel,
         std::span<const dialect::Constant> constants)
      : device_(device),
        handle_(handle),
        module_(module),
        bundle_(*module->bundle),
        constants_(constants),
        report_(*device, handle, *module, kernel, constants) {}

  hy_status run(hy_error* error) {
    hy_status status = from_images(error);
    if (status == HY_OK || is_final(status)) return status;
    if (device_->table->compile == nullptr || device_->info.dialect == HY_DIALECT_NONE) return report_.say(error);
    status = from_source(error);
    if (status == HY_UNAVAILABLE) report_.add_to(error);  // no compiler
    return status;
  }

 private:
  struct Candidate {
    std::uint32_t rank;
    hy_b_image image;
    const format::Image* stored;  // null: linked in
  };

  std::vector<Candidate> candidates() const;
  hy_status from_images(hy_error* error);
  hy_status from_source(hy_error* error);
  bool from_cache(const Digest& key);
  hy_status key_of(const std::string& text, Digest* out, hy_error* error) const;
  hy_status load(const hy_b_image& image, bool cached, hy_error* error);
  const char* source_name() const { return bundle_.sources[module_->source].file.c_str(); }

  hy_device* device_;
  hy_b_device* handle_;
  Module* module_;
  const hy_bundle& bundle_;
  std::span<const dialect::Constant> constants_;
  ImageReport report_;
};

hy_status Loader::load(const hy_b_image& image, bool cached, hy_error* error) {
  hy_b_module* loaded = nullptr;
  if (hy_status status = device_->table->module_load(handle_, &image, &loaded, error); status != HY_OK) return status;
  module_->handle = loaded;
  module_->format = image.format;
  module_->from_cache = cached;
  return HY_OK;
}

// Images of this source and with these constants that the device takes, best first.
std::vector<Loader::Candidate> Loader::candidates() const {
  std::vector<Candidate> found;
  auto offer = [&](hy_b_image image, const format::Image* stored) {
    image.size = sizeof image;
    const std::uint32_t rank = device_->table->image_rank(handle_, &image);
    if (rank != 0) found.push_back({rank, image, stored});
  };
  if (constants_text(bundle_.defaults) == module_->constants) {
    for (const hy_bundle::Linked& linked : bundle_.linked) {
      if (linked.source != module_->source) continue;
      offer({0, HY_IMAGE_HOST_LINKED, linked.image->target, linked.image, sizeof *linked.image}, nullptr);
    }
  }
  for (const format::Image& image : bundle_.image.images()) {
    const auto stored = bundle_.image.constants(image.first_constant, image.constant_count);
    if (image.source != module_->source || !same_constants(bundle_.image, stored, constants_)) continue;
    // The bytes are compared with their checksum only if the image is taken.
    offer({0, image.format, bundle_.image.string(image.target), bundle_.image.unchecked_bytes(image), image.bytes},
          &image);
  }
  std::stable_sort(found.begin(), found.end(), [](const Candidate& a, const Candidate& b) { return a.rank > b.rank; });
  return found;
}

hy_status Loader::from_images(hy_error* error) {
  for (const Candidate& candidate : candidates()) {
    const void* data = nullptr;
    hy_error why{};
    hy_status status = candidate.stored == nullptr ? HY_OK : bundle_.image.image_bytes(*candidate.stored, &data, &why);
    if (status == HY_OK) status = load(candidate.image, true, &why);
    if (status == HY_OK) {
      device_->runtime->host.log(HY_LOG_DEBUG, "%s: compiled ahead for '%s', taken for %s", source_name(),
                                 candidate.image.target, device_->info.id);
      return HY_OK;
    }
    const std::string said = report_.sentence(candidate.image, why.message);
    if (is_final(status)) return fail_vendor(error, status, why.vendor_code, why.vendor_name, "%s", said.c_str());
    device_->runtime->host.log_text(HY_LOG_WARNING, said.c_str());
    report_.refused(candidate.image, status, why);
  }
  return HY_UNSUPPORTED;
}

hy_status Loader::key_of(const std::string& text, Digest* out, hy_error* error) const {
  char identity[1024] = {};
  if (hy_status status = device_->table->compile_identity(handle_, identity, sizeof identity, error); status != HY_OK) {
    return status;
  }
  const hy_device_info& info = device_->info;
  Sha256 hash;
  for (std::string_view part :
       {std::string_view("module/1"), std::string_view(info.backend), std::string_view(info.architecture),
        std::string_view(info.driver_version), std::string_view(identity), std::string_view(text)}) {
    hash.part(part);
  }
  hash.part(build_id());
  *out = hash.finish();
  return HY_OK;
}

// An entry that the device refuses is forgotten.
bool Loader::from_cache(const Digest& key) {
  Cache& cache = *device_->runtime->cache;
  const std::optional<std::string> entry = cache.get(kKind, key);
  if (!entry) return false;
  worker::WireReader reader(*entry);
  const auto image_format = static_cast<hy_image_format>(reader.number());
  const std::string_view data = reader.text();
  const std::string target(reader.text());
  hy_error error{};
  const hy_b_image image{sizeof image, image_format, target.c_str(), data.data(), data.size()};
  // Host code from the cache comes as an object; an address in a file would be somebody's mischief.
  if (reader.complete() && image_format != HY_IMAGE_HOST_LINKED && load(image, true, &error) == HY_OK) {
    device_->runtime->host.log(HY_LOG_DEBUG, "%s: taken from the cache for %s", source_name(), device_->info.id);
    return true;
  }
  device_->runtime->host.log(HY_LOG_INFO, "%s: a cached kernel can't be used and is compiled anew: %s",
                             device_->info.name, error.message);
  cache.remove(kKind, key);
  return false;
}

hy_status Loader::from_source(hy_error* error) {
  const hy_bundle::Source& source = bundle_.sources[module_->source];
  std::string text;
  hy_status status = dialect::expand(source.text, source.file, device_->info.dialect, constants_, &text, error);
  if (status != HY_OK) return status;
  Digest key{};
  if (status = key_of(text, &key, error); status != HY_OK) return status;
  if (from_cache(key)) return HY_OK;

  const auto began = std::chrono::steady_clock::now();
  const hy_b_source request{sizeof request, worker::kCompileTimeoutMs, text.data(), text.size(), source.file.c_str()};
  worker::Compiled compiled;
  hy_runtime& runtime = *device_->runtime;
  status = runtime.worker->compile(device_, handle_, request, &compiled, error);
  if (status != HY_OK) {
    if (!compiled.log.empty()) runtime.host.log_text(HY_LOG_ERROR, compiled.log.c_str());
    if (status == HY_COMPILE_FAILED) say_first_errors(compiled.log, source.file, error);
    return status;
  }
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - began;
  runtime.host.log(HY_LOG_DEBUG, "%s: not in the cache, compiled for %s in %.0f ms", source_name(), device_->info.id,
                   took.count());
  if (!compiled.log.empty()) runtime.host.log_text(HY_LOG_DEBUG, compiled.log.c_str());
  worker::WireWriter entry;
  entry.number(compiled.format);
  entry.text(compiled.data);  // first: at 16 bytes, aligned for any reader
  entry.text(compiled.target);
  runtime.cache->put(kKind, key, entry.bytes());
  hy_error why{};
  status =
      load({sizeof(hy_b_image), compiled.format, compiled.target.c_str(), compiled.data.data(), compiled.data.size()},
           false, &why);
  if (status == HY_OK) return status;
  if (status != HY_CORRUPT_ARTIFACT)
    return fail_vendor(error, status, why.vendor_code, why.vendor_name, "%s", why.message);
  // What was made just now is not damaged.
  return fail_vendor(error, HY_COMPILE_FAILED, why.vendor_code, why.vendor_name,
                     "%s compiles, but the driver of %s refuses it: it may need more of something than the device has, "
                     "such as local memory (%llu bytes): %s",
                     source_name(), device_->info.name,
                     static_cast<unsigned long long>(device_->info.local_memory_bytes), why.message);
}

}  // namespace

namespace {

// Whether `text` has `word` as a whole word.
bool has_word(std::string_view text, std::string_view word) {
  const auto joins = [&](std::size_t i) {
    return i < text.size() && (text[i] == '_' || std::isalnum(static_cast<unsigned char>(text[i])) != 0);
  };
  for (std::size_t at = 0; (at = text.find(word, at)) != std::string_view::npos; ++at) {
    if ((at == 0 || !joins(at - 1)) && !joins(at + word.size())) return true;
  }
  return false;
}

// A misspelt constant would do nothing, unseen. One that another source of the bundle uses is let pass: so a set can be
// given to all of its kernels.
hy_status refuse_unknown(const hy_bundle& bundle, std::span<const hy_constant> constants, hy_error* error) {
  for (const hy_constant& constant : constants) {
    const bool used = std::any_of(bundle.sources.begin(), bundle.sources.end(), [&](const hy_bundle::Source& source) {
      return has_word(source.text, constant.name);
    });
    if (!used) {
      return fail(error, HY_INVALID_ARGUMENT, "constant %s: no source of the bundle uses a macro of this name",
                  constant.name);
    }
  }
  return HY_OK;
}

}  // namespace

ModuleTable::ModuleTable(hy_device* device) : device_(device) {}

ModuleTable::~ModuleTable() {
  std::lock_guard lock(links_mutex());
  for (const std::unique_ptr<Module>& module : modules_) {
    if (module->handle != nullptr) device_->table->module_unload(module->handle);
    std::vector<ModuleTable*>& users = module->bundle->users;
    users.erase(std::remove(users.begin(), users.end(), this), users.end());
  }
}

hy_status ModuleTable::acquire(const Request& request, std::span<const hy_constant> constants, Module** out,
                               hy_error* error) {
  hy_bundle* const bundle = request.bundle;
  std::vector<dialect::Constant> merged;
  if (hy_status status = merge_constants(bundle->defaults, constants, &merged, error); status != HY_OK) return status;
  Module* module = find_or_add(bundle, request.source, constants_text(merged));
  std::lock_guard making(module->making);
  *out = module;
  if (module->handle != nullptr) return HY_OK;
  if (hy_status status = refuse_unknown(*bundle, constants, error); status != HY_OK) return status;
  hy_b_device* handle = nullptr;
  if (hy_status status = core::open_device(device_, &handle, error); status != HY_OK) return status;
  return Loader(device_, handle, module, request.kernel, merged).run(error);
}

Module* ModuleTable::find_or_add(hy_bundle* bundle, std::uint32_t source, std::string constants) {
  std::lock_guard links(links_mutex());
  std::lock_guard lock(mutex_);
  for (const std::unique_ptr<Module>& module : modules_) {
    if (module->bundle == bundle && module->source == source && module->constants == constants) return module.get();
  }
  if (std::find(bundle->users.begin(), bundle->users.end(), this) == bundle->users.end()) bundle->users.push_back(this);
  auto module = std::make_unique<Module>();
  module->bundle = bundle;
  module->source = source;
  module->constants = std::move(constants);
  modules_.push_back(std::move(module));
  return modules_.back().get();
}

void ModuleTable::forget(hy_bundle* bundle) noexcept {
  std::lock_guard lock(mutex_);
  auto gone = [&](const std::unique_ptr<Module>& module) {
    if (module->bundle != bundle) return false;
    if (module->handle != nullptr) device_->table->module_unload(module->handle);
    return true;
  };
  modules_.erase(std::remove_if(modules_.begin(), modules_.end(), gone), modules_.end());
}

}  // namespace halyard::kernels
