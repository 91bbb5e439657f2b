#include "tests/drivers/gpu_fake/stream.hpp"

#include <thread>

namespace gpu_fake {
namespace {

constexpr auto kHold = std::chrono::microseconds(500), kPause = std::chrono::microseconds(50);
constexpr size_t kNone = ~size_t{0};

// What a command uses has to be there when it runs, in whatever stream.
bool uses_hold(const Command& command) {
  bool hold = true;
  for (const AllocationRef& used : command.uses) {
    if (!used->ready) {
      misuse(0, "a command used %zu bytes of a pool before their allocation's turn", used->bytes);
      hold = false;
    }
  }
  return hold;
}

int perform(Context& context, const Command& command) {
  if (context.lost != 0 && !command.always) return 0;
  return uses_hold(command) || command.always ? command.run() : static_cast<int>(kIllegalAddress);
}

void finish(Command& command) {
  command.run = nullptr;
  for (const AllocationRef& used : command.uses) --used->pending;
  if (command.after) command.after();
  command = {};
}

bool is_ready(const Command& command) { return !command.ready || command.ready(); }

// The place of the command that is next; kNone: none may run yet.
size_t next_command(const Stream& stream) {
  const auto& queue = stream.queue;
  size_t run = 0;
  while (run < queue.size() && !queue[run].fence) ++run;
  if (stream.ordered || run == 0) return is_ready(queue.front()) ? 0 : kNone;
  const bool closed = run < queue.size() || stream.hurried || stream.closing;
  if (!closed && std::chrono::steady_clock::now() - stream.last_submit < kHold) return kNone;
  while (run > 0) {
    if (is_ready(queue[--run])) return run;
  }
  return kNone;
}

void work(const std::shared_ptr<Stream>& stream) {
  std::unique_lock lock(stream->mutex);
  for (;;) {
    stream->changed.wait(lock, [&] { return !stream->queue.empty() || stream->closing; });
    if (stream->queue.empty()) return;
    const size_t next = next_command(*stream);
    if (next == kNone) {
      stream->changed.wait_for(lock, kPause);
      continue;
    }
    Command command = std::move(stream->queue[next]);
    stream->queue.erase(stream->queue.begin() + static_cast<std::ptrdiff_t>(next));
    lock.unlock();
    int code = perform(*stream->context, command);
    int none = 0;
    if (code != 0) stream->context->lost.compare_exchange_strong(none, code);
    lock.lock();
    stream->finishing = true;
    lock.unlock();
    finish(command);
    lock.lock();
    stream->finishing = false;
    ++stream->done;
    stream->changed.notify_all();
  }
}

std::vector<std::shared_ptr<Stream>> streams_of(const std::shared_ptr<Context>& context) {
  Machine& m = machine();
  std::lock_guard lock(m.mutex);
  std::vector<std::shared_ptr<Stream>> found = {context->null_stream};
  for (const auto& [handle, object] : m.objects) {
    if (object->context == context && object->kind() == std::string("stream")) {
      found.push_back(std::static_pointer_cast<Stream>(object));
    }
  }
  return found;
}

std::shared_ptr<Ticket> last_ticket(Event& event) {
  std::lock_guard lock(event.mutex);
  return event.last;
}

void wait(Ticket& ticket) {
  std::unique_lock lock(ticket.mutex);
  ticket.changed.wait(lock, [&] { return ticket.done; });
}

bool is_done(Ticket& ticket) {
  std::lock_guard lock(ticket.mutex);
  return ticket.done;
}

bool condition_holds(uint32_t found, uint32_t value, unsigned flags) {
  switch (flags & 3u) {
    case 0:
      return static_cast<int32_t>(found - value) >= 0;
    case 1:
      return found == value;
    case 2:
      return (found & value) != 0;
    default:
      return ~(found | value) != 0;
  }
}

}  // namespace

std::shared_ptr<Stream> make_stream(const std::shared_ptr<Context>& context, unsigned flags, int priority) {
  auto made = std::make_shared<Stream>();
  made->context = context;
  made->flags = flags;
  made->priority = priority;
  return made;
}

void close_stream(Stream& stream) {
  std::lock_guard lock(stream.mutex);
  stream.closing = true;
  stream.changed.notify_all();
}

void abandon_stream(Stream& stream) {
  std::deque<Command> dropped;
  {
    std::lock_guard lock(stream.mutex);
    dropped.swap(stream.queue);
    stream.done += dropped.size();
    stream.closing = true;
    stream.changed.notify_all();
  }
  for (Command& command : dropped) finish(command);
}

bool is_idle(Stream& stream) {
  std::lock_guard lock(stream.mutex);
  return stream.done + (stream.finishing ? 1 : 0) == stream.submitted;
}

int synchronize_until(Stream& stream, std::chrono::steady_clock::time_point until) {
  hurry(stream);
  std::unique_lock lock(stream.mutex);
  const uint64_t wanted = stream.submitted;
  const bool done = stream.changed.wait_until(lock, until, [&] { return stream.done >= wanted; });
  return done ? stream.context->lost.load() : static_cast<int>(kNotReady);
}

void hurry(Stream& stream) {
  std::lock_guard lock(stream.mutex);
  stream.hurried = true;
  stream.changed.notify_all();
}

int submit(const std::shared_ptr<Stream>& stream, Command command) {
  if (stream->context->lost != 0 && !command.always) return stream->context->lost;
  for (const AllocationRef& used : command.uses) ++used->pending;
  std::lock_guard lock(stream->mutex);
  stream->queue.push_back(std::move(command));
  stream->hurried = false;
  if (!stream->ordered) stream->last_submit = std::chrono::steady_clock::now();
  ++stream->submitted;
  if (!stream->running) {
    stream->running = true;
    std::thread(work, stream).detach();
  }
  stream->changed.notify_all();
  return kSuccess;
}

int synchronize(Stream& stream) {
  {
    std::unique_lock lock(stream.mutex);
    const uint64_t until = stream.submitted;
    stream.changed.wait(lock, [&] { return stream.done >= until; });
  }
  trim_pools(stream.context->device);
  return stream.context->lost;
}

int synchronize_context(const std::shared_ptr<Context>& context) {
  for (const auto& stream : streams_of(context)) synchronize(*stream);
  return context->lost;
}

void drain(const std::shared_ptr<Context>& context) {
  for (const auto& stream : streams_of(context)) {
    synchronize(*stream);
    close_stream(*stream);
  }
}

int query(Stream& stream) {
  std::lock_guard lock(stream.mutex);
  if (stream.context->lost != 0) return stream.context->lost;
  return stream.done == stream.submitted ? kSuccess : kNotReady;
}

int record(const std::shared_ptr<Event>& event, const std::shared_ptr<Stream>& stream) {
  auto ticket = std::make_shared<Ticket>();
  {
    std::lock_guard lock(event->mutex);
    event->last = ticket;
  }
  Command command;
  command.always = true;
  command.run = [ticket] {
    std::lock_guard lock(ticket->mutex);
    ticket->time_ns = std::chrono::steady_clock::now().time_since_epoch().count();
    ticket->done = true;
    ticket->changed.notify_all();
    return 0;
  };
  submit(stream, std::move(command));
  return stream->context->lost;
}

int wait_event(const std::shared_ptr<Stream>& stream, const std::shared_ptr<Event>& event) {
  const auto ticket = last_ticket(*event);
  if (ticket == nullptr) return stream->context->lost;
  Command command;
  command.always = true;
  command.run = [ticket] {
    wait(*ticket);
    return 0;
  };
  submit(stream, std::move(command));
  return stream->context->lost;
}

int query(Event& event) {
  if (event.context->lost != 0) return event.context->lost;
  const auto ticket = last_ticket(event);
  return ticket == nullptr || is_done(*ticket) ? kSuccess : kNotReady;
}

int synchronize(Event& event) {
  if (const auto ticket = last_ticket(event)) wait(*ticket);
  return event.context->lost;
}

int elapsed(float* milliseconds, Event& start, Event& end, const char* function) {
  const auto first = last_ticket(start), last = last_ticket(end);
  if (first == nullptr || last == nullptr || !start.timed || !end.timed) {
    return misuse(kInvalidHandle, "%s of an event that was not recorded or has no time", function);
  }
  if (!is_done(*first) || !is_done(*last)) return kNotReady;
  *milliseconds = static_cast<float>(last->time_ns - first->time_ns) / 1e6f;
  return start.context->lost;
}

int wait_value(const std::shared_ptr<Stream>& stream, AllocationRef memory, uintptr_t address, uint32_t value,
               unsigned flags, uint32_t mask) {
  Command command;
  command.uses = {std::move(memory)};
  Context* context = stream->context.get();
  command.run = [=] {
    auto* word = reinterpret_cast<uint32_t*>(address);
    while (!condition_holds(__atomic_load_n(word, __ATOMIC_ACQUIRE) & mask, value, flags) && context->lost == 0) {
      std::this_thread::sleep_for(std::chrono::microseconds(20));
    }
    return 0;
  };
  return submit(stream, std::move(command));
}

}  // namespace gpu_fake
