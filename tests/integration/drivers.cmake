# Drivers that are broken in one way each, copies of the fakes (tests/drivers), as the command `halyard` meets them.
if(TARGET halyard_command AND TARGET halyard-worker AND (NOT HALYARD_WITH OR ("cuda" IN_LIST HALYARD_WITH AND "hip" IN_LIST HALYARD_WITH)))
  find_package(nlohmann_json REQUIRED)
  halyard_add_test(bad_driver_test SOURCES bad_driver_test.cpp tool_run.cpp LIBRARIES nlohmann_json::nlohmann_json halyard_fake_paths)
  add_dependencies(bad_driver_test halyard_command halyard-worker)
  target_compile_definitions(bad_driver_test PRIVATE HALYARD_COMMAND="$<TARGET_FILE:halyard_command>")
endif()
