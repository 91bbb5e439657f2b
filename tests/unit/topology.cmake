halyard_add_test(topology_model_test SOURCES topology_model_test.cpp topology_derive_test.cpp topology_xml_test.cpp
                 topology_recordings_test.cpp LIBRARIES internal)
target_compile_definitions(topology_model_test PRIVATE HALYARD_RECORDINGS="${PROJECT_SOURCE_DIR}/../shared/data/topologies")
halyard_add_test(topology_api_test SOURCES topology_api_test.cpp LIBRARIES public)
target_compile_definitions(topology_api_test PRIVATE HALYARD_RECORDINGS="${PROJECT_SOURCE_DIR}/../shared/data/topologies")
if(TARGET halyard-worker)
  add_dependencies(topology_api_test halyard-worker)
endif()
