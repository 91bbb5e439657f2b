# What `cmake --install` lays down: library, headers, tools, documents, and how other builds find them (a CMake package and
# a pkg-config file). A static library brings the list of what it must be linked with.
include(CMakePackageConfigHelpers)

set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/halyard)

# The libraries that the objects are linked with, as CMake targets or names, and as pkg-config would say them.
get_target_property(linked halyard_objects LINK_LIBRARIES)
set(HALYARD_LINK_PACKAGES "")
set(HALYARD_LINK_CMAKE Threads::Threads ${CMAKE_DL_LIBS})
set(HALYARD_LINK_PKGCONFIG "-pthread -ldl -lstdc++ -lm")
foreach(library ${linked})
  if(library MATCHES "^halyard_" OR library STREQUAL "Threads::Threads" OR library STREQUAL "${CMAKE_DL_LIBS}"
     OR library MATCHES "^::@")
    continue()
  elseif(library MATCHES "^Boost::(.+)$")
    list(APPEND HALYARD_LINK_PACKAGES "Boost COMPONENTS ${CMAKE_MATCH_1}")
    list(APPEND HALYARD_LINK_CMAKE ${library})
    string(APPEND HALYARD_LINK_PKGCONFIG " -lboost_${CMAKE_MATCH_1}")
  elseif(library MATCHES "(^|/)lib([^/]+)\\.(a|so)[0-9.]*$")
    list(APPEND HALYARD_LINK_CMAKE "-l${CMAKE_MATCH_2}")
    string(APPEND HALYARD_LINK_PKGCONFIG " -l${CMAKE_MATCH_2}")
  elseif(TARGET ${library})
    # Headers only; a compiled one would be named here so that the static package cannot silently lack it.
    get_target_property(type ${library} TYPE)
    if(NOT type STREQUAL "INTERFACE_LIBRARY")
      message(FATAL_ERROR "cmake/HalyardInstall.cmake does not know how an outside project finds '${library}'")
    endif()
    get_target_property(also ${library} INTERFACE_LINK_LIBRARIES)
    foreach(item ${also})
      if(item MATCHES "(^|/)lib([^/]+)\\.(a|so)[0-9.]*$" OR item MATCHES "^(-l)([A-Za-z0-9_+-]+)$")
        list(APPEND HALYARD_LINK_CMAKE "-l${CMAKE_MATCH_2}")
        string(APPEND HALYARD_LINK_PKGCONFIG " -l${CMAKE_MATCH_2}")
      endif()
    endforeach()
  else()
    list(APPEND HALYARD_LINK_CMAKE ${library})
    string(APPEND HALYARD_LINK_PKGCONFIG " -l${library}")
  endif()
endforeach()
list(REMOVE_DUPLICATES HALYARD_LINK_CMAKE)

if(BUILD_SHARED_LIBS)
  set(HALYARD_PKGCONFIG_LIBRARIES "-lhalyard")
else()
  target_link_libraries(halyard INTERFACE "$<INSTALL_INTERFACE:${HALYARD_LINK_CMAKE}>")
  set(HALYARD_PKGCONFIG_LIBRARIES "-lhalyard ${HALYARD_LINK_PKGCONFIG}")
endif()

install(TARGETS halyard EXPORT halyard-targets
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
foreach(tool halyard_tool halyardc)
  if(TARGET ${tool})
    install(TARGETS ${tool} EXPORT halyard-targets RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  endif()
endforeach()
if(TARGET halyard-worker)
  install(TARGETS halyard-worker EXPORT halyard-targets RUNTIME DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/halyard)
endif()
install(EXPORT halyard-targets NAMESPACE halyard:: DESTINATION ${package_folder})

install(DIRECTORY include/halyard DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
        FILES_MATCHING PATTERN "*.h" PATTERN "*.hpp" PATTERN "*.def")
# All that the documents link to or name: the figures, and the samples' sources.
foreach(document README.md CHANGELOG.md SECURITY.md LICENSE docs samples)
  if(IS_DIRECTORY ${PROJECT_SOURCE_DIR}/${document})
    install(DIRECTORY ${document} DESTINATION ${CMAKE_INSTALL_DOCDIR} PATTERN CMakeLists.txt EXCLUDE PATTERN readme EXCLUDE)
  elseif(EXISTS ${PROJECT_SOURCE_DIR}/${document})
    install(FILES ${document} DESTINATION ${CMAKE_INSTALL_DOCDIR})
  endif()
endforeach()

configure_package_config_file(cmake/halyard-config.cmake.in ${PROJECT_BINARY_DIR}/halyard-config.cmake
                              INSTALL_DESTINATION ${package_folder})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/halyard-config-version.cmake COMPATIBILITY SameMajorVersion)
install(FILES ${PROJECT_BINARY_DIR}/halyard-config.cmake ${PROJECT_BINARY_DIR}/halyard-config-version.cmake
        DESTINATION ${package_folder})
if(EXISTS ${PROJECT_SOURCE_DIR}/cmake/HalyardKernels.cmake)
  install(FILES cmake/HalyardKernels.cmake DESTINATION ${package_folder})
endif()
file(RELATIVE_PATH HALYARD_PKGCONFIG_PREFIX "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
string(REGEX REPLACE "/$" "" HALYARD_PKGCONFIG_PREFIX "${HALYARD_PKGCONFIG_PREFIX}")
configure_file(cmake/halyard.pc.in ${PROJECT_BINARY_DIR}/halyard.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/halyard.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
