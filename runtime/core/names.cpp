// The names and sizes of what the API counts in: versions, status codes, element types.
#include <string_view>

#include "halyard/halyard.h"

#define HALYARD_STRING_(x) #x
#define HALYARD_STRING(x) HALYARD_STRING_(x)

namespace {

struct TypeRow {
  hy_type type;
  std::uint32_t bytes;
  const char* names[3];  // of 1, 2 and 4 lanes
};

constexpr TypeRow kTypes[] = {
    {HY_I8, 1, {"char", "char2", "char4"}},     {HY_U8, 1, {"uchar", "uchar2", "uchar4"}},
    {HY_I16, 2, {"short", "short2", "short4"}}, {HY_U16, 2, {"ushort", "ushort2", "ushort4"}},
    {HY_I32, 4, {"int", "int2", "int4"}},       {HY_U32, 4, {"uint", "uint2", "uint4"}},
    {HY_I64, 8, {"long", "long2", "long4"}},    {HY_U64, 8, {"ulong", "ulong2", "ulong4"}},
    {HY_F16, 2, {"half", "half2", "half4"}},    {HY_BF16, 2, {"bfloat16", "bfloat162", "bfloat164"}},
    {HY_F32, 4, {"float", "float2", "float4"}}, {HY_F64, 8, {"double", "double2", "double4"}},
};

const TypeRow* row_of(hy_type type) noexcept {
  const std::uint32_t lanes = type >> 8;
  if (lanes != 1 && lanes != 2 && lanes != 4) return nullptr;
  for (const TypeRow& row : kTypes) {
    if ((row.type & 0xFFu) == (type & 0xFFu)) return &row;
  }
  return nullptr;
}

}  // namespace

extern "C" {

const char* hy_version(void) {
  return HALYARD_STRING(HALYARD_VERSION_MAJOR) "." HALYARD_STRING(HALYARD_VERSION_MINOR) "." HALYARD_STRING(
      HALYARD_VERSION_PATCH);
}

const char* hy_status_name(hy_status status) {
  static constexpr const char* kNames[] = {
      "ok",      "invalid_argument", "unsupported",      "unavailable", "out_of_memory",  "quota_exceeded",
      "timeout", "compile_failed",   "corrupt_artifact", "device_lost", "forked_process", "internal"};
  constexpr auto kCount = static_cast<hy_status>(sizeof kNames / sizeof *kNames);
  return status >= 0 && status < kCount ? kNames[status] : "unknown";
}

uint64_t hy_type_size(hy_type type) {
  const TypeRow* row = row_of(type);
  return row == nullptr ? 0 : std::uint64_t{row->bytes} * (type >> 8);
}

const char* hy_type_name(hy_type type) {
  const TypeRow* row = row_of(type);
  return row == nullptr ? "?" : row->names[(type >> 8) / 2];
}

const char* hy_param_kind_name(hy_param_kind kind) {
  switch (kind) {
    case HY_PARAM_VALUE:
      return "HY_VAL";
    case HY_PARAM_IN:
      return "HY_IN";
    case HY_PARAM_OUT:
      return "HY_OUT";
    case HY_PARAM_INOUT:
      return "HY_INOUT";
    default:
      return "?";
  }
}

}  // extern "C"
