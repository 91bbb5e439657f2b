#!/usr/bin/env bash
# Instructions that the launching thread spends on one launch, through Halyard and through the vendor's own calls: callgrind
# counts those of the loop that launches, and of all that it calls. On OpenCL with this machine's driver; on CUDA, HIP
# and Level Zero with the fakes of theirs (tests/drivers), whose own instructions are left out, and the calls of the driver
# named. Level Zero twice: as drivers are now, and as in 2022, when lists kept no order.
# usage: bench/instructions.sh BUILD_FOLDER [--json]
set -euo pipefail
folder=${1:?usage: bench/instructions.sh BUILD_FOLDER [--json]}
most=400
command -v valgrind >/dev/null || { echo "skipped: instructions a launch: there is no valgrind" >&2; exit 3; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

launches=2000

# count halyard|raw BACKEND DRIVER: instructions a launch, of the first thread. Those that are spent in calls of DRIVER (a
# part of its library's name) are left out, where one is given: a fake's say nothing of the driver's.
count() {
  local side=$1 backend=$2 driver=$3
  (cd "$scratch" && rm -f out* && valgrind --tool=callgrind --separate-threads=yes --collect-atstart=no --compress-strings=no \
     --toggle-collect="launches_through_*" --callgrind-out-file=out \
     "$folder/bench/bench_instructions" "$side" "$backend" "$launches" >log 2>&1) || { tail -n 5 "$scratch/log" >&2; return 1; }
  awk -v launches="$launches" -v driver="$driver" -v calls="$scratch/calls_$side" '
    /^ob=/ { object = $0; callee = $0; next }
    /^cob=/ { callee = substr($0, 2); next }
    /^cfn=/ { name = substr($0, 5); next }
    /^calls=/ {
      split(substr($1, 7), count)
      getline  # what the call cost, all in all
      if (driver != "" && index(object, driver) == 0 && index(callee, driver) > 0) { inside += $2; made[name] += count[1] }
      callee = object
    }
    /^totals:/ { total = $2 }
    END {
      for (name in made) if (made[name] >= launches) print name >calls
      printf "%d\n", (total - inside) / launches + 0.5
    }' "$scratch/out-01"
}

median() { sort -n | sed '/^$/d' | sed -n 3p; }

worst=0 cases=()
# measure BACKEND WHERE PEER [DRIVER]
measure() {
  local backend=$1 where=$2 peer=$3 driver=${4:-} ours= raw= more met
  # Fills the caches, so that nothing is compiled under callgrind.
  "$folder/bench/bench_instructions" halyard "$backend" 1 >/dev/null
  "$folder/bench/bench_instructions" raw "$backend" 1 >/dev/null
  # How long malloc searches differs by a hundred instructions from run to run: the median of five, taken in turns.
  for _ in 1 2 3 4 5; do
    ours+="$(count halyard "$backend" "$driver")"$'\n'
    raw+="$(count raw "$backend" "$driver")"$'\n'
  done
  ours=$(median <<<"$ours")
  raw=$(median <<<"$raw")
  more=$((ours - raw))
  met=MISSED
  if [ "$more" -le "$most" ]; then met=met; else worst=2; fi
  cases+=("$(printf '{"name": "instructions_a_launch", "device": "%s", "dtype": null, "shape": null, "variant": null, "median_s": null, "figure": %d, "unit": "instructions", "roofline_fraction": null, "peers": [{"name": "%s", "setting": "%s", "ratio": %s, "ratio_low": null, "rounds": 5, "figure": %d, "met": %s}]}' \
    "$backend" "$ours" "$peer" "$where" "$(awk "BEGIN { print $ours / $raw }")" "$raw" "$([ "$met" = met ] && echo true || echo false)")")
  [ "${json:-}" ] || echo "instructions a launch on the launching thread, $backend, $where: Halyard $ours, $peer $raw; $more more; at most $most more: $met"
  [ "${json:-}" ] || [ -z "$driver" ] || echo "  without those of the driver, which Halyard calls for: $(sort "$scratch/calls_halyard" | paste -sd' '); its peer for: $(sort "$scratch/calls_raw" | paste -sd' ')"
}

json=$([ "${2:-}" != --json ] || echo yes)
if ! ldconfig -p 2>/dev/null | grep -q libOpenCL.so.1; then
  echo "skipped: instructions a launch on opencl: there is no OpenCL loader" >&2
else
  measure opencl "this machine's driver" "raw OpenCL"
fi
# measure_fake BACKEND FOLDER [WHERE]
measure_fake() {
  local libraries=$folder/tests/drivers/$2
  if [ ! -d "$libraries" ]; then
    echo "skipped: instructions a launch on $1: the fake driver was not built" >&2
  else
    HALYARD_LIBRARY_PATH=$libraries HALYARD_BACKENDS=$1 measure "$1" "${3:-on the fake driver}" "raw calls to it" "$2/"
  fi
}
measure_fake cuda fake_cuda
measure_fake hip fake_hip7
measure_fake level_zero fake_level_zero
HALYARD_FAKE_ZE=modern=0 measure_fake level_zero fake_level_zero "on the fake driver as in 2022"
if [ "${json:-}" ]; then
  printf '{"schema": "halyard.bench/1", "what": "instructions a launch", "cases": ['
  (IFS=,; printf '%s' "${cases[*]}")
  printf ']}\n'
fi
exit "$worst"
