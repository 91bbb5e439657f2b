# What the scripts share: where things are, what is said, which packages are needed and how they are installed, how a preset
# is built and tested. Sourced, never run. Works on Debian 12 or Ubuntu 22.04 and later with nothing but their base system.

HALYARD_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
jobs=$(nproc 2>/dev/null || echo 2)

say() { printf '\n== %s\n' "$*"; }
note() { printf '   %s\n' "$*"; }
die() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

# Everything that is missing because it could not be had; said again at the end.
missing=()

# ---- packages ----

# Without these nothing can be built. One a line, with what it is for.
required_packages() {
  sed 's/ *#.*//; /^$/d' <<'LIST'
g++                   # the compiler: of the library, and at run time of kernels for the cpu backend
cmake                 # the build
ninja-build           # the build, with all cores
pkg-config            # finds hwloc; the install test asks it for halyard
libgtest-dev          # GoogleTest
libgmock-dev          # GoogleTest's matchers
libhwloc-dev          # packages, NUMA nodes, caches and PCI devices (runtime/topology); its library is opened at run time
libboost-context-dev  # fibers, on which the cpu backend runs kernels with plain barriers
opencl-headers        # OpenCL's free headers; its library is opened at run time
libcli11-dev          # the command line of tools/halyard
nlohmann-json3-dev    # the JSON documents of tools/halyard
libpng-dev            # samples/image_filter reads and writes PNG
libjpeg-dev           # samples/image_filter reads JPEG
LIST
}

# Without these something is skipped, by name.
demo_packages() {
  sed 's/ *#.*//; /^$/d' <<'LIST'
ocl-icd-libopencl1    # the OpenCL loader
pocl-opencl-icd       # OpenCL on the CPU: the second backend, on a machine without a GPU
LIST
}

# For the tests: the compilers and checkers that see the kernels and the code of the tree.
test_packages() {
  demo_packages
  sed 's/ *#.*//; /^$/d' <<'LIST'
clang-14              # kernels: OpenCL C to SPIR-V; C++ for the cpu backend; PTX
llvm-14               # llvm-dis and llvm-link: the fake Level Zero driver runs SPIR-V with them
llvm-spirv-14         # LLVM's bitcode to SPIR-V (halyardc --target spirv)
spirv-tools           # spirv-val
clang-19              # kernels: HIP for gfx90a, gfx942, gfx1100 and gfx1201 without ROCm, PTX without CUDA (halyardc --target)
lld-19                # links HIP's code objects
llvm-19               # llvm-objdump-19: which instructions AMD's machine code has
libze-dev             # Level Zero's headers, that the level_zero backend is compared with
libze1                # its loader
libamdhip64-dev       # HIP 5.2: hipRTC; the headers and library that the hip backend is compared with
clang-format-14       # scripts/format
binutils              # readelf: what the library exports and how it is hardened
LIST
}

# For scripts/test --full.
full_packages() {
  test_packages
  sed 's/ *#.*//; /^$/d' <<'LIST'
libclang-rt-14-dev    # libFuzzer and clang's sanitizers
clang-tidy-14         # static checks
oclgrind              # races and bounds of every kernel, as a simulator
debootstrap           # the clean machine of scripts/chroot-test, and Debian 13 for scripts/spirv-test
LIST
}

# For scripts/bench.
bench_packages() {
  demo_packages
  sed 's/ *#.*//; /^$/d' <<'LIST'
valgrind              # callgrind: instructions a launch
libgomp1              # OpenMP's run time: the peer of the triad
LIST
}

is_installed() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif command -v sudo >/dev/null; then sudo "$@"
  else return 127
  fi
}

apt_updated=no
apt_install() {
  # The lists may be absent (a fresh machine) or old: then once more with new ones.
  if [ "$apt_updated" = no ]; then
    if as_root apt-get install -y -q --no-install-recommends "$@" >>"$apt_log" 2>&1 </dev/null; then return 0; fi
    apt_updated=yes
    as_root apt-get update -q >>"$apt_log" 2>&1 </dev/null
  fi
  as_root apt-get install -y -q --no-install-recommends "$@" >>"$apt_log" 2>&1 </dev/null
}

# install_packages required|optional PACKAGE…: installs what is missing. A required one that can't be had ends the script,
# an optional one is noted.
install_packages() {
  local kind=$1 package absent=()
  shift
  for package; do is_installed "$package" || absent+=("$package"); done
  [ ${#absent[@]} -gt 0 ] || return 0
  if [ "$do_install" = no ]; then
    [ "$kind" = optional ] || note "not installed (--no-install): ${absent[*]}"
    [ "$kind" = required ] || missing+=("${absent[@]}")
    return 0
  fi
  command -v apt-get >/dev/null || die "this is no Debian or Ubuntu; install what corresponds to: ${absent[*]} and call again with --no-install"
  say "installing: ${absent[*]}"
  apt_log=$(mktemp)
  export DEBIAN_FRONTEND=noninteractive
  if ! apt_install "${absent[@]}"; then
    # One that does not exist here makes apt refuse all: one by one, then.
    for package in "${absent[@]}"; do
      apt_install "$package" && continue
      if [ "$kind" = required ]; then
        tail -n 20 "$apt_log" >&2
        die "could not install $package (apt-get's last words are above); install it and call again"
      fi
      note "not to be had here: $package; what needs it is skipped"
      missing+=("$package")
    done
  fi
  rm -f "$apt_log"
}

# ---- build ----

build_folder() { echo "${HALYARD_BUILD_DIR:-$HALYARD_ROOT/build}/$1"; }

# build PRESET [cmake options…]: configures and builds (all, or what `targets` names); the log is shown only when it fails.
targets=()
build() {
  local preset=$1 folder log
  shift
  folder=$(build_folder "$preset")
  mkdir -p "$folder"
  log=$folder/build.log
  say "building: preset $preset, in $folder"
  local options=("$@")
  # Warnings of our own code are errors where changes are checked, not where people build with compilers we do not know.
  [ -z "${CI:-}" ] || options+=(-DHALYARD_WERROR=ON)
  if command -v ccache >/dev/null; then
    options+=(-DCMAKE_C_COMPILER_LAUNCHER=ccache -DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
  fi
  local began=$SECONDS
  if ! { (cd "$HALYARD_ROOT" && cmake --preset "$preset" -B "$folder" "${options[@]}") &&
         cmake --build "$folder" --parallel "$jobs" ${targets[@]+--target "${targets[@]}"}; } >"$log" 2>&1; then
    grep -nE -A12 'FAILED:|error:|Error|CMake Error' "$log" | head -n 80 >&2 || true
    tail -n 20 "$log" >&2
    die "the build of preset $preset failed; all of its output: $log"
  fi
  note "built in $((SECONDS - began)) s"
}

# program PRESET NAME: where the build put it.
program() {
  local found
  found=$(find "$(build_folder "$1")" -type f -name "$2" -perm -u+x -not -path '*/CMakeFiles/*' | head -n 1)
  [ -n "$found" ] || die "the build made no program '$2'"
  echo "$found"
}

# ---- tests ----

passed_total=0 failed_total=0 skipped_total=0 failed_runs=()

# run_tests PRESET [ctest options…]: runs ctest, then lists what was skipped, with the reasons.
run_tests() {
  local preset=$1 folder log status=0
  shift
  folder=$(build_folder "$preset")
  log=$folder/ctest.log
  say "testing: preset $preset"
  ctest --test-dir "$folder" --parallel "$jobs" --output-on-failure --no-tests=error --output-log "$log" "$@" || status=$?
  [ "$status" = 0 ] || failed_runs+=("$preset")
  local summary
  summary=$(awk -f "$HALYARD_ROOT/scripts/skipped.awk" "$log" "$folder/Testing/Temporary/LastTest.log")
  printf '%s\n' "$summary" | sed '$d'
  local passed failed skipped
  read -r passed failed skipped <<<"$(printf '%s\n' "$summary" | tail -n 1)"
  passed_total=$((passed_total + passed)) failed_total=$((failed_total + failed)) skipped_total=$((skipped_total + skipped))
  # A program that crashed counted no failed case.
  if [ "$status" != 0 ] && [ "$failed" = 0 ]; then failed_total=$((failed_total + 1)); fi
}

# step NAME COMMAND…: something beside ctest that passes, fails or is skipped (status 77).
step() {
  local name=$1 status=0
  shift
  say "$name"
  "$@" || status=$?
  case $status in
    0) passed_total=$((passed_total + 1)) ;;
    77) skipped_total=$((skipped_total + 1)) ;;
    *) failed_total=$((failed_total + 1)); failed_runs+=("$name") ;;
  esac
}

# The closing lines, and the exit status.
finish() {
  say "summary, after $((SECONDS / 60)) min $((SECONDS % 60)) s"
  [ ${#missing[@]} = 0 ] || note "not installed, so what needs it was skipped: ${missing[*]}"
  [ ${#failed_runs[@]} = 0 ] || note "failed: ${failed_runs[*]}"
  printf '%d passed, %d failed, %d skipped\n' "$passed_total" "$failed_total" "$skipped_total"
  [ "$failed_total" = 0 ] && [ ${#failed_runs[@]} = 0 ]
}
