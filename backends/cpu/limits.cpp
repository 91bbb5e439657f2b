// Affinity and cgroup limits.
#include "backends/cpu/limits.hpp"

#include <sched.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "backends/cpu/cpuinfo.hpp"

namespace halyard::cpu {
namespace {

// Folders of the process in a hierarchy, from its own up to the root; "" is the root. A container may see its path as
// the host names it while only the root is mounted, so the root is always among them.
std::vector<std::string> upwards(std::string path) {
  std::vector<std::string> all;
  while (path.size() > 1) {
    all.push_back(path);
    path.resize(path.rfind('/') == std::string::npos ? 0 : path.rfind('/'));
  }
  all.emplace_back("");
  return all;
}

// The process's path in the version 2 hierarchy (`controller` "") or in that of a version 1 controller.
std::string path_in(const std::string& membership, const std::string& controller) {
  for (size_t at = 0; at < membership.size();) {
    const size_t end = std::min(membership.find('\n', at), membership.size());
    const std::string line = membership.substr(at, end - at);
    at = end + 1;
    const size_t first = line.find(':');
    const size_t second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string names = "," + line.substr(first + 1, second - first - 1) + ",";
    const bool wanted = controller.empty() ? names == ",," : names.find("," + controller + ",") != std::string::npos;
    if (wanted) return line.substr(second + 1);
  }
  return "";
}

// A count, or UINT64_MAX for "max", "-1" and what is no number.
uint64_t count_of(const std::string& text) {
  if (text.empty() || text[0] < '0' || text[0] > '9') return UINT64_MAX;
  return std::strtoull(text.c_str(), nullptr, 10);
}

// The value after "key " in lines of "key value".
uint64_t line_value(const std::string& text, const char* key) {
  const std::string wanted = std::string("\n") + key;
  const std::string lines = "\n" + text;
  size_t at = lines.find(wanted);
  if (at == std::string::npos) return 0;
  at += wanted.size();
  while (at < lines.size() && (lines[at] == ' ' || lines[at] == ':')) ++at;
  return std::strtoull(lines.c_str() + at, nullptr, 10);
}

// Processors that a quota is worth, rounded up.
uint64_t quota_processors(const hy_host& host, const std::string& membership) {
  uint64_t least = UINT64_MAX;
  const auto note = [&least](uint64_t quota, uint64_t period) {
    if (quota != UINT64_MAX && period != 0 && period != UINT64_MAX) {
      least = std::min(least, std::max<uint64_t>(1, (quota + period - 1) / period));
    }
  };
  for (const std::string& folder : upwards(path_in(membership, ""))) {
    const std::string limit = read_file(host, ("/sys/fs/cgroup" + folder + "/cpu.max").c_str());
    const size_t space = limit.find(' ');
    if (space != std::string::npos) note(count_of(limit), count_of(limit.substr(space + 1)));
  }
  const std::string path = path_in(membership, "cpu");
  if (path.empty()) return least;
  for (const std::string& folder : upwards(path)) {
    const std::string base = "/sys/fs/cgroup/cpu" + folder;
    note(count_of(read_file(host, (base + "/cpu.cfs_quota_us").c_str())),
         count_of(read_file(host, (base + "/cpu.cfs_period_us").c_str())));
  }
  return least;
}

}  // namespace

std::vector<int> thread_affinity() {
  std::vector<int> cpus;
  for (int capacity = 1024; capacity <= 65536; capacity *= 4) {
    cpu_set_t* set = CPU_ALLOC(static_cast<size_t>(capacity));
    if (set == nullptr) break;
    const size_t bytes = CPU_ALLOC_SIZE(static_cast<size_t>(capacity));
    CPU_ZERO_S(bytes, set);
    const bool known = sched_getaffinity(0, bytes, set) == 0;
    for (int cpu = 0; known && cpu < capacity; ++cpu) {
      if (CPU_ISSET_S(static_cast<size_t>(cpu), bytes, set)) cpus.push_back(cpu);
    }
    CPU_FREE(set);
    if (known) break;
  }
  return cpus;
}

Processors usable_processors(const hy_host& host, const std::vector<int>& affinity) {
  Processors result;
  result.cpus = affinity;
  if (result.cpus.empty()) {
    result.cpus.push_back(0);
    result.pin = false;
  }
  const uint64_t quota = quota_processors(host, read_file(host, "/proc/self/cgroup"));
  if (quota < result.cpus.size()) {
    result.cpus.resize(quota);
    result.pin = false;
  }
  return result;
}

Memory usable_memory(const hy_host& host) {
  const std::string machine = read_file(host, "/proc/meminfo");
  Memory memory;
  memory.total = line_value(machine, "MemTotal") * 1024;
  memory.free = line_value(machine, "MemAvailable") * 1024;
  const auto note = [&memory](uint64_t limit, uint64_t used, uint64_t reclaimable) {
    if (limit == UINT64_MAX || memory.total == 0 || limit >= memory.total) return;
    memory.total = limit;
    used = used == UINT64_MAX ? 0 : used - std::min(used, reclaimable);
    memory.free = std::min(memory.free, limit - std::min(limit, used));
  };
  const std::string membership = read_file(host, "/proc/self/cgroup");
  const auto read = [&host](const std::string& path) { return read_file(host, path.c_str()); };
  for (const std::string& folder : upwards(path_in(membership, ""))) {
    const std::string base = "/sys/fs/cgroup" + folder;
    const uint64_t limit = count_of(read(base + "/memory.max"));
    if (limit == UINT64_MAX) continue;
    note(limit, count_of(read(base + "/memory.current")), line_value(read(base + "/memory.stat"), "inactive_file"));
  }
  const std::string path = path_in(membership, "memory");
  if (path.empty()) return memory;
  for (const std::string& folder : upwards(path)) {
    const std::string base = "/sys/fs/cgroup/memory" + folder;
    const uint64_t limit = count_of(read(base + "/memory.limit_in_bytes"));
    if (limit == UINT64_MAX) continue;
    note(limit, count_of(read(base + "/memory.usage_in_bytes")),
         line_value(read(base + "/memory.stat"), "total_inactive_file"));
  }
  return memory;
}

}  // namespace halyard::cpu
