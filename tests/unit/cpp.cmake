# The C++ API: what needs no device.
halyard_add_test(cpp_result_test SOURCES cpp_result_test.cpp LIBRARIES public)
halyard_add_test(cpp_checked_test SOURCES cpp_checked_test.cpp LIBRARIES public)
halyard_add_test(cpp_half_test SOURCES cpp_half_test.cpp LIBRARIES public)
halyard_add_test(cpp_element_test SOURCES cpp_element_test.cpp LIBRARIES public)
halyard_add_test(cpp_typed_kernel_test SOURCES cpp_typed_kernel_test.cpp LIBRARIES public)
# For each kind of host: char has a sign on x86 and none on most others.
halyard_add_test(cpp_signed_char_test SOURCES cpp_plain_char_test.cpp LIBRARIES public)
target_compile_options(cpp_signed_char_test PRIVATE -fsigned-char)
target_compile_definitions(cpp_signed_char_test PRIVATE HALYARD_TEST_CHAR_IS_SIGNED=1)
halyard_add_test(cpp_unsigned_char_test SOURCES cpp_plain_char_test.cpp LIBRARIES public)
target_compile_options(cpp_unsigned_char_test PRIVATE -funsigned-char)
target_compile_definitions(cpp_unsigned_char_test PRIVATE HALYARD_TEST_CHAR_IS_SIGNED=0)

# The headers compile without exceptions and RTTI, where value() does not exist, and each on its own.
add_library(cpp_headers_plain OBJECT cpp_headers_plain.cpp)
target_link_libraries(cpp_headers_plain PRIVATE halyard_options halyard::halyard)
target_compile_options(cpp_headers_plain PRIVATE -fno-exceptions -fno-rtti)
set(header_sources "")
foreach(header argument buffer bundle checked device element error grid half kernel point result runtime stream
        topology halyard)
  file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/header_${header}.cpp
       CONTENT "#include \"halyard/@header@.hpp\"  // compiles on its own\n" @ONLY)
  list(APPEND header_sources ${CMAKE_CURRENT_BINARY_DIR}/header_${header}.cpp)
endforeach()
add_library(cpp_headers_alone OBJECT ${header_sources})
target_link_libraries(cpp_headers_alone PRIVATE halyard_options halyard::halyard)

# Calls that must not compile, and whose message must name the reason: cpp_rejects/NAME.cpp says what to expect.
file(GLOB rejects CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/cpp_rejects/*.cpp)
foreach(source ${rejects})
  get_filename_component(name ${source} NAME_WE)
  file(STRINGS ${source} expected REGEX "^// expect: ")
  string(REPLACE "// expect: " "" expected "${expected}")
  add_test(NAME cpp_rejects_${name} COMMAND ${CMAKE_CXX_COMPILER} -std=c++20 -fsyntax-only -I${PROJECT_SOURCE_DIR}/include
                                            ${source})
  set_tests_properties(cpp_rejects_${name} PROPERTIES PASS_REGULAR_EXPRESSION "${expected}" TIMEOUT 120)
endforeach()
