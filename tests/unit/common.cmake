# What vendors' backends share and no device is needed for.
halyard_add_test(python_folders_test SOURCES python_folders_test.cpp ${PROJECT_SOURCE_DIR}/backends/common/python_folders.cpp)
target_include_directories(python_folders_test PRIVATE ${PROJECT_SOURCE_DIR}/include)
