#!/usr/bin/env bash
# Runs a program on Intel's own Level Zero driver without hardware, as it presents devices to Intel's own tests: every call
# answers, kernels are compiled to machine code, and nothing is executed. In a folder of its own, as the driver writes
# files where it runs, and under the loader's validation of every call's arguments.
#
#   on_intel_driver.sh PRODUCT PROGRAM [ARGUMENT…]      PRODUCT: dg2, pvc (two devices of two tiles), tgllp, skl, dg1
#
# Exit code: the program's; 77 where HALYARD_INTEL_DRIVER names no folder that scripts/intel-driver made.
set -euo pipefail
product=$1
shift
driver=${HALYARD_INTEL_DRIVER:-}
if [ ! -e "$driver/complete" ]; then
  echo "skipped: HALYARD_INTEL_DRIVER names no folder that scripts/intel-driver made"
  exit 77
fi
loader=$(find "$driver/unpacked/usr/lib" -name libze_loader.so.1 | head -n 1)
libraries=$(dirname "$loader")
case $product in
  dg2) device=(ProductFamilyOverride=dg2 HardwareInfoOverride=8x4x8 ForceDeviceId=0x56a0) ;;
  pvc)
    device=(ProductFamilyOverride=pvc HardwareInfoOverride=8x8x8 CreateMultipleRootDevices=2
      CreateMultipleSubDevices=2)
    ;;
  *) device=("ProductFamilyOverride=$product") ;;
esac
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
env LD_LIBRARY_PATH="$libraries" HALYARD_LIBRARY_PATH="$libraries" HALYARD_BACKENDS=level_zero \
  HALYARD_CACHE_DIR="$folder/cache" ZE_ENABLE_VALIDATION_LAYER=1 ZE_ENABLE_PARAMETER_VALIDATION=1 \
  NEOReadDebugKeys=1 SetCommandStreamReceiver=1 "${device[@]}" "$@"
