# What the backends of GPUs share, on fakes of their drivers (tests/drivers).
if(NOT HALYARD_WITH OR ("cuda" IN_LIST HALYARD_WITH AND "hip" IN_LIST HALYARD_WITH AND "level_zero" IN_LIST HALYARD_WITH))
  halyard_add_test(gpu_failure_test SOURCES gpu_failure_test.cpp LIBRARIES internal halyard_fake_paths)
  target_compile_definitions(gpu_failure_test PRIVATE HALYARD_ROOT="${PROJECT_SOURCE_DIR}")
endif()
halyard_add_test(gpu_kernel_facts_test SOURCES gpu_kernel_facts_test.cpp ${PROJECT_SOURCE_DIR}/backends/common/gpu/kernel_facts.cpp)
