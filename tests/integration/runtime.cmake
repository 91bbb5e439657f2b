# The runtime as a process sees it: selection, environment, plugins, fork, what it leaves behind.
halyard_add_test(runtime_process_test
  SOURCES selection_test.cpp plugin_test.cpp fork_test.cpp lifetime_process_test.cpp bad_input_runtime_test.cpp process_main.cpp
  LIBRARIES public halyard_plugin_fixtures)

# What is given up while work is in flight, on each device and between two.
halyard_add_test(in_flight_test
  SOURCES given_up_test.cpp short_streams_test.cpp failed_host_function_test.cpp two_backends_test.cpp
          fork_busy_test.cpp
  LIBRARIES public LABELS integration)
