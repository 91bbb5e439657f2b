# The parts of the cuda backend that need no device: error texts, loading, why there is no device.
halyard_add_test(cuda_compile_test SOURCES cuda_compile_test.cpp LIBRARIES internal)
halyard_add_test(cuda_errors_test SOURCES cuda_errors_test.cpp LIBRARIES internal)
halyard_add_test(cuda_load_test SOURCES cuda_load_test.cpp LIBRARIES internal)
# The file that programs are linked with: all of the driver's symbols, and a truthful answer that it is no driver.
find_file(HALYARD_CUDA_STUB libcuda.so PATHS /usr/local/cuda/lib64/stubs /usr/local/cuda/targets/x86_64-linux/lib/stubs
                                             /usr/local/cuda/targets/sbsa-linux/lib/stubs NO_DEFAULT_PATH)
if(HALYARD_CUDA_STUB)
  target_compile_definitions(cuda_load_test PRIVATE HALYARD_CUDA_STUB="${HALYARD_CUDA_STUB}")
endif()
