# Kernels from the file to the result: ahead of time and at run time, through the tool, the cache and the compilers.
if(TARGET halyardc)
  halyard_add_test(kernel_compile_test SOURCES kernel_compile_test.cpp cache_state_test.cpp halyardc_test.cpp LIBRARIES public LABELS integration)
  halyard_add_kernels(kernel_compile_test NAME compiled_kernels SOURCES compiled_one.hk compiled_two.hk CONSTANTS FACTOR=2)
  add_dependencies(kernel_compile_test halyard-worker)
  target_compile_definitions(kernel_compile_test PRIVATE HALYARDC="$<TARGET_FILE:halyardc>"
                                                         HALYARD_KERNELS="${CMAKE_CURRENT_SOURCE_DIR}")
endif()
