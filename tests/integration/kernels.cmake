# Kernels from the file to the result: ahead of time and at run time, through the tool, the cache and the compilers.
if(TARGET halyardc)
  halyard_add_test(kernel_compile_test SOURCES kernel_compile_test.cpp cache_state_test.cpp halyardc_test.cpp LIBRARIES public LABELS integration)
  halyard_add_kernels(kernel_compile_test NAME compiled_kernels SOURCES compiled_one.hk compiled_two.hk CONSTANTS FACTOR=2
                      OPTIONAL_TARGETS compute_75 gfx90a spirv spirv:fp64:int64_atomics:subgroups dg2)
  add_dependencies(kernel_compile_test halyard-worker)
  target_compile_definitions(kernel_compile_test PRIVATE HALYARDC="$<TARGET_FILE:halyardc>"
                                                         HALYARD_KERNELS="${CMAKE_CURRENT_SOURCE_DIR}")

  # Images for vendors' devices, with the compilers that this machine has.
  halyard_add_test(vendor_image_test SOURCES vendor_image_test.cpp vendor_compiler_test.cpp spirv_image_test.cpp LIBRARIES internal LABELS integration)
  add_library(fake_nvrtc MODULE fake_nvrtc.cpp)
  target_link_libraries(fake_nvrtc PRIVATE halyard_options)
  add_dependencies(vendor_image_test halyardc fake_nvrtc)
  target_compile_definitions(vendor_image_test PRIVATE HALYARDC="$<TARGET_FILE:halyardc>"
                                                       HALYARD_KERNELS="${PROJECT_SOURCE_DIR}/kernels/basic"
                                                       HALYARD_FAKE_NVRTC="$<TARGET_FILE:fake_nvrtc>"
                                                       HALYARD_ROOT="${PROJECT_SOURCE_DIR}")

  # On Intel's driver, where scripts/intel-driver has unpacked it.
  if(TARGET halyard-worker AND (NOT HALYARD_WITH OR "opencl" IN_LIST HALYARD_WITH))
    halyard_add_test(intel_opencl_test SOURCES intel_opencl_test.cpp LIBRARIES public LABELS integration)
    add_dependencies(intel_opencl_test halyardc halyard-worker)
    target_compile_definitions(intel_opencl_test PRIVATE HALYARDC="$<TARGET_FILE:halyardc>" HALYARD_ROOT="${PROJECT_SOURCE_DIR}")
  endif()
endif()
