# From the objects: `halyard` (what users link) and `halyard_internal` (a static library for tests of internals).
# Only hy_* leaves the shared library: standard-library templates are visible by their own declaration, so that hiding
# by default is not enough and a version script says it.
add_library(halyard)
target_link_libraries(halyard PRIVATE $<BUILD_INTERFACE:halyard_objects>)
target_include_directories(halyard PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
                                          $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_compile_features(halyard PUBLIC cxx_std_20)
set_target_properties(halyard PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}
                                         LINKER_LANGUAGE CXX)
if(BUILD_SHARED_LIBS)
  target_compile_definitions(halyard_objects PRIVATE HALYARD_BUILDING_SHARED)
  set(HALYARD_EXPORTS ${PROJECT_SOURCE_DIR}/cmake/halyard.map)
  target_link_options(halyard PRIVATE -Wl,--version-script=${HALYARD_EXPORTS} -Wl,--exclude-libs,ALL)
  if(NOT HALYARD_SANITIZE)
    target_link_options(halyard PRIVATE -Wl,--no-undefined)
  endif()
  set_property(TARGET halyard APPEND PROPERTY LINK_DEPENDS ${HALYARD_EXPORTS})
endif()
add_library(halyard::halyard ALIAS halyard)

if(HALYARD_TESTS)
  add_library(halyard_internal STATIC)
  target_link_libraries(halyard_internal PUBLIC halyard_objects)
endif()
