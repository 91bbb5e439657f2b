#!/usr/bin/env bash
# Installs Halyard, moves the install tree (it must not know where it was made), and builds and runs outside projects on `cpu`
# against it: through find_package and through pkg-config.
set -euo pipefail
kind=$1 build=$2 source=$3 cmake=$4 cxx=$5 cc=$6 launcher=${7:-}
here=$source/tests/install
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export HALYARD_DEVICE=cpu HALYARD_CACHE_DIR=$scratch/cache
# A build system's own settings must not reach the outside projects.
unset CXXFLAGS CFLAGS LDFLAGS DESTDIR

expect() {
  local what=$1
  shift
  if "$@" >"$scratch/log" 2>&1; then echo "ok: $kind: $what"
  else cat "$scratch/log"; echo "FAILED: $kind: $what: $*"; exit 1
  fi
}

if [ "$kind" = static ]; then
  expect "the minimal preset configures" "$cmake" -S "$source" --preset minimal -B "$build/tests/install/static" \
    -DCMAKE_CXX_COMPILER="$cxx" -DCMAKE_C_COMPILER="$cc" -DCMAKE_CXX_COMPILER_LAUNCHER="$launcher"
  build=$build/tests/install/static
  expect "it builds" "$cmake" --build "$build" --parallel 2
fi
expect "it installs" "$cmake" --install "$build" --prefix "$scratch/made"
mv "$scratch/made" "$scratch/moved prefix"
prefix="$scratch/moved prefix"

expect "no installed text names the build or source folder" bash -c \
  '! grep -rIlF -e "$1" -e "$2" -e "$3" "$4"' grep "$source" "$build" "$scratch/made" "$prefix"

# Prints each link and each file of the samples in the installed documents that leads nowhere.
dead_links() {
  local page word root=$1
  find "$root" -name '*.md' -path '*/doc/*' | while read -r page; do
    grep -oE '\]\([^)# ]+[)#]' "$page" | sed 's/^](//; s/[)#]$//' | grep -vE '^[a-z]+:' |
      while read -r word; do [ -e "$(dirname "$page")/$word" ] || echo "$page: $word"; done
    grep -oE '`samples/[A-Za-z0-9_./]+`' "$page" | tr -d '`' |
      while read -r word; do [ -e "$root/share/doc/halyard/$word" ] || echo "$page: $word"; done
  done
}
dead_links "$prefix" >"$scratch/dead" || true
expect "no link of an installed document leads nowhere" bash -c 'cat "$1"; [ ! -s "$1" ]' bash "$scratch/dead"
expect "there are installed documents" bash -c '[ -n "$(find "$1" -name getting-started.md)" ]' bash "$prefix"

expect "find_package(halyard) and halyard_add_kernels() configure" "$cmake" -G Ninja -S "$here/outside" -B "$scratch/outside" \
  -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_CXX_COMPILER="$cxx" -DCMAKE_C_COMPILER="$cc"
expect "the outside project builds" "$cmake" --build "$scratch/outside"
expect "its program runs a kernel compiled ahead of time" "$scratch/outside/with_kernels"
mkdir "$scratch/impossible"
expect "a device that no compiler here makes stops the build, and is named" bash -c \
  '"$1" -G Ninja -S "$2" -B "$3" -DCMAKE_PREFIX_PATH="$4" -DCMAKE_CXX_COMPILER="$5" -DCMAKE_C_COMPILER="$6" -DEXTRA_TARGETS=sm_998 && ! "$1" --build "$3" >"$3/said" && grep -q "^sm_998: no compiler on this machine" "$3/said"' \
  bash "$cmake" "$here/outside" "$scratch/impossible" "$prefix" "$cxx" "$cc"
expect "a device that there is not stops the configuration" bash -c \
  '! "$1" -S "$2" -B "$3" -DEXTRA_TARGETS=h100 2>"$3/said" && grep -q "is no target like sm_90" "$3/said"' \
  bash "$cmake" "$here/outside" "$scratch/impossible"
expect "another program with a bundle of the same name runs" "$scratch/outside/with_kernels_too"
expect "a name that is given twice in one program stops the configuration" bash -c \
  '! "$1" -S "$2" -B "$3" -DEXTRA_TARGETS= -DSAME_NAME_TWICE=ON 2>"$3/said" && tr -s " \n" " " <"$3/said" | grep -q "NAME outside_kernels is given twice; each bundle of a program needs a NAME of its own"' \
  bash "$cmake" "$here/outside" "$scratch/impossible"
expect "its program compiled without exceptions runs" "$scratch/outside/without_exceptions"
expect "its C program runs" "$scratch/outside/plain_c"
for program in with_kernels plain_c; do
  if [ "$kind" = static ]; then
    expect "$program needs no libhalyard at run time" bash -c '! readelf -d "$1" | grep -q "NEEDED.*libhalyard"' readelf "$scratch/outside/$program"
  else
    expect "$program uses the shared library" bash -c 'readelf -d "$1" | grep -q "NEEDED.*libhalyard"' readelf "$scratch/outside/$program"
  fi
done

if command -v pkg-config >/dev/null; then
  PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name halyard.pc)")
  export PKG_CONFIG_PATH
  LD_LIBRARY_PATH=$(dirname "$PKG_CONFIG_PATH")
  export LD_LIBRARY_PATH
  expect "pkg-config's flags build a C++ program" bash -c \
    'eval "$1 -std=c++20 -o \"$2/with_pkg_config\" \"$3/outside/without_exceptions.cpp\" $(pkg-config --cflags --libs halyard)"' \
    bash "$cxx" "$scratch" "$here"
  expect "it runs" "$scratch/with_pkg_config"
  expect "pkg-config's flags build a C program" bash -c \
    'eval "$1 -o \"$2/c_with_pkg_config\" \"$3/outside/plain.c\" $(pkg-config --cflags --libs halyard)"' bash "$cc" "$scratch" "$here"
  expect "it runs" "$scratch/c_with_pkg_config"
else
  echo "skipped: pkg-config is not installed"
fi

for tool in "$prefix"/bin/*; do
  expect "the installed $(basename "$tool") starts" "$tool" --help
done
[ -z "$(find "$prefix" -name halyard -path '*/bin/*')" ] || expect "the installed halyard finds cpu" bash -c '"$1" devices | grep -q cpu' bash "$prefix/bin/halyard"
