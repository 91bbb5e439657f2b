# halyard_add_test(NAME SOURCES a.cpp … [LIBRARIES internal|public|other …] [LABELS full …] [ARGUMENTS …])
# One GoogleTest program. `internal` links the library's insides statically, `public` what users link.
#
# halyard_add_fuzzer(NAME SOURCES a.cpp … [LIBRARIES …] [CORPUS folder])
# A file with LLVMFuzzerTestOneInput. With HALYARD_FUZZERS (clang) a libFuzzer program that runs for
# HALYARD_FUZZ_SECONDS; else a program that tries the corpus and a fixed number of mutations of it.
include_guard(GLOBAL)
find_package(GTest REQUIRED)
set(HALYARD_FUZZ_SECONDS 60 CACHE STRING "How long each fuzzer runs in the fuzz preset")

# What every test's environment holds: caches inside the build folder, and what the sanitizers need to know. ctest reads it
# with its list of tests; a test's own ENVIRONMENT is added to it.
set(environment "XDG_CACHE_HOME=${PROJECT_BINARY_DIR}/test-cache")
if(HALYARD_SANITIZE)
  set(suppressions ${PROJECT_SOURCE_DIR}/cmake/sanitizers)
  # Every driver but PoCL is kept out: others may refuse to run under a sanitizer, or do not know it.
  find_file(HALYARD_POCL_ICD pocl.icd PATHS /etc/OpenCL/vendors /usr/share/OpenCL/vendors NO_DEFAULT_PATH)
  if(HALYARD_POCL_ICD)
    list(APPEND environment "OCL_ICD_VENDORS=${HALYARD_POCL_ICD}")
  endif()
  list(APPEND environment
       "HALYARD_CONFORMANCE_QUICK=1"
       "ASAN_OPTIONS=detect_stack_use_after_return=0:strict_string_checks=1:detect_leaks=1:allocator_may_return_null=1"
       "LSAN_OPTIONS=suppressions=${suppressions}/lsan.supp:print_suppressions=0"
       "UBSAN_OPTIONS=print_stacktrace=1"
       "TSAN_OPTIONS=suppressions=${suppressions}/tsan.supp:halt_on_error=1")
endif()
set(commands "")
foreach(variable ${environment})
  string(REGEX REPLACE "^([^=]+)=(.*)$" "set(ENV{\\1} [==[\\2]==])\n" command "${variable}")
  string(APPEND commands "${command}")
endforeach()
file(WRITE ${PROJECT_BINARY_DIR}/test-environment.cmake "${commands}")
set_property(DIRECTORY ${PROJECT_SOURCE_DIR} APPEND PROPERTY TEST_INCLUDE_FILES ${PROJECT_BINARY_DIR}/test-environment.cmake)

function(halyard_add_test name)
  cmake_parse_arguments(arg "" "" "SOURCES;LIBRARIES;LABELS;ARGUMENTS" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  list(TRANSFORM arg_LIBRARIES REPLACE "^internal$" "halyard_internal")
  list(TRANSFORM arg_LIBRARIES REPLACE "^public$" "halyard::halyard")
  target_link_libraries(${name} PRIVATE halyard_options ${arg_LIBRARIES} GTest::gtest GTest::gtest_main)
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  add_test(NAME ${name} COMMAND ${name} ${arg_ARGUMENTS})
  set_tests_properties(${name} PROPERTIES TIMEOUT 600 LABELS "${arg_LABELS}")
endfunction()

add_custom_target(fuzzers)
function(halyard_add_fuzzer name)
  cmake_parse_arguments(arg "" "CORPUS" "SOURCES;LIBRARIES" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  add_dependencies(fuzzers ${name})
  list(TRANSFORM arg_LIBRARIES REPLACE "^internal$" "halyard_internal")
  list(TRANSFORM arg_LIBRARIES REPLACE "^public$" "halyard::halyard")
  target_link_libraries(${name} PRIVATE halyard_options ${arg_LIBRARIES})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  if(arg_CORPUS)
    get_filename_component(arg_CORPUS ${arg_CORPUS} ABSOLUTE)
  endif()
  if(HALYARD_FUZZERS)
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    set(found ${CMAKE_CURRENT_BINARY_DIR}/${name}.found)
    file(MAKE_DIRECTORY ${found})
    add_test(NAME ${name} COMMAND ${name} -max_total_time=${HALYARD_FUZZ_SECONDS} -rss_limit_mb=2048 -timeout=10
                                          -print_final_stats=1 ${found} ${arg_CORPUS})
  else()
    target_sources(${name} PRIVATE ${PROJECT_SOURCE_DIR}/cmake/fuzz_main.cpp)
    add_test(NAME ${name} COMMAND ${name} ${arg_CORPUS})
  endif()
  set_tests_properties(${name} PROPERTIES TIMEOUT 900 LABELS fuzz)
endfunction()
