// What a kernel that a fake run-time compiler built shares with the fake driver that runs it. Included on both sides,
// so it needs nothing.
#pragma once

struct hy_fake_uint3 {
  unsigned x, y, z;
};

// Of the item that runs at this moment; the driver sets it before it lets an item go on. A module has one, as it runs
// one workgroup at a time.
struct hy_fake_now {
  hy_fake_uint3 thread, block, block_size, grid_size;
  unsigned lane, wave_size;
  void (*barrier)();
  // All lanes of `mask` (0: all of the wave that come here) meet; the answer is the `value` of lane `from`.
  unsigned (*exchange)(unsigned long long mask, unsigned value, unsigned from);
};

struct hy_fake_parameter {
  unsigned bytes;
  unsigned pointer;  // 1: a pointer
};

// Of each kernel, as the symbol hy_fake_kernel_NAME.
struct hy_fake_kernel {
  const hy_fake_parameter* parameters;
  unsigned parameter_count;
  unsigned most_threads;  // 0: as many as the device takes
  void (*call)(void** arguments);
};
