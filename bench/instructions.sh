#!/usr/bin/env bash
# Instructions that the launching thread spends on one launch, through Halyard and through raw OpenCL, counted by callgrind: the
# difference between 3,000 and 1,000 launches, so that everything else falls out.
# usage: bench/instructions.sh BUILD_FOLDER [--json]
set -euo pipefail
folder=${1:?usage: bench/instructions.sh BUILD_FOLDER [--json]}
most=400
command -v valgrind >/dev/null || { echo "skipped: instructions a launch: there is no valgrind" >&2; exit 3; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# Instructions of the first thread.
count() {
  (cd "$scratch" && rm -f out* && valgrind --tool=callgrind --separate-threads=yes --callgrind-out-file=out \
     "$folder/bench/bench_instructions" "$1" "$2" >log 2>&1) || { tail -n 5 "$scratch/log" >&2; exit 1; }
  awk '/^(totals|summary):/ { print $2; exit }' "$scratch/out-01"
}

each() {
  local few many
  few=$(count "$1" 1000)
  many=$(count "$1" 3000)
  echo $(((many - few) / 2000))
}

"$folder/bench/bench_instructions" halyard 1 >/dev/null  # fills the caches
"$folder/bench/bench_instructions" raw 1 >/dev/null
ours=$(each halyard)
raw=$(each raw)
more=$((ours - raw))
met=MISSED; [ "$more" -gt "$most" ] || met=met
if [ "${2:-}" = --json ]; then
  printf '{"schema": "halyard.bench/1", "what": "instructions a launch", "cases": [{"name": "instructions_a_launch", "device": "opencl", "dtype": null, "shape": null, "variant": null, "median_s": null, "figure": %d, "unit": "instructions", "roofline_fraction": null, "peers": [{"name": "raw OpenCL", "setting": "no events", "ratio": %s, "ratio_low": null, "rounds": 1, "figure": %d, "met": %s}]}]}\n' \
    "$ours" "$(awk "BEGIN { print $ours / $raw }")" "$raw" "$([ "$met" = met ] && echo true || echo false)"
else
  echo "instructions a launch on the launching thread: Halyard $ours, raw OpenCL $raw; $more more; at most $most more: $met"
fi
[ "$met" = met ] || exit 2
