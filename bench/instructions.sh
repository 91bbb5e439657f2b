#!/usr/bin/env bash
# Instructions that the launching thread spends on one launch, through Halyard and through raw OpenCL: callgrind counts those of
# the loop that launches, and of all that it calls.
# usage: bench/instructions.sh BUILD_FOLDER [--json]
set -euo pipefail
folder=${1:?usage: bench/instructions.sh BUILD_FOLDER [--json]}
most=400
command -v valgrind >/dev/null || { echo "skipped: instructions a launch: there is no valgrind" >&2; exit 3; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

launches=2000

# Instructions a launch, of the first thread.
count() {
  (cd "$scratch" && rm -f out* && valgrind --tool=callgrind --separate-threads=yes --collect-atstart=no \
     --toggle-collect="launches_through_$1" --callgrind-out-file=out \
     "$folder/bench/bench_instructions" "$1" "$launches" >log 2>&1) || { tail -n 5 "$scratch/log" >&2; return 1; }
  awk -v launches="$launches" '/^totals:/ { printf "%d\n", $2 / launches + 0.5; exit }' "$scratch/out-01"
}

# Fills the caches, so that nothing is compiled under callgrind.
"$folder/bench/bench_instructions" halyard 1 >/dev/null
"$folder/bench/bench_instructions" opencl 1 >/dev/null
# How long malloc searches differs by a hundred instructions from run to run: the median of three, taken in turns.
ours= raw=
for _ in 1 2 3; do
  ours+="$(count halyard)"$'\n'
  raw+="$(count opencl)"$'\n'
done
median() { sort -n | sed '/^$/d' | sed -n 2p; }
ours=$(median <<<"$ours")
raw=$(median <<<"$raw")
more=$((ours - raw))
met=MISSED; [ "$more" -gt "$most" ] || met=met
if [ "${2:-}" = --json ]; then
  printf '{"schema": "halyard.bench/1", "what": "instructions a launch", "cases": [{"name": "instructions_a_launch", "device": "opencl", "dtype": null, "shape": null, "variant": null, "median_s": null, "figure": %d, "unit": "instructions", "roofline_fraction": null, "peers": [{"name": "raw OpenCL", "setting": "no events", "ratio": %s, "ratio_low": null, "rounds": 1, "figure": %d, "met": %s}]}]}\n' \
    "$ours" "$(awk "BEGIN { print $ours / $raw }")" "$raw" "$([ "$met" = met ] && echo true || echo false)"
else
  echo "instructions a launch on the launching thread: Halyard $ours, raw OpenCL $raw; $more more; at most $most more: $met"
fi
[ "$met" = met ] || exit 2
