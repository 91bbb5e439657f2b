/* c_api [DEVICE]: a kernel from source, launched from C through halyard.h alone on the machine's best device or the one
 * that is named, and its result checked. Exit code: 0 when it is right, 1 when it is not or a call failed; then the
 * library's sentence is on standard error. */
#include <stdio.h>
#include <string.h>

#include "halyard/halyard.h"

static const char kSource[] =
    "HY_KERNEL(scale, HY_INOUT(float, x), HY_VAL(float, a), HY_VAL(uint, n))\n"
    "{\n"
    "  if (hy_global_id(0) < n) x[hy_global_id(0)] *= a;\n"
    "}\n";

enum { kCount = 1000 };

/* What a program holds; the last that was made is given back first. */
typedef struct objects {
  hy_runtime* runtime;
  hy_device* device;
  hy_stream* stream;
  hy_buffer* buffer;
  hy_bundle* bundle;
  hy_kernel* kernel;
} objects;

static void give_back(objects* o) {
  hy_kernel_release(o->kernel);
  hy_bundle_release(o->bundle);
  if (o->buffer != NULL) hy_buffer_release(o->buffer, NULL);
  hy_stream_release(o->stream);
  hy_device_release(o->device);
  hy_runtime_release(o->runtime);
}

static hy_arg value_of(hy_type type, const void* value, size_t bytes) {
  hy_arg arg = {.is_view = 0, .type = type};
  memcpy(arg.u.value, value, bytes);
  return arg;
}

/* Each call fills `error` when it fails; the first failure ends it. */
static hy_status scale_on_device(objects* o, const char* selector, float* data, hy_error* error) {
  const hy_runtime_desc defaults = {.size = sizeof defaults};
  hy_status status = hy_runtime_create(&defaults, &o->runtime, error);
  if (status == HY_OK) status = hy_runtime_find_device(o->runtime, selector, &o->device, error);
  if (status == HY_OK) status = hy_stream_create(o->device, 0, &o->stream, error);
  if (status == HY_OK) {
    status = hy_buffer_create(o->stream, HY_MEMORY_DEVICE, kCount * sizeof(float), &o->buffer, error);
  }
  if (status == HY_OK)
    status = hy_bundle_from_source(o->runtime, kSource, strlen(kSource), "scale.hk", &o->bundle, error);
  if (status == HY_OK) status = hy_kernel_create(o->device, o->bundle, "scale", NULL, 0, &o->kernel, error);

  hy_bound_kernel* bound = NULL; /* the stream's; not given back */
  if (status == HY_OK) status = hy_kernel_bind(o->kernel, o->stream, &bound, error);
  hy_arg args[3] = {{.is_view = 1, .type = HY_F32}};
  if (status == HY_OK) status = hy_buffer_view(o->buffer, &args[0].u.view, error);
  if (status != HY_OK) return status;

  const float a = 3.0f;
  const uint32_t n = kCount;
  args[1] = value_of(HY_F32, &a, sizeof a);
  args[2] = value_of(HY_U32, &n, sizeof n);
  const hy_grid grid = {.items = {kCount, 1, 1}};
  const uint64_t bytes = kCount * sizeof(float);
  status = hy_stream_write(o->stream, &args[0].u.view, data, bytes, HY_COPY_BLOCKING, error);
  if (status == HY_OK) status = hy_launch(bound, &grid, args, 3, error);
  if (status == HY_OK) status = hy_stream_read(o->stream, data, &args[0].u.view, bytes, HY_COPY_BLOCKING, error);
  return status;
}

int main(int argc, char** argv) {
  float data[kCount];
  for (int i = 0; i < kCount; ++i) data[i] = (float)i;
  objects o = {0};
  hy_error error;
  if (scale_on_device(&o, argc > 1 ? argv[1] : NULL, data, &error) != HY_OK) {
    fprintf(stderr, "%s: %s\n", hy_status_name(error.code), error.message);
    give_back(&o);
    return 1;
  }
  hy_device_info info = {.size = sizeof info};
  int wrong = 0;
  for (int i = 0; i < kCount; ++i) wrong += data[i] != 3.0f * (float)i;
  if (hy_device_get_info(o.device, &info, &error) == HY_OK) printf("%s: %d of %d wrong\n", info.name, wrong, kCount);
  give_back(&o);
  return wrong == 0 ? 0 : 1;
}
