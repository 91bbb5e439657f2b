# The opencl backend below the runtime: on a real driver where there is one, and on a fake one that fails to order.
if(NOT HALYARD_WITH OR "opencl" IN_LIST HALYARD_WITH)
  foreach(name device stream log failure)
    halyard_add_test(opencl_${name}_test SOURCES opencl_${name}_test.cpp LIBRARIES internal)
  endforeach()
  target_compile_definitions(opencl_failure_test PRIVATE HALYARD_FAKE_OPENCL_PATH="$<TARGET_FILE:halyard_fake_opencl>")
  add_dependencies(opencl_failure_test halyard_fake_opencl)
endif()
