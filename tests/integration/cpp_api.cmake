# The C++ API over the real library, on the device that is always there.
halyard_add_test(cpp_api_test SOURCES cpp_api_test.cpp LIBRARIES public)
