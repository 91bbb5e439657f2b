halyard_add_test(core_test SOURCES core_config_test.cpp core_identity_test.cpp core_library_test.cpp core_names_test.cpp
                 core_scratch_test.cpp core_backend_table_test.cpp
                 LIBRARIES internal LABELS unit)
