# How everything of the project is compiled and linked: one interface target, `halyard_options`, with the warnings,
# the hardening and the sanitizers; and `halyard_library_options` for what is the library's own.
find_package(Threads REQUIRED)
include(CheckCXXCompilerFlag)
include(CheckPIESupported)

set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE AND HALYARD_TOP)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "" FORCE)
endif()
set(CMAKE_INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR}")

add_library(halyard_options INTERFACE)
target_compile_features(halyard_options INTERFACE cxx_std_20)
target_compile_options(halyard_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow $<$<CXX_COMPILER_ID:GNU>:-Wno-format-truncation> -fvisibility=hidden
                       $<$<COMPILE_LANGUAGE:CXX>:-fvisibility-inlines-hidden>)
# Not with sanitizers: what they insert makes g++ warn of variables that nothing clobbers.
if(HALYARD_WERROR AND NOT HALYARD_SANITIZE)
  target_compile_options(halyard_options INTERFACE -Werror)
endif()
target_link_libraries(halyard_options INTERFACE Threads::Threads ${CMAKE_DL_LIBS})

if(HALYARD_SANITIZE)
  target_compile_options(halyard_options INTERFACE -fsanitize=${HALYARD_SANITIZE} -fno-sanitize-recover=all
                         -fno-omit-frame-pointer)
  # With its sanitizers gcc warns of values that are never read (its manual says so).
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(halyard_options INTERFACE -Wno-maybe-uninitialized)
  endif()
  target_link_options(halyard_options INTERFACE -fsanitize=${HALYARD_SANITIZE})
endif()

if(HALYARD_FUZZERS)
  target_compile_options(halyard_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

if(HALYARD_HARDENING)
  check_pie_supported(LANGUAGES C CXX)
  target_compile_options(halyard_options INTERFACE -fstack-protector-strong)
  foreach(flag -fcf-protection=full -fstack-clash-protection)
    string(MAKE_C_IDENTIFIER "HALYARD_HAS${flag}" has)
    check_cxx_compiler_flag(${flag} ${has})
    if(${has})
      target_compile_options(halyard_options INTERFACE ${flag})
    endif()
  endforeach()
  # FORTIFY does nothing without optimisation but warn, and hides accesses from the sanitizers.
  if(NOT HALYARD_SANITIZE)
    target_compile_options(halyard_options INTERFACE
                           $<$<NOT:$<CONFIG:Debug>>:-U_FORTIFY_SOURCE$<SEMICOLON>-D_FORTIFY_SOURCE=2>)
  endif()
  target_link_options(halyard_options INTERFACE -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack)
endif()
target_link_options(halyard_options INTERFACE -Wl,--as-needed)

add_library(halyard_library_options INTERFACE)
if(NOT HALYARD_EXCEPTIONS)
  target_compile_options(halyard_library_options INTERFACE
                         $<$<COMPILE_LANGUAGE:CXX>:-fno-exceptions$<SEMICOLON>-fno-rtti>)
endif()
