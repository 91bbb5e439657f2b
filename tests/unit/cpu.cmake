# The cpu backend through its table, with a stand-in for the library's services.
halyard_add_test(cpu_stream_test SOURCES cpu_stream_test.cpp LIBRARIES internal)
halyard_add_test(cpu_launch_test SOURCES cpu_launch_test.cpp LIBRARIES internal)
halyard_add_test(cpu_executor_test SOURCES cpu_executor_test.cpp LIBRARIES internal)
halyard_add_test(cpu_device_test SOURCES cpu_device_test.cpp LIBRARIES internal)
