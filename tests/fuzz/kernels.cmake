halyard_add_fuzzer(bundle_fuzz SOURCES bundle_fuzz.cpp LIBRARIES internal)
