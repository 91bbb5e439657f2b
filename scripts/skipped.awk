# Reads what ctest said, then its LastTest.log: prints the skipped cases by program and reason, and as its last line "PASSED
# FAILED SKIPPED", counted in cases: GoogleTest's and the conformance suite's where the program has them, else the
# program itself.
function skip(name, why,   key) {
  skipped++
  key = test ": " why
  if (!(key in names)) { order[++kinds] = key; names[key] = name }
  else names[key] = names[key] (name == "" ? "" : " " name)
  number[key]++
}
function end_of_test() {
  if (test == "") return
  if (test in whole) {
    skip("", reason == "" ? whole[test] : reason)
  } else if (!counted) {
    if (test_passed) passed++; else failed++
  }
  test = ""
}
FNR == NR {
  if (match($0, /^[ \t]*[0-9]+ - .* \((Skipped|Disabled|Not Run)\)$/)) {
    name = $0
    sub(/^[ \t]*[0-9]+ - /, "", name)
    kind = name
    sub(/ \([A-Za-z ]+\)$/, "", name)
    sub(/.* \(/, "", kind); sub(/\)$/, "", kind)
    whole[name] = tolower(kind)
  }
  next
}
/^[0-9]+\/[0-9]+ Testing: / { end_of_test(); test = $3; counted = 0; test_passed = 0; reason = ""; collecting = 0 }
(test in whole) && /^skipped: / { reason = substr($0, 10) }
/^\[ +RUN +\] / { reason = ""; collecting = 0; next }
/: Skipped$/ { collecting = 1; reason = ""; next }
/^\[  SKIPPED \] [^ ]+ +\([0-9]+ ms\)$/ {
  counted = 1
  skip($4, reason == "" ? "(no reason given)" : reason)
  reason = ""; collecting = 0; next
}
/^\[       OK \] .*\([0-9]+ ms\)$/ { passed++; counted = 1; collecting = 0; next }
/^\[  FAILED  \] .*\([0-9]+ ms\)$/ { failed++; counted = 1; collecting = 0; next }
# The conformance suite's own lines.
/^passed +[0-9.]+ s  / { passed++; counted = 1; next }
/^failed +[0-9.]+ s  / { failed++; counted = 1; next }
/^skipped +[0-9.]+ s  / {
  counted = 1
  what = $0
  sub(/^skipped +[0-9.]+ s +[^ ]+ */, "", what)
  name = $4
  sub(/:$/, "", name)
  skip(name, what)
  next
}
/^Test (Passed\.|Pass Reason:)/ { test_passed = 1 }
collecting && NF { reason = reason == "" ? $0 : reason " " $0 }
END {
  end_of_test()
  printf "skipped: %d\n", skipped
  for (i = 1; i <= kinds; i++) {
    key = order[i]
    # Concatenated: some awks' printf takes no long strings.
    print "   " key (number[key] > 1 ? " (" number[key] ")" : "") (names[key] == "" ? "" : ": " names[key])
  }
  printf "%d %d %d\n", passed, failed, skipped
}
