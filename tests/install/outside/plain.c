/* An outside program in C: finds the device and says its name. */
#include <stdio.h>
#include <string.h>

#include "halyard/halyard.h"

int main(void) {
  hy_runtime_desc desc;
  hy_runtime* runtime = NULL;
  hy_device* device = NULL;
  hy_device_info info;
  hy_error error;
  memset(&desc, 0, sizeof desc);
  desc.size = sizeof desc;
  memset(&info, 0, sizeof info);
  info.size = sizeof info;
  if (hy_runtime_create(&desc, &runtime, &error) != HY_OK ||
      hy_runtime_find_device(runtime, "cpu", &device, &error) != HY_OK ||
      hy_device_get_info(device, &info, &error) != HY_OK) {
    printf("%s\n", error.message);
    return 1;
  }
  printf("%s: %s\n", hy_version(), info.name);
  hy_device_release(device);
  hy_runtime_release(runtime);
  return 0;
}
