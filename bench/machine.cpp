#include "machine.hpp"

#include <dirent.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <fstream>
#include <sstream>

namespace bench {
namespace {

std::uint64_t as_ns(const timeval& time) {
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000u + static_cast<std::uint64_t>(time.tv_usec) * 1'000u;
}

std::uint64_t used_by(int who) {
  rusage usage{};
  getrusage(who, &usage);
  return as_ns(usage.ru_utime) + as_ns(usage.ru_stime);
}

// user nice system idle iowait irq softirq steal, of all processors together; guest time is part of user.
std::uint64_t busy_ns() {
  std::ifstream stat("/proc/stat");
  std::string cpu;
  std::uint64_t field[8] = {};
  stat >> cpu;
  for (std::uint64_t& value : field) stat >> value;
  const std::uint64_t ticks = field[0] + field[1] + field[2] + field[5] + field[6] + field[7];
  return ticks * (1'000'000'000u / static_cast<std::uint64_t>(sysconf(_SC_CLK_TCK)));
}

std::uint64_t waiting_ns() {
  DIR* folder = opendir("/proc/self/task");
  if (folder == nullptr) return 0;
  std::uint64_t sum = 0;
  while (const dirent* entry = readdir(folder)) {
    if (entry->d_name[0] == '.') continue;
    char path[300];
    std::snprintf(path, sizeof path, "/proc/self/task/%s/schedstat", entry->d_name);
    std::ifstream file(path);
    std::uint64_t ran = 0, waited = 0;
    if (file >> ran >> waited) sum += waited;
  }
  closedir(folder);
  return sum;
}

std::string first_value(const char* path, const char* key) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (line.rfind(key, 0) != 0) continue;
    const std::size_t colon = line.find(':');
    return colon == std::string::npos ? "" : line.substr(line.find_first_not_of(" \t", colon + 1));
  }
  return "";
}

}  // namespace

std::uint64_t SystemClock::now_ns() const noexcept {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000u + static_cast<std::uint64_t>(now.tv_nsec);
}

Disturbance SystemClock::disturbance() const {
  const std::uint64_t ours = used_by(RUSAGE_SELF) + used_by(RUSAGE_CHILDREN);
  const std::uint64_t busy = busy_ns();
  // Ticks are coarser than our own time, so that the difference may step back by one: kept above zero by an offset.
  constexpr std::uint64_t kOffset = std::uint64_t{1} << 60;
  return {kOffset + busy - ours, waiting_ns()};
}

const std::vector<int>& allowed_cpus() {
  static const auto* const cpus = [] {
    auto* list = new std::vector<int>;
    cpu_set_t set;
    CPU_ZERO(&set);
    sched_getaffinity(0, sizeof set, &set);
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
      if (CPU_ISSET(cpu, &set)) list->push_back(cpu);
    }
    return list;
  }();
  return *cpus;
}

void pin_thread(unsigned index) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(allowed_cpus()[index % allowed_cpus().size()], &set);
  sched_setaffinity(0, sizeof set, &set);
}

void unpin_thread() {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (const int cpu : allowed_cpus()) CPU_SET(cpu, &set);
  sched_setaffinity(0, sizeof set, &set);
}

std::string machine_description() {
  utsname system{};
  uname(&system);
  const std::string release(system.release, std::strcspn(system.release, "-"));
  std::string model = first_value("/proc/cpuinfo", "model name");
  if (model.empty()) model = system.machine;
  const std::string family = first_value("/proc/cpuinfo", "cpu family");
  const std::uint64_t pages = static_cast<std::uint64_t>(sysconf(_SC_PHYS_PAGES));
  const std::uint64_t gib = (pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE)) + (1u << 29)) >> 30;
  std::ostringstream text;
  text << model;
  if (!family.empty()) text << " (family " << family << ", model " << first_value("/proc/cpuinfo", "model\t") << ')';
  text << ", " << allowed_cpus().size() << " cores, " << gib << " GiB, Linux " << release << ", "
#if defined(__clang__)
       << "clang " << __clang_major__ << '.' << __clang_minor__;
#else
       << "gcc " << __GNUC__ << '.' << __GNUC_MINOR__;
#endif
  return text.str();
}

}  // namespace bench
