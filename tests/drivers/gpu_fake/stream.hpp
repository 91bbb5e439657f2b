// Streams that do their work in order on a thread of their own, and the events in them.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>

#include "tests/drivers/gpu_fake/machine.hpp"

namespace gpu_fake {

struct Command {
  std::function<int()> run;  // a code other than 0 loses the context
  std::vector<AllocationRef> uses;
  bool always = false;          // also when the context is lost
  std::function<bool()> ready;  // none: at its turn
  bool fence = false;           // in a stream without order: after all before it, before all behind it
  std::function<void()> after;  // once what it used is free again; also when the context is lost
};

struct Stream : Object {
  const char* kind() const override { return "stream"; }
  unsigned flags = 0;
  int priority = 0;

  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Command> queue;
  uint64_t submitted = 0, done = 0;
  bool running = false;  // it has a thread
  bool closing = false;
  bool finishing = false;  // a command has run, and is yet to be counted as done

  // Without order, commands between two fences run in any; here the last one first. Those that no fence follows yet are
  // held back for a moment, so that one may come, unless somebody waits for them.
  bool ordered = true;
  bool hurried = false;
  std::chrono::steady_clock::time_point last_submit;
};

// One recording of an event.
struct Ticket {
  std::mutex mutex;
  std::condition_variable changed;
  bool done = false;
  int64_t time_ns = 0;
};

struct Event : Object {
  const char* kind() const override { return "event"; }
  bool timed = true;
  std::mutex mutex;
  std::shared_ptr<Ticket> last;  // null: never recorded
};

std::shared_ptr<Stream> make_stream(const std::shared_ptr<Context>& context, unsigned flags, int priority);
// Its thread ends when what was submitted is done.
void close_stream(Stream& stream);
// What was submitted is dropped, as far as it has not begun, and the thread ends.
void abandon_stream(Stream& stream);
bool is_idle(Stream& stream);
// Waits at most until then; kNotReady when that was too short.
int synchronize_until(Stream& stream, std::chrono::steady_clock::time_point until);
// Somebody waits for what was submitted.
void hurry(Stream& stream);
// Waits until all streams of a context that is on its way out are done.
void drain(const std::shared_ptr<Context>& context);

// All of these answer the context's loss, where there is one.
int submit(const std::shared_ptr<Stream>& stream, Command command);
int synchronize(Stream& stream);
int synchronize_context(const std::shared_ptr<Context>& context);
int query(Stream& stream);

int record(const std::shared_ptr<Event>& event, const std::shared_ptr<Stream>& stream);
int wait_event(const std::shared_ptr<Stream>& stream, const std::shared_ptr<Event>& event);
int query(Event& event);
int synchronize(Event& event);
int elapsed(float* milliseconds, Event& start, Event& end, const char* function);

// `geq`, `eq`, `and`, `nor` of both vendors by their common numbers 0 to 3.
int wait_value(const std::shared_ptr<Stream>& stream, AllocationRef memory, uintptr_t address, uint32_t value,
               unsigned flags, uint32_t mask);

}  // namespace gpu_fake
