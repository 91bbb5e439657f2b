# The command `halyard`, run as a user runs it.
if(TARGET halyard_command)
  find_package(nlohmann_json REQUIRED)
  add_library(tool_noisy_plugin MODULE tool_noisy_plugin.cpp)
  target_link_libraries(tool_noisy_plugin PRIVATE halyard_options)
  target_include_directories(tool_noisy_plugin PRIVATE ${PROJECT_SOURCE_DIR}/include)
  halyard_add_test(tool_test SOURCES tool_run.cpp tool_usage_test.cpp tool_devices_test.cpp tool_topology_test.cpp
                   tool_bundle_test.cpp tool_conformance_test.cpp LIBRARIES public nlohmann_json::nlohmann_json)
  add_dependencies(tool_test halyard_command tool_noisy_plugin)
  target_compile_definitions(tool_test PRIVATE
    HALYARD_COMMAND="$<TARGET_FILE:halyard_command>" HALYARD_NOISY_PLUGIN="$<TARGET_FILE:tool_noisy_plugin>"
    HALYARD_RECORDINGS="${PROJECT_SOURCE_DIR}/../shared/data/topologies")
endif()
