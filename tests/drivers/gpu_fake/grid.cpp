#include "tests/drivers/gpu_fake/grid.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <boost/context/detail/fcontext.hpp>
#include <cstring>
#include <memory>
#include <vector>

#include "tests/drivers/gpu_fake/fiber_sanitizers.hpp"

namespace gpu_fake {
namespace {

using boost::context::detail::jump_fcontext;
using boost::context::detail::make_fcontext;
using boost::context::detail::transfer_t;

constexpr size_t kStackBytes = 128 * 1024;
constexpr unsigned char kPoison = 0xCB;

enum class State : unsigned char { kReady, kAtBarrier, kAtExchange, kDone };

struct Item {
  State state = State::kReady;
  hy_fake_uint3 thread{};
  unsigned long long mask = 0;
  unsigned value = 0, from = 0;
  struct Fiber* fiber = nullptr;  // while it is under way
};

struct Fiber {
  SwitchPoint point;
  Item* item = nullptr;  // the one that it was left in; null when it is free
};

// The fibers of one thread and the workgroup that they run.
class Group {
 public:
  ~Group() {
    for (const auto& fiber : fibers_) {
      destroy_point(&fiber->point);
      forget_stack(fiber->point.mapping, kStackBytes + page());
      munmap(const_cast<void*>(fiber->point.mapping), kStackBytes + page());
    }
  }

  bool run(const Launch& launch, std::string* why) {
    launch_ = &launch;
    const hy_fake_uint3& size = launch.items;
    items_.assign(size_t{size.x} * size.y * size.z, Item{});
    hy_fake_now& now = *launch.now;
    now.block_size = size;
    now.grid_size = launch.groups;
    now.wave_size = launch.wave_size;
    now.barrier = [] { current()->block(State::kAtBarrier); };
    now.exchange = [](unsigned long long mask, unsigned value, unsigned from) {
      Item& item = *current()->running_->item;
      item.mask = mask, item.value = value, item.from = from;
      current()->block(State::kAtExchange);
      return item.value;
    };
    current() = this;
    enter_thread(&thread_);
    bool good = true;
    for (unsigned z = 0; good && z < launch.groups.z; ++z) {
      for (unsigned y = 0; good && y < launch.groups.y; ++y) {
        for (unsigned x = 0; good && x < launch.groups.x; ++x) {
          now.block = {x, y, z};
          good = run_group(why);
        }
      }
    }
    if (!good) fibers_.clear();  // left inside a kernel; their stacks are given up
    current() = nullptr;
    return good;
  }

 private:
  static Group*& current() {
    static thread_local Group* group = nullptr;
    return group;
  }
  static size_t page() { return static_cast<size_t>(sysconf(_SC_PAGESIZE)); }

  bool run_group(std::string* why) {
    if (launch_->shared_bytes > 0) std::memset(launch_->shared, kPoison, launch_->shared_bytes);
    next_item_ = 0, done_ = 0, first_free_ = 0;
    next_thread_ = {0, 0, 0};
    while (next_item_ < items_.size()) resume(free_fiber());
    while (done_ < items_.size()) {
      bool progress = release_waves();
      if (!progress) progress = release_barrier();
      if (!progress) return stuck(why);
      for (size_t i = 0; i < next_item_; ++i) {
        if (items_[i].state == State::kReady && items_[i].fiber != nullptr) resume(items_[i].fiber);
      }
    }
    return true;
  }

  // ---- on the thread ----

  Fiber* free_fiber() {
    for (; first_free_ < fibers_.size(); ++first_free_) {
      if (fibers_[first_free_]->item == nullptr) return fibers_[first_free_].get();
    }
    auto made = std::make_unique<Fiber>();
    const size_t guard = page();
    void* mapping = mmap(nullptr, kStackBytes + guard, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    mprotect(mapping, guard, PROT_NONE);
    auto* bottom = static_cast<char*>(mapping) + guard;
    made->point.mapping = mapping;
    made_point(&made->point, bottom, kStackBytes);
    made->point.context = make_fcontext(bottom + kStackBytes, kStackBytes, main);
    fibers_.push_back(std::move(made));
    return fibers_.back().get();
  }

  void resume(Fiber* fiber) {
    running_ = fiber;
    if (fiber->item != nullptr) show(*fiber->item);
    go(&thread_, &fiber->point);
  }

  void show(const Item& item) {
    hy_fake_now& now = *launch_->now;
    now.thread = item.thread;
    now.lane = static_cast<unsigned>(&item - items_.data()) % launch_->wave_size;
  }

  // ---- on a fiber ----

  static void main(transfer_t from) {
    Group* group = current();
    arrive(nullptr, from);
    for (;;) {
      group->run_items();
      go(&group->running_->point, &group->thread_);
      group = current();
    }
  }

  // Items that nobody has begun, one after the other for as long as they do not wait.
  __attribute__((noinline)) void run_items() {
    Fiber* fiber = running_;
    while (next_item_ < items_.size()) {
      Item& item = items_[next_item_++];
      item = Item{};
      item.thread = next_thread_;
      item.fiber = fiber;
      advance();
      fiber->item = &item;
      show(item);
      launch_->kernel->call(launch_->arguments);
      item.state = State::kDone;
      item.fiber = nullptr;
      ++done_;
    }
    fiber->item = nullptr;
  }

  void advance() {
    if (++next_thread_.x < launch_->items.x) return;
    next_thread_.x = 0;
    if (++next_thread_.y < launch_->items.y) return;
    next_thread_.y = 0;
    ++next_thread_.z;
  }

  __attribute__((noinline)) void block(State state) {
    Fiber* fiber = running_;
    fiber->item->state = state;
    go(&fiber->point, &thread_);
  }

  // ---- who may go on ----

  bool release_waves() {
    bool released = false;
    for (size_t begin = 0; begin < items_.size(); begin += launch_->wave_size) {
      const size_t end = std::min(items_.size(), begin + launch_->wave_size);
      released = release_wave(begin, end) || released;
    }
    return released;
  }

  // Lanes go on once all of their mask have come; those without a mask with whoever is there, as nobody else can move.
  bool release_wave(size_t begin, size_t end) {
    unsigned long long here = 0;
    for (size_t i = begin; i < end; ++i) {
      if (items_[i].state == State::kAtExchange) here |= 1ull << (i - begin);
    }
    if (here == 0) return false;
    unsigned long long going = 0;
    unsigned answers[64];
    for (size_t i = begin; i < end; ++i) {
      const Item& item = items_[i];
      if (item.state != State::kAtExchange || (item.mask & ~here) != 0 || !same_mask(item, begin, end)) continue;
      going |= 1ull << (i - begin);
      const size_t from = item.from % launch_->wave_size;
      const bool known = from < end - begin && (here >> from & 1) != 0;
      answers[i - begin] = known ? items_[begin + from].value : 0;
    }
    for (size_t i = begin; i < end; ++i) {
      if ((going >> (i - begin) & 1) == 0) continue;
      items_[i].value = answers[i - begin];
      items_[i].state = State::kReady;
    }
    return going != 0;
  }

  bool same_mask(const Item& item, size_t begin, size_t end) const {
    for (size_t i = begin; i < end; ++i) {
      if ((item.mask >> (i - begin) & 1) != 0 && items_[i].mask != item.mask) return false;
    }
    return true;
  }

  bool release_barrier() {
    size_t waiting = 0;
    for (const Item& item : items_) waiting += item.state == State::kAtBarrier ? 1 : 0;
    if (waiting == 0 || waiting + done_ != items_.size()) return false;
    for (Item& item : items_) {
      if (item.state == State::kAtBarrier) item.state = State::kReady;
    }
    return true;
  }

  bool stuck(std::string* why) const {
    size_t at_barrier = 0, at_exchange = 0;
    for (const Item& item : items_) {
      at_barrier += item.state == State::kAtBarrier ? 1 : 0;
      at_exchange += item.state == State::kAtExchange ? 1 : 0;
    }
    *why = std::to_string(at_barrier) + " items of a workgroup wait at a barrier and " + std::to_string(at_exchange) +
           " in their waves, of " + std::to_string(items_.size()) + ", " + std::to_string(done_) + " of them done";
    return false;
  }

  const Launch* launch_ = nullptr;
  std::vector<Item> items_;
  std::vector<std::unique_ptr<Fiber>> fibers_;
  size_t first_free_ = 0;
  size_t next_item_ = 0, done_ = 0;
  hy_fake_uint3 next_thread_{};
  SwitchPoint thread_;
  Fiber* running_ = nullptr;
};

}  // namespace

bool run_grid(const Launch& launch, std::string* why) {
  static thread_local Group group;
  return group.run(launch, why);
}

}  // namespace gpu_fake
