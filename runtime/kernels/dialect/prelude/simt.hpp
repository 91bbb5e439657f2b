// What CUDA and HIP share: the grid, phases as the item itself, and sub-groups on one shuffle.

typedef int hy_index;

// The part of the grid that this launch runs.
struct hy_grid_t {
  unsigned long long first[3];
  unsigned long long groups[3];
};

#define HY_ITEM_PARAM const hy_grid_t& hy_grid
#define HY_ITEM_ARG hy_grid
#define hy_group_id(d) ((ulong)(hy_grid.first[d] + hy_block_(d)))
#define hy_num_groups(d) ((ulong)hy_grid.groups[d])
#define hy_global_id(d) (hy_group_id(d) * hy_local_size(d) + hy_local_id(d))
#define hy_global_size(d) (hy_num_groups(d) * hy_local_size(d))

// Items beyond the bounds end here.
#define HY_BOUND(i, n)             \
  const ulong i = hy_global_id(0); \
  if (i >= (ulong)(n)) return
#define HY_BOUND2(x_, y_, nx, ny)                         \
  const ulong x_ = hy_global_id(0), y_ = hy_global_id(1); \
  if (x_ >= (ulong)(nx) || y_ >= (ulong)(ny)) return
#define HY_BOUND3(x_, y_, z_, nx, ny, nz)                                       \
  const ulong x_ = hy_global_id(0), y_ = hy_global_id(1), z_ = hy_global_id(2); \
  if (x_ >= (ulong)(nx) || y_ >= (ulong)(ny) || z_ >= (ulong)(nz)) return

#define HY_PRIVATE(type, name) type name
#define HY_PRIVATE_ARRAY(type, name, count) type name[count]
#define HY_AT(name) name
#define HY_AT2(name, k) name[k]

// One turn of a loop whose step is the barrier, so that `continue` reaches it.
#define HY_ITEMS(i)                                                                                           \
  for (hy_index i = (hy_index)(hy_local_id(0) + hy_fixed_x * (hy_local_id(1) + hy_fixed_y * hy_local_id(2))), \
                hy_turn = 1;                                                                                  \
       (void)i, hy_turn != 0; hy_turn = 0, hy_barrier())
#define HY_ITEMS2(x_, y_)                                                                  \
  for (hy_index x_ = (hy_index)hy_local_id(0), y_ = (hy_index)hy_local_id(1), hy_turn = 1; \
       (void)x_, (void)y_, hy_turn != 0; hy_turn = 0, hy_barrier())
#define HY_ITEMS3(x_, y_, z_)                                                                                \
  for (hy_index x_ = (hy_index)hy_local_id(0), y_ = (hy_index)hy_local_id(1), z_ = (hy_index)hy_local_id(2), \
                hy_turn = 1;                                                                                 \
       (void)x_, (void)y_, (void)z_, hy_turn != 0; hy_turn = 0, hy_barrier())

// Ahead of time, for devices of which none takes more. At run time the device itself is asked: its error is another.
#ifdef HY_MOST_WORKGROUP_ITEMS
#define HY_CHECK_WORKGROUP(items)                   \
  static_assert((items) <= HY_MOST_WORKGROUP_ITEMS, \
                "HY_WORKGROUP has more items than any device of this target takes (1024)");
#else
#define HY_CHECK_WORKGROUP(items)
#endif

#define hy_local_bytes_of(bytes) (((bytes) + 15ull) / 16ull * 16ull)

// ---- sub-groups ----

#define hy_subgroup_size() hy_wave_items_()
#define hy_subgroup_local_id() hy_lane_()
#define hy_subgroup_id() (hy_linear_id_() / hy_wave_size_())
#define hy_num_subgroups() ((hy_workgroup_items_() + hy_wave_size_() - 1u) / hy_wave_size_())

HY_FUNCTION int hy_shuffle_(int v, uint lane) { return (int)hy_shuffle_((uint)v, lane); }
HY_FUNCTION float hy_shuffle_(float v, uint lane) { return hy_as_float(hy_shuffle_(hy_as_uint(v), lane)); }

// Adds up from the lanes above, so that the first lane gets all of a sub-group of any size, and hands that to all.
#define HY_SUBGROUP_REDUCE_(type, name, expression)                 \
  HY_FUNCTION type hy_subgroup_reduce_##name(type a) {              \
    const uint lane = hy_lane_(), items = hy_wave_items_();         \
    for (uint step = hy_wave_size_() / 2u; step > 0u; step /= 2u) { \
      const uint from = lane + step < items ? lane + step : lane;   \
      const type b = hy_shuffle_(a, from);                          \
      a = lane + step < items ? (expression) : a;                   \
    }                                                               \
    return hy_shuffle_(a, 0u);                                      \
  }
#define HY_SUBGROUP_(type)                                                                          \
  HY_SUBGROUP_REDUCE_(type, add, a + b)                                                             \
  HY_SUBGROUP_REDUCE_(type, min, b < a ? b : a)                                                     \
  HY_SUBGROUP_REDUCE_(type, max, a < b ? b : a)                                                     \
  HY_FUNCTION type hy_subgroup_scan_inclusive_add(type a) {                                         \
    const uint lane = hy_lane_();                                                                   \
    for (uint step = 1u; step < hy_wave_size_(); step *= 2u) {                                      \
      const type b = hy_shuffle_(a, lane >= step ? lane - step : lane);                             \
      a = lane >= step ? a + b : a;                                                                 \
    }                                                                                               \
    return a;                                                                                       \
  }                                                                                                 \
  HY_FUNCTION type hy_subgroup_scan_exclusive_add(type a) {                                         \
    const uint lane = hy_lane_();                                                                   \
    const type before = hy_shuffle_(hy_subgroup_scan_inclusive_add(a), lane > 0u ? lane - 1u : 0u); \
    return lane > 0u ? before : type(0);                                                            \
  }                                                                                                 \
  HY_FUNCTION type hy_subgroup_broadcast(type v, uint lane) { return hy_shuffle_(v, lane); }        \
  HY_FUNCTION type hy_subgroup_shuffle_xor(type v, uint mask) {                                     \
    const uint lane = hy_lane_(), from = lane ^ mask;                                               \
    return hy_shuffle_(v, from < hy_wave_items_() ? from : lane);                                   \
  }
HY_SUBGROUP_(int)
HY_SUBGROUP_(uint)
HY_SUBGROUP_(float)
HY_FUNCTION int hy_subgroup_any(int v) { return hy_subgroup_reduce_max((int)(v != 0)); }
HY_FUNCTION int hy_subgroup_all(int v) { return hy_subgroup_reduce_min((int)(v != 0)); }
