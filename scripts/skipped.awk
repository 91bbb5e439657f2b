# Reads what ctest said, then its LastTest.log: prints each skipped case with its reason, and as its last line "PASSED FAILED
# SKIPPED", counted in cases: GoogleTest's where the program has them, else the program itself.
function end_of_test() {
  if (test == "") return
  if (test in whole) {
    skipped++
    list[++listed] = sprintf("   %s: %s", test, reason == "" ? whole[test] : reason)
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
  skipped++; counted = 1
  if (reason == "") reason = "(no reason given)"
  list[++listed] = sprintf("   %s: %s: %s", test, $4, reason)
  reason = ""; collecting = 0; next
}
/^\[       OK \] .*\([0-9]+ ms\)$/ { passed++; counted = 1; collecting = 0; next }
/^\[  FAILED  \] .*\([0-9]+ ms\)$/ { failed++; counted = 1; collecting = 0; next }
/^Test Passed\.$/ { test_passed = 1 }
collecting && NF { reason = reason == "" ? $0 : reason " " $0 }
END {
  end_of_test()
  printf "skipped: %d\n", skipped
  for (i = 1; i <= listed; i++) print list[i]
  printf "%d %d %d\n", passed, failed, skipped
}
