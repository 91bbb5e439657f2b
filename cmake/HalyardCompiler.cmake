# Stops with a sentence where the C++ compiler is too old: what it would say itself, about concepts, helps nobody.
# By itself (cmake -D CMAKE_CXX_COMPILER_ID=GNU -D CMAKE_CXX_COMPILER_VERSION=9.4 -P HalyardCompiler.cmake) it answers for any.
# Older ones were not tried: g++ 11.3 and clang 13.0 take all sources, the tests run with g++ 12 and clang 14.
include_guard(GLOBAL)

set(oldest_GNU 11)
set(oldest_Clang 13)
set(oldest ${oldest_${CMAKE_CXX_COMPILER_ID}})
if(oldest AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS oldest)
  message(FATAL_ERROR "Halyard is written in C++20 and needs g++ ${oldest_GNU} or clang ${oldest_Clang}, or later; this is "
    "${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION} (${CMAKE_CXX_COMPILER}). Install a newer one and name it in an empty "
    "build folder: -DCMAKE_CXX_COMPILER=g++-12 -DCMAKE_C_COMPILER=gcc-12")
endif()
