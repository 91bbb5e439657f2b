halyard_add_fuzzer(kernel_facts_fuzz SOURCES kernel_facts_fuzz.cpp ${PROJECT_SOURCE_DIR}/backends/common/gpu/kernel_facts.cpp)
