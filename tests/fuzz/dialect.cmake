halyard_add_fuzzer(scanner_fuzz SOURCES scanner_fuzz.cpp LIBRARIES internal CORPUS ${PROJECT_SOURCE_DIR}/tests/dialect/kernels)
