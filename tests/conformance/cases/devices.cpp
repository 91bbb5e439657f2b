// What a device says of itself: identity, limits, and the ways to find it again.
#include <cctype>

#include "tests/conformance/cases/tables.hpp"

namespace halyard::conformance {
namespace {

std::string selector_of(const DeviceInfo& info) { return std::string(info.backend) + ":" + std::to_string(info.index); }

template <std::size_t N>
bool terminated(const char (&text)[N]) {
  return std::memchr(text, 0, N) != nullptr;
}

void id_finds_the_same_device(Context& c) {
  const std::string id = c.info().id;
  CHECK(!id.empty());
  LET(again, c.runtime().device(id.c_str()));
  CHECK_EQ(std::string(again.info().id), id);
  CHECK_EQ(std::string(again.info().backend), std::string(c.info().backend));
}

void backend_and_index_find_the_same_device(Context& c) {
  LET(again, c.runtime().device(selector_of(c.info()).c_str()));
  CHECK_EQ(std::string(again.info().id), std::string(c.info().id));
  CHECK_EQ(std::string(again.info().name), std::string(c.info().name));
}

void backend_name_finds_its_first_device(Context& c) {
  LET(first, c.runtime().device(c.info().backend));
  CHECK_EQ(std::string(first.info().backend), std::string(c.info().backend));
  CHECK_EQ(first.info().index, 0u);
}

void asking_twice_gives_the_same_answers(Context& c) {
  LET(one, c.runtime().device(selector_of(c.info()).c_str()));
  LET(two, c.runtime().device(selector_of(c.info()).c_str()));
  CHECK(std::memcmp(&one.info(), &two.info(), sizeof(DeviceInfo)) == 0);
}

void texts_are_terminated_and_names_are_there(Context& c) {
  const DeviceInfo& info = c.info();
  CHECK(terminated(info.id) && terminated(info.name) && terminated(info.vendor) && terminated(info.backend));
  CHECK(terminated(info.pci_address) && terminated(info.driver_version) && terminated(info.architecture));
  CHECK(info.name[0] != '\0');
  CHECK(info.backend[0] != '\0');
}

void id_is_made_of_printable_characters(Context& c) {
  for (const char* p = c.info().id; *p != '\0'; ++p) {
    if (!std::isprint(static_cast<unsigned char>(*p)) || std::isspace(static_cast<unsigned char>(*p))) {
      c.fail(std::string("character in id '") + c.info().id + "'");
      return;
    }
  }
}

void alignment_is_a_power_of_two_that_fits_every_type(Context& c) {
  const std::uint32_t alignment = c.info().base_alignment;
  CHECK(alignment >= 16);
  CHECK_EQ(alignment & (alignment - 1), 0u);
}

void workgroup_limits_hold_together(Context& c) {
  const DeviceInfo& info = c.info();
  CHECK(info.max_workgroup_items >= 1);
  CHECK(info.subgroup_size >= 1);
  std::uint64_t product = 1;
  for (std::uint32_t limit : info.max_workgroup) {
    CHECK(limit >= 1);
    CHECK(limit <= info.max_workgroup_items);
    product *= limit;
  }
  CHECK(product >= info.max_workgroup_items);
  for (std::uint64_t limit : info.max_grid) CHECK(limit >= 1);
}

void kernels_may_use_at_least_16_kib_of_local_memory(Context& c) { CHECK(c.info().local_memory_bytes >= 16384); }

void memory_figures_hold_together(Context& c) {
  LET(memory, c.device().memory());
  if (memory.total_bytes != 0) CHECK(memory.free_bytes <= memory.total_bytes);
  if (c.info().memory_bytes != 0) CHECK(c.info().max_allocation_bytes <= c.info().memory_bytes);
  CHECK(c.info().max_allocation_bytes > 0);
}

void a_dialect_goes_with_run_time_compilation(Context& c) {
  if (c.has(HY_CAP_RUNTIME_COMPILE)) {
    CHECK(c.info().dialect != HY_DIALECT_NONE);
    CHECK(c.has(HY_CAP_KERNELS));
  } else {
    c.check(true, "nothing to hold");
  }
  if (c.has(HY_CAP_SPIRV)) CHECK(c.has(HY_CAP_KERNELS));
  if (c.info().subgroup_size > 1) CHECK(c.has(HY_CAP_SUBGROUPS));
}

void the_device_is_in_the_list_or_an_alternative(Context& c) {
  LET(devices, c.runtime().devices());
  const std::string id = c.info().id;
  const std::string selector = selector_of(c.info());
  for (Device& device : devices) {
    if (selector_of(device.info()) == selector) return;
    LET(others, device.alternatives());
    for (Device& other : others) {
      if (selector_of(other.info()) == selector) return;
    }
  }
  c.fail("neither in the list nor among the alternatives: " + id);
}

void alternatives_are_of_other_backends_and_can_be_selected(Context& c) {
  LET(others, c.device().alternatives());
  for (Device& other : others) {
    CHECK(selector_of(other.info()) != selector_of(c.info()));
    LET(found, c.runtime().device(selector_of(other.info()).c_str()));
    CHECK_EQ(std::string(found.info().name), std::string(other.info().name));
  }
}

void the_backend_of_the_device_is_reported_as_available(Context& c) {
  LET(backends, c.runtime().backends());
  for (const BackendInfo& backend : backends) {
    if (std::strcmp(backend.name, c.info().backend) != 0) continue;
    CHECK(backend.available);
    CHECK(backend.device_count > c.info().index);
    return;
  }
  c.fail("its backend is not in the list");
}

void an_older_program_gets_only_the_fields_that_it_knows(Context& c) {
  hy_device_info info;
  std::memset(&info, 0x5A, sizeof info);
  info.size = static_cast<std::uint32_t>(offsetof(hy_device_info, compute_units));
  hy_error error{};
  CHECK_EQ(hy_device_get_info(c.device().native_handle(), &info, &error), HY_OK);
  CHECK_EQ(std::string(info.id), std::string(c.info().id));
  const auto* bytes = reinterpret_cast<const unsigned char*>(&info);
  for (std::size_t i = offsetof(hy_device_info, compute_units); i < sizeof info; ++i) {
    if (bytes[i] != 0x5A) {
      c.fail("byte " + std::to_string(i) + " past the caller's size was written");
      return;
    }
  }
}

void native_handles_of_the_device_can_be_taken_out(Context& c) {
  // A backend without contexts (cpu) has none to give, and says so.
  auto native = c.device().native();
  if (native) {
    CHECK(native->kind != HY_NATIVE_NONE);
  } else {
    CHECK_FAILS(native, unsupported);
  }
}

void the_runtime_knows_a_copy_of_the_device(Context& c) {
  Device copy = c.device();
  CHECK_EQ(std::string(copy.info().id), std::string(c.info().id));
  LET(stream, copy.stream());
  MUST(stream.synchronize());
}

constexpr Case kCases[] = {
    {"device.its_id_finds_it_again", 0, id_finds_the_same_device},
    {"device.backend_and_index_find_it_again", 0, backend_and_index_find_the_same_device},
    {"device.a_backend_name_finds_that_backends_first_device", 0, backend_name_finds_its_first_device},
    {"device.asking_twice_gives_the_same_answers", 0, asking_twice_gives_the_same_answers},
    {"device.texts_are_terminated_and_name_and_backend_are_not_empty", 0, texts_are_terminated_and_names_are_there},
    {"device.its_id_is_printable_and_has_no_spaces", 0, id_is_made_of_printable_characters},
    {"device.base_alignment_is_a_power_of_two_that_fits_every_type", 0,
     alignment_is_a_power_of_two_that_fits_every_type},
    {"device.workgroup_limits_hold_together", HY_CAP_KERNELS, workgroup_limits_hold_together},
    {"device.local_memory_is_at_least_16_KiB", HY_CAP_KERNELS, kernels_may_use_at_least_16_kib_of_local_memory},
    {"device.memory_figures_hold_together", 0, memory_figures_hold_together},
    {"device.capabilities_hold_together", 0, a_dialect_goes_with_run_time_compilation},
    {"device.it_is_listed_or_an_alternative_of_one_that_is", 0, the_device_is_in_the_list_or_an_alternative},
    {"device.each_alternative_can_be_selected", 0, alternatives_are_of_other_backends_and_can_be_selected},
    {"device.its_backend_is_reported_as_available", 0, the_backend_of_the_device_is_reported_as_available},
    {"device.an_older_program_gets_only_the_fields_it_knows", 0, an_older_program_gets_only_the_fields_that_it_knows},
    {"device.its_native_handle_is_given_or_said_not_to_be_there", HY_CAP_NATIVE_OUT,
     native_handles_of_the_device_can_be_taken_out},
    {"device.a_copy_of_the_handle_is_the_same_device", 0, the_runtime_knows_a_copy_of_the_device},
};

}  // namespace

CaseTable device_cases() { return kCases; }

}  // namespace halyard::conformance
