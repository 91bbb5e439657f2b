# The parts of the cuda backend that need no device: error texts, loading, why there is no device.
get_target_property(sources halyard_objects SOURCES)
if(sources MATCHES "backends/cuda/api.cpp")
  set(cuda internal)
else()
  # The backend is not (yet) in the library: its parts are compiled for their tests.
  file(GLOB parts CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/backends/cuda/*.cpp)
  add_library(halyard_cuda_parts STATIC ${parts} ${PROJECT_SOURCE_DIR}/backends/common/python_folders.cpp)
  target_link_libraries(halyard_cuda_parts PUBLIC halyard_options)
  target_include_directories(halyard_cuda_parts PUBLIC ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/include)
  set(cuda halyard_cuda_parts)
endif()
halyard_add_test(cuda_errors_test SOURCES cuda_errors_test.cpp LIBRARIES ${cuda})
halyard_add_test(cuda_load_test SOURCES cuda_load_test.cpp LIBRARIES ${cuda})
# The file that programs are linked with: all of the driver's symbols, and a truthful answer that it is no driver.
find_file(HALYARD_CUDA_STUB libcuda.so PATHS /usr/local/cuda/lib64/stubs /usr/local/cuda/targets/x86_64-linux/lib/stubs
                                             /usr/local/cuda/targets/sbsa-linux/lib/stubs NO_DEFAULT_PATH)
if(HALYARD_CUDA_STUB)
  target_compile_definitions(cuda_load_test PRIVATE HALYARD_CUDA_STUB="${HALYARD_CUDA_STUB}")
endif()
