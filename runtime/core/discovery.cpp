// Lists physical devices: opens the backends, joins entries that are the same device, and answers selectors.
#include <strings.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <cstring>

#include "halyard/backend_adapter.hpp"
#include "runtime/core/backend.hpp"
#include "runtime/core/identity.hpp"
#include "runtime/core/sized.hpp"

namespace halyard::core {
namespace {

int kind_rank(hy_device_kind kind) {
  switch (kind) {
    case HY_DEVICE_GPU:
      return 0;
    case HY_DEVICE_ACCELERATOR:
      return 1;
    case HY_DEVICE_SIMULATED:
      return 2;
    case HY_DEVICE_INTEGRATED_GPU:
      return 3;
    default:
      return 4;
  }
}

// Devices in the order of backends: the first entry of a physical device is the best one.
void merge(hy_runtime* runtime) {
  std::vector<std::vector<hy_device*>> groups;
  for (const auto& backend : runtime->backends) {
    for (const auto& device : backend->devices) {
      auto same = [&](const std::vector<hy_device*>& group) {
        return std::any_of(group.begin(), group.end(),
                           [&](const hy_device* other) { return same_physical(other->info, device->info); });
      };
      auto group = std::find_if(groups.begin(), groups.end(), same);
      if (group == groups.end()) {
        groups.push_back({device.get()});
      } else {
        group->push_back(device.get());
      }
    }
  }
  for (const auto& group : groups) {
    for (hy_device* device : group) {
      std::copy_if(group.begin(), group.end(), std::back_inserter(device->alternatives),
                   [&](const hy_device* other) { return other != device; });
    }
    runtime->physical.push_back(group.front());
  }
  std::stable_sort(runtime->physical.begin(), runtime->physical.end(), [](const hy_device* a, const hy_device* b) {
    return kind_rank(a->info.kind) < kind_rank(b->info.kind);
  });
}

hy_status discover_locked(hy_runtime* runtime) {
  if (runtime->discovered.load(std::memory_order_acquire)) return HY_OK;
  for (const auto& backend : runtime->backends) open_backend(runtime, backend.get());
  merge(runtime);
  runtime->discovered.store(true, std::memory_order_release);
  return HY_OK;
}

bool contains_word(const char* text, const char* word) { return strcasestr(text, word) != nullptr; }

bool is_vendor(const hy_device_info& info, const char* vendor) {
  static constexpr const char* kAliases[][2] = {{"amd", "advanced micro devices"},
                                                {"amd", "authenticamd"},
                                                {"intel", "genuineintel"},
                                                {"arm", "arm"},
                                                {"nvidia", "nvidia"},
                                                {"qualcomm", "qualcomm"}};
  for (const auto& alias : kAliases) {
    if (strcasecmp(vendor, alias[0]) == 0 && contains_word(info.vendor, alias[1])) return true;
  }
  return strcasecmp(info.vendor, vendor) == 0 ||
         (strlen(vendor) >= 3 && strncasecmp(info.vendor, vendor, strlen(vendor)) == 0);
}

std::string list_of_devices(hy_runtime* runtime) {
  std::string text;
  for (const auto& backend : runtime->backends) {
    for (const auto& device : backend->devices) {
      text += (text.empty() ? "" : ", ") + backend->name + ":" + std::to_string(device->info.index);
      text += std::string(" (") + device->info.id + ")";
    }
  }
  return text.empty() ? "none" : text;
}

// "; not there: cuda (there is no libcuda.so.1), hip (…); `halyard devices` says more": as discovery found them, short.
std::string list_of_absent(hy_runtime* runtime) {
  constexpr std::size_t kMostOfReason = 100;
  constexpr std::size_t kMostOfAll = 480;  // so that an error has room for what stands before
  std::string text;
  for (const auto& backend : runtime->backends) {
    if (!backend->devices.empty() || backend->info.reason[0] == '\0') continue;
    std::string reason = backend->info.reason;
    if (reason.size() > kMostOfReason) reason = reason.substr(0, kMostOfReason - 3) + "...";
    std::string entry = (text.empty() ? "" : ", ") + backend->name + " (" + reason + ")";
    if (text.size() + entry.size() > kMostOfAll) {
      text += ", ...";
      break;
    }
    text += entry;
  }
  return text.empty() ? "" : "; not there: " + text + "; `halyard devices` says more";
}

hy_status by_backend(hy_runtime* runtime, Backend* backend, const char* index_text, hy_device** out, hy_error* error) {
  std::uint64_t index = 0;
  if (index_text != nullptr) {
    char* end = nullptr;
    index = std::isdigit(static_cast<unsigned char>(index_text[0])) != 0 ? std::strtoull(index_text, &end, 10) : 0;
    if (end == nullptr || *end != '\0') {
      return fail(error, HY_INVALID_ARGUMENT,
                  "'%s:%s': what follows the colon must be a device's number, counted from 0", backend->name.c_str(),
                  index_text);
    }
  }
  open_backend(runtime, backend);
  if (backend->devices.empty()) {
    return fail(error, HY_UNAVAILABLE, "%s presents no device: %s%s%s", backend->name.c_str(), backend->info.reason,
                backend->info.cure[0] != '\0' ? "; " : "", backend->info.cure);
  }
  for (const auto& device : backend->devices) {
    if (device->info.index == index) {
      *out = device.get();
      return HY_OK;
    }
  }
  return fail(error, HY_UNAVAILABLE, "there is no device %s:%llu; %s has %zu", backend->name.c_str(),
              static_cast<unsigned long long>(index), backend->name.c_str(), backend->devices.size());
}

// A vendor's word means its accelerators. Nearly every machine has a processor of AMD's or Intel's, which is no answer
// to "amd" where the driver of the GPU is missing: it is chosen by "cpu".
hy_status by_vendor(hy_runtime* runtime, const char* name, hy_device** out, hy_error* error) {
  const hy_device* processor = nullptr;
  for (hy_device* device : runtime->physical) {
    if (!is_vendor(device->info, name)) continue;
    if (device->info.kind != HY_DEVICE_CPU) {
      *out = device;
      return HY_OK;
    }
    processor = device;
  }
  if (processor != nullptr) {
    return fail(error, HY_UNAVAILABLE,
                "'%s': of this vendor there is the processor alone (%s), which is chosen by '%s'%s", name,
                processor->info.name, processor->info.backend, list_of_absent(runtime).c_str());
  }
  return fail(error, HY_UNAVAILABLE, "no device is called '%s', by id, backend or vendor; there are: %s%s", name,
              list_of_devices(runtime).c_str(), list_of_absent(runtime).c_str());
}

hy_status by_name(hy_runtime* runtime, const char* name, hy_device** out, hy_error* error) {
  if (hy_status status = discover_locked(runtime); status != HY_OK) return status;
  for (const hy_device* primary : runtime->physical) {
    if (std::strcmp(primary->info.id, name) == 0) {
      *out = const_cast<hy_device*>(primary);
      return HY_OK;
    }
  }
  for (const auto& backend : runtime->backends) {
    for (const auto& device : backend->devices) {
      if (std::strcmp(device->info.id, name) == 0) {
        *out = device.get();
        return HY_OK;
      }
    }
  }
  return by_vendor(runtime, name, out, error);
}

// Same answer with and without a device's number: what is there, and how the backend would be.
hy_status no_such_backend(hy_runtime* runtime, const char* selector, const std::string& name, hy_error* error) {
  discover_locked(runtime);
  const char* const setting = runtime->config.backends_setting;
  const std::string cure = runtime->config.backends.empty()
                               ? is_default_backend(name) ? "to have it, take a build of Halyard with it (HALYARD_WITH)"
                                                          : "if it is a plugin's, name that in HALYARD_PLUGINS"
                               : std::string("what is used is said by ") + setting + ", which does not name it";
  return fail(error, HY_UNAVAILABLE, "'%s': there is no backend '%s' in use; %s. The devices are: %s%s", selector,
              name.c_str(), cure.c_str(), list_of_devices(runtime).c_str(), list_of_absent(runtime).c_str());
}

hy_status find(hy_runtime* runtime, const char* selector, hy_device** out, hy_error* error) {
  if (selector[0] == '\0') {
    discover_locked(runtime);
    if (runtime->physical.empty()) {
      const std::string absent = list_of_absent(runtime);
      return fail(error, HY_UNAVAILABLE, "this machine has no device that Halyard can use%s",
                  absent.empty() ? "; `halyard devices` says why" : absent.c_str());
    }
    *out = runtime->physical.front();
    return HY_OK;
  }
  const char* colon = std::strchr(selector, ':');
  std::string head(selector, colon == nullptr ? std::strlen(selector) : static_cast<std::size_t>(colon - selector));
  for (const auto& backend : runtime->backends) {
    if (strcasecmp(backend->name.c_str(), head.c_str()) == 0) {
      return by_backend(runtime, backend.get(), colon == nullptr ? nullptr : colon + 1, out, error);
    }
  }
  for (char& c : head) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  // "pci-0000:65:00.0" has colons too.
  if (colon != nullptr && head.rfind("pci-", 0) != 0) {
    return no_such_backend(runtime, selector, head, error);
  }
  if (is_default_backend(head)) return no_such_backend(runtime, selector, head, error);
  return by_name(runtime, selector, out, error);
}

// The same for a call that names no device: the setting is named where it is wrong, since the program does not know it.
hy_status find_default(hy_runtime* runtime, hy_device** out, hy_error* error) {
  const std::string& setting = runtime->config.default_device;
  hy_error why{};
  const hy_status status = find(runtime, setting.c_str(), out, &why);
  if (status == HY_OK) return HY_OK;
  return fail_vendor(error, status, why.vendor_code, why.vendor_name, "%s%s",
                     setting.empty() ? "" : "HALYARD_DEVICE: ", why.message);
}

}  // namespace

hy_status discover(hy_runtime* runtime, hy_error* error) {
  return stop_exceptions(error, [&] {
    std::lock_guard lock(runtime->discovery);
    return discover_locked(runtime);
  });
}

}  // namespace halyard::core

using namespace halyard::core;  // NOLINT: the C API below is one with it
using halyard::fail;
using halyard::stop_exceptions;

extern "C" {

hy_status hy_runtime_device_count(hy_runtime* runtime, uint32_t* out, hy_error* error) {
  if (runtime == nullptr || out == nullptr) return fail(error, HY_INVALID_ARGUMENT, "runtime and out must not be NULL");
  if (forked(runtime)) return fail_forked(error);
  if (hy_status status = discover(runtime, error); status != HY_OK) return status;
  *out = static_cast<uint32_t>(runtime->physical.size());
  return HY_OK;
}

hy_status hy_runtime_device_at(hy_runtime* runtime, uint32_t index, hy_device** out, hy_error* error) {
  uint32_t count = 0;
  if (hy_status status = hy_runtime_device_count(runtime, &count, error); status != HY_OK) return status;
  if (out == nullptr || index >= count) {
    return fail(error, HY_INVALID_ARGUMENT, "index %u: there are %u devices", index, count);
  }
  *out = runtime->physical[index];
  hy_device_retain(*out);
  return HY_OK;
}

hy_status hy_runtime_find_device(hy_runtime* runtime, const char* selector, hy_device** out, hy_error* error) {
  if (runtime == nullptr || out == nullptr) return fail(error, HY_INVALID_ARGUMENT, "runtime and out must not be NULL");
  if (forked(runtime)) return fail_forked(error);
  return stop_exceptions(error, [&] {
    std::lock_guard lock(runtime->discovery);
    const bool named = selector != nullptr && selector[0] != '\0';
    const hy_status status = named ? find(runtime, selector, out, error) : find_default(runtime, out, error);
    if (status == HY_OK) hy_device_retain(*out);
    return status;
  });
}

hy_status hy_runtime_backend_count(hy_runtime* runtime, uint32_t* out, hy_error* error) {
  if (runtime == nullptr || out == nullptr) return fail(error, HY_INVALID_ARGUMENT, "runtime and out must not be NULL");
  if (forked(runtime)) return fail_forked(error);
  if (hy_status status = discover(runtime, error); status != HY_OK) return status;
  *out = static_cast<uint32_t>(runtime->backends.size());
  return HY_OK;
}

hy_status hy_runtime_backend_info(hy_runtime* runtime, uint32_t index, hy_backend_info* out, hy_error* error) {
  uint32_t count = 0;
  if (hy_status status = hy_runtime_backend_count(runtime, &count, error); status != HY_OK) return status;
  if (index >= count) return fail(error, HY_INVALID_ARGUMENT, "index %u: there are %u backends", index, count);
  return copy_info(runtime->backends[index]->info, out, "hy_backend_info", error);
}

hy_status hy_device_get_info(hy_device* device, hy_device_info* out, hy_error* error) {
  if (device == nullptr) return fail(error, HY_INVALID_ARGUMENT, "device must not be NULL");
  return copy_info(device->info, out, "hy_device_info", error);
}

hy_status hy_device_alternative_count(hy_device* device, uint32_t* out, hy_error* error) {
  if (device == nullptr || out == nullptr) return fail(error, HY_INVALID_ARGUMENT, "device and out must not be NULL");
  if (forked(device->runtime)) return fail_forked(error);
  if (hy_status status = discover(device->runtime, error); status != HY_OK) return status;
  *out = static_cast<uint32_t>(device->alternatives.size());
  return HY_OK;
}

hy_status hy_device_alternative_at(hy_device* device, uint32_t index, hy_device** out, hy_error* error) {
  uint32_t count = 0;
  if (hy_status status = hy_device_alternative_count(device, &count, error); status != HY_OK) return status;
  if (out == nullptr || index >= count) {
    return fail(error, HY_INVALID_ARGUMENT, "index %u: there are %u alternatives", index, count);
  }
  *out = device->alternatives[index];
  hy_device_retain(*out);
  return HY_OK;
}

}  // extern "C"
