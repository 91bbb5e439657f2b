# The vendors' drivers as an application meets them, on the fakes (tests/drivers) of them all.
set(all_vendors TRUE)
foreach(vendor cuda hip level_zero)
  if(HALYARD_WITH AND NOT vendor IN_LIST HALYARD_WITH)
    set(all_vendors FALSE)
  endif()
endforeach()

# Drivers that are broken in one way each, copies of the fakes (tests/drivers), as the command `halyard` meets them.
if(TARGET halyard_command AND TARGET halyard-worker AND all_vendors)
  find_package(nlohmann_json REQUIRED)
  halyard_add_test(bad_driver_test SOURCES bad_driver_test.cpp tool_run.cpp LIBRARIES nlohmann_json::nlohmann_json halyard_fake_paths)
  add_dependencies(bad_driver_test halyard_command halyard-worker)
  target_compile_definitions(bad_driver_test PRIVATE HALYARD_COMMAND="$<TARGET_FILE:halyard_command>")
endif()

# Bundles whose images the fakes' run-time compilers made and the fakes' drivers load.
if(TARGET halyardc AND TARGET halyard-worker AND all_vendors)
  halyard_add_test(vendor_bundle_test SOURCES vendor_bundle_test.cpp LIBRARIES internal halyard_fake_paths LABELS integration)
  add_dependencies(vendor_bundle_test halyardc halyard-worker)
  # The fake of ocloc compiles with these, of one version.
  set(intel)
  foreach(version RANGE 14 30)
    if(EXISTS /usr/bin/llvm-spirv-${version} AND EXISTS /usr/bin/clang-${version} AND EXISTS /usr/bin/llvm-dis-${version}
       AND EXISTS /usr/bin/llvm-link-${version})
      set(intel dg2)
    endif()
  endforeach()
  # As an application builds it, with a halyardc that finds the fakes' compilers alone.
  set(fakes ${PROJECT_BINARY_DIR}/tests/drivers)
  set(HALYARDC ${CMAKE_CURRENT_BINARY_DIR}/halyardc_with_fakes)
  file(GENERATE OUTPUT ${HALYARDC} CONTENT
"#!/bin/sh
HALYARD_LIBRARY_PATH='${fakes}/fake_cuda:${fakes}/fake_hip6' exec '$<TARGET_FILE:halyardc>' --compiler nvrtc --compiler hiprtc \\
  --compiler ocloc='$<TARGET_FILE:halyard_fake_ocloc_program>' \"$@\"
" FILE_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE)
  halyard_add_kernels(vendor_bundle_test NAME vendor_kernels SOURCES vendor_kernels.hk TARGETS sm_90 gfx942 ${intel})
  add_dependencies(vendor_bundle_test_vendor_kernels_kernel_objects halyardc halyard_fake_nvrtc halyard_fake_hiprtc6
                   halyard_fake_ocloc_program)
  unset(HALYARDC)
  target_compile_definitions(vendor_bundle_test PRIVATE HALYARDC="$<TARGET_FILE:halyardc>" HALYARD_WORKER="$<TARGET_FILE:halyard-worker>"
                                                        HALYARD_KERNELS="${PROJECT_SOURCE_DIR}/kernels/basic"
                                                        HALYARD_ROOT="${PROJECT_SOURCE_DIR}")
endif()

# A device that is gone, and one that is full, on the fakes.
if(all_vendors)
  halyard_add_test(vendor_device_test SOURCES vendor_device_test.cpp LIBRARIES internal halyard_fake_paths LABELS integration)
  target_compile_definitions(vendor_device_test PRIVATE HALYARD_ROOT="${PROJECT_SOURCE_DIR}")
endif()
