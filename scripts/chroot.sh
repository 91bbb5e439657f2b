# Clean machines in a folder, made with debootstrap: for scripts/chroot-test and scripts/spirv-test. Sourced, after lib.sh.
. /etc/os-release

# False, with `reason`, where none can be made.
reason=
can_make_chroots() {
  if [ "$(id -u)" != 0 ]; then reason="needs root, to make a chroot; call it with sudo"
  elif ! command -v debootstrap >/dev/null; then reason="debootstrap is missing: apt-get install debootstrap"
  else return 0
  fi
  return 1
}

# The distribution's own sources, not those of third parties that may have been added to this machine.
own_sources() { ls /etc/apt/sources.list /etc/apt/sources.list.d/{debian,ubuntu}.sources 2>/dev/null || true; }

# make_base FOLDER SUITE VARIANT: Debian's standard base system (base) or the smallest one (minbase).
make_base() {
  local folder=$1 suite=$2 variant=$3 mirror options=()
  local log=$folder.log
  mirror=$(own_sources | xargs cat | sed -nE 's/^URIs: *([^ ]+).*/\1/p; s/^deb +(\[[^]]*\] +)?([^ ]+) .*/\2/p' | head -n 1)
  [ "$variant" = base ] || options+=(--variant="$variant")
  rm -rf "$folder.part"
  say "making a base system: $suite, $variant"
  debootstrap "${options[@]}" "$suite" "$folder.part" "$mirror" >"$log" 2>&1 || {
    tail -n 20 "$log" >&2
    die "debootstrap failed; all that it said: $log"
  }
  # How packages and their hosts are reached, as this machine does it.
  local file
  if [ "$suite" = "$VERSION_CODENAME" ]; then
    rm -f "$folder.part/etc/apt/sources.list"
    for file in $(own_sources); do cp "$file" "$folder.part$file"; done
  fi
  for file in $(grep -slri proxy /etc/apt/apt.conf /etc/apt/apt.conf.d || true); do cp "$file" "$folder.part$file"; done
  for file in /etc/resolv.conf /etc/hosts; do cat "$file" >"$folder.part$file"; done
  mv "$folder.part" "$folder"
}

# Folders of this machine that inside() shows at the same place, for reading; where there are some, /tmp is a fresh one.
shown=()

# inside FOLDER COMMAND…: runs it there, in namespaces of its own: what is mounted is gone when it ends.
inside() {
  # The single quotes are meant: this is for the shell in the new namespaces.
  # shellcheck disable=SC2016
  unshare --mount --pid --fork --kill-child --propagation private bash -c '
    set -e
    mount -t proc proc "$1/proc"
    mount -t tmpfs -o size=1g,mode=1777 tmpfs "$1/dev/shm"
    mount -o bind,ro /sys "$1/sys"
    root=$1 shown=$2; shift 2
    if [ "$shown" -gt 0 ]; then
      mkdir -p "$root/run/shown"
      mount -t tmpfs -o size=16m,mode=755 tmpfs "$root/run/shown"
      # Before /tmp is covered, in which a folder may lie.
      for i in $(seq "$shown"); do mkdir "$root/run/shown/$i"; mount --rbind "${!i}" "$root/run/shown/$i"; done
      mount -t tmpfs -o size=4g,mode=1777 tmpfs "$root/tmp"
      for i in $(seq "$shown"); do mkdir -p "$root${!i}"; mount -o bind,ro "$root/run/shown/$i" "$root${!i}"; done
      shift "$shown"
    fi
    exec chroot "$root" /usr/bin/env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
      HOME=/root TERM="${TERM:-dumb}" LANG=C.UTF-8 ${CI:+CI="$CI"} ${http_proxy:+http_proxy="$http_proxy"} "$@"
  ' chroot "$1" "${#shown[@]}" ${shown[@]+"${shown[@]}"} "${@:2}"
}
