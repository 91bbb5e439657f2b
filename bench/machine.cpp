#include "machine.hpp"

#include <dirent.h>
#include <sched.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>

namespace bench {
namespace {

// The numbers below a folder of /proc.
template <class Visit>
void for_each_number(const std::string& path, Visit&& visit) {
  DIR* folder = opendir(path.c_str());
  if (folder == nullptr) return;
  while (const dirent* entry = readdir(folder)) {
    if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9') visit(std::strtol(entry->d_name, nullptr, 10));
  }
  closedir(folder);
}

struct TaskTimes {
  std::uint64_t ran_ns = 0, waited_ns = 0;
};

bool read_schedstat(long process, long task, TaskTimes* out) {
  char path[80];
  std::snprintf(path, sizeof path, "/proc/%ld/task/%ld/schedstat", process, task);
  std::ifstream file(path);
  return static_cast<bool>(file >> out->ran_ns >> out->waited_ns);
}

// What the hypervisor gave to other guests.
std::uint64_t stolen_ns() {
  std::ifstream stat("/proc/stat");
  std::string cpu;
  std::uint64_t field[8] = {};
  stat >> cpu;
  for (std::uint64_t& value : field) stat >> value;
  return field[7] * (1'000'000'000u / static_cast<std::uint64_t>(sysconf(_SC_CLK_TCK)));
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

// The times of /proc/stat are no use here: they count by ticks, and a processor that is woken up ten thousand times a
// second spends a tenth of its time on that alone, which is then nobody's.
Disturbance SystemClock::disturbance() {
  std::uint64_t waiting_ns = 0;
  std::unordered_map<long, std::uint64_t> ran;
  const long self = getpid();
  for_each_number("/proc", [&](long process) {
    for_each_number("/proc/" + std::to_string(process) + "/task", [&](long task) {
      TaskTimes times;
      if (!read_schedstat(process, task, &times)) return;
      if (process == self) {
        waiting_ns += times.waited_ns;
      } else {
        ran.emplace(task, times.ran_ns);
      }
    });
  });
  for (const auto& [task, now_ns] : ran) {
    const auto before = ran_before_.find(task);
    const std::uint64_t then_ns = before == ran_before_.end() ? 0 : before->second;
    others_ns_ += now_ns > then_ns ? now_ns - then_ns : 0;
  }
  ran_before_ = std::move(ran);
  return {others_ns_ + stolen_ns(), waiting_ns};
}

bool sees_others() {
  TaskTimes times;
  return read_schedstat(getpid(), getpid(), &times);
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
