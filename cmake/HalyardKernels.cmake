# halyard_add_kernels(TARGET NAME name SOURCES a.hk … [CONSTANTS N=V …] [LEVELS x86-64 …]
#                     [TARGETS sm_90 gfx942 spirv …] [OPTIONAL_TARGETS …])
#
# Compiles kernels ahead of time into TARGET: a header <name>.hpp with a namespace <name>, that has
# `const hy_linked_bundle& bundle()` and a typed accessor for each kernel; the sources, for devices whose compiler is at run
# time; and host code for several levels of instruction sets, of which the best is taken at run time.
#   NAME       an identifier, different for every bundle of a program; another program may use it too
#   CONSTANTS  what the kernels are compiled with where the program does not say otherwise
#   LEVELS     of x86-64 to compile for; other architectures have one. Default: HALYARD_HOST_LEVELS
#   TARGETS    GPUs to compile for, with the compilers that this machine has (halyardc --target help); one that it can't
#              make stops the build and says what is missing
#   OPTIONAL_TARGETS  the same, but what can't be made here is left out, and said so
# Where halyardc was not built for this machine (cross-compiling), set HALYARDC to one of the same version that was.
include_guard(GLOBAL)
include(CheckCXXCompilerFlag)

set(HALYARDC "" CACHE FILEPATH "halyardc of this machine, when the target's can't be run")
set(HALYARD_HOST_LEVELS "x86-64-v4;x86-64-v3;x86-64" CACHE STRING "Levels of x86-64 that kernels are compiled for, best first")

# What kernels are compiled with for the host, here and at run time (backends/cpu gets the list from here), so that one
# computes the same either way. Taken by g++ and clang alike. A property, as callers may be in any folder.
#   -fno-math-errno, -fno-trapping-math  functions and comparisons may be vectorised; no result changes
#   -ffp-contract=fast                   a*b+c may be fused, as on every GPU; hy_fma() where it must be
set_property(GLOBAL PROPERTY HALYARD_HOST_FLAGS
  -std=c++17 -O3 -fPIC -fno-math-errno -fno-trapping-math -ffp-contract=fast -fvisibility=hidden -fno-exceptions -fno-rtti
  -fno-stack-protector)

# Sets `out` to the levels that this compiler knows, or to "native-less" (one image, the compiler's default).
function(_halyard_host_levels wanted out)
  set(levels "")
  string(TOLOWER "${CMAKE_SYSTEM_PROCESSOR}" processor)
  if(processor MATCHES "^(x86_64|amd64)$")
    foreach(level ${wanted})
      string(MAKE_C_IDENTIFIER "HALYARD_HAVE_${level}" known)
      check_cxx_compiler_flag(-march=${level} ${known})
      if(${known})
        list(APPEND levels ${level})
      endif()
    endforeach()
  endif()
  if(NOT levels)
    set(levels default)
  endif()
  set(${out} "${levels}" PARENT_SCOPE)
endfunction()

function(_halyard_find_compiler out depends)
  if(HALYARDC)
    set(${out} "${HALYARDC}" PARENT_SCOPE)
    set(${depends} "${HALYARDC}" PARENT_SCOPE)
  elseif(TARGET halyard::halyardc)
    set(${out} halyard::halyardc PARENT_SCOPE)
    set(${depends} halyard::halyardc PARENT_SCOPE)
  else()
    message(FATAL_ERROR "halyard_add_kernels: there is no halyardc. Build Halyard with -DHALYARD_TOOLS=ON, or set HALYARDC to one.")
  endif()
endfunction()

function(halyard_add_kernels target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "NAME" "SOURCES;CONSTANTS;LEVELS;TARGETS;OPTIONAL_TARGETS")
  if(NOT CMAKE_CXX_COMPILER_LOADED)
    message(FATAL_ERROR "halyard_add_kernels(${target}): kernels are compiled as C++ for the CPU; name CXX in project() or enable_language()")
  endif()
  if(NOT "${arg_NAME}" MATCHES "^[A-Za-z_][A-Za-z0-9_]*$")
    message(FATAL_ERROR "halyard_add_kernels(${target}): NAME must be given and be an identifier, not '${arg_NAME}'")
  endif()
  if(NOT arg_SOURCES OR arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "halyard_add_kernels(${target}): usage: TARGET NAME name SOURCES a.hk … [CONSTANTS N=V …] [LEVELS …] [TARGETS …] [OPTIONAL_TARGETS …]")
  endif()
  foreach(wanted ${arg_TARGETS} ${arg_OPTIONAL_TARGETS})
    if(NOT wanted MATCHES "^((sm|compute)_[0-9]+[af]?|gfx[0-9a-f]+(:[a-z]+[+-])*|spirv(:[a-z0-9_]+)*|0x[0-9a-f]+|skl|tgllp|rkl|adl-?[spn]|dg[12]|pvc|mtl|arl|lnl|bmg|ptl)$")
      message(FATAL_ERROR "halyard_add_kernels(${target}): '${wanted}' is no target like sm_90, compute_75, gfx942, gfx942:xnack-, dg2, spirv or spirv:fp64")
    endif()
  endforeach()
  set(wanted_levels ${arg_LEVELS})
  if(NOT wanted_levels)
    set(wanted_levels ${HALYARD_HOST_LEVELS})
  endif()
  _halyard_find_compiler(compiler compiler_depends)
  _halyard_host_levels("${wanted_levels}" levels)
  foreach(level ${arg_LEVELS})  # those that were asked for by name
    if(NOT level IN_LIST levels AND NOT levels STREQUAL "default")
      message(FATAL_ERROR "halyard_add_kernels(${target}): this compiler knows no LEVELS ${level} (-march=${level})")
    elseif(NOT level MATCHES "^x86-64(-v[234])?$")
      message(FATAL_ERROR "halyard_add_kernels(${target}): LEVELS ${level} is none of x86-64, x86-64-v2, x86-64-v3, x86-64-v4")
    endif()
  endforeach()

  # Of the target as well as the NAME: two programs may carry the same kernels.
  set(objects ${target}_${arg_NAME}_kernel_objects)
  if(TARGET ${objects})
    message(FATAL_ERROR "halyard_add_kernels(${target}): NAME ${arg_NAME} is given twice; each bundle of a program needs a NAME of its own, or put all SOURCES into one call")
  endif()
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/${target}.kernels)
  file(MAKE_DIRECTORY ${folder})
  set(header ${folder}/${arg_NAME}.hpp)
  set(embedding ${folder}/${arg_NAME}_bundle.cpp)
  set(stubs "")
  set(texts "")
  set(symbols "")
  set(number 0)
  set(sources "")
  set(depends "")
  foreach(source ${arg_SOURCES})
    get_filename_component(absolute ${source} ABSOLUTE)
    get_source_file_property(generated ${absolute} GENERATED)
    if(NOT EXISTS ${absolute} AND NOT generated)
      message(FATAL_ERROR "halyard_add_kernels(${target}): there is no file ${absolute}")
    endif()
    list(APPEND depends ${absolute})
    list(APPEND sources ${absolute})
    list(APPEND texts ${folder}/${arg_NAME}.${number}.inc)
    math(EXPR number "${number} + 1")
  endforeach()

  # One small file for each source and level: only its flags and the name of its image differ.
  foreach(level ${levels})
    string(MAKE_C_IDENTIFIER "${level}" suffix)
    set(number 0)
    foreach(text ${texts})
      set(symbol halyard_image_${arg_NAME}_${number}_${suffix})
      set(stub ${folder}/${arg_NAME}.${number}.${suffix}.cpp)
      file(CONFIGURE OUTPUT ${stub} CONTENT
"#define HY_HOST_IMAGE_SYMBOL ${symbol}\n#define HY_HOST_IMAGE_VISIBILITY \"hidden\"\n#include \"${text}\"\n")
      get_property(flags GLOBAL PROPERTY HALYARD_HOST_FLAGS)
      list(APPEND flags -w)
      if(NOT level STREQUAL "default")
        list(APPEND flags -march=${level} -mtune=generic)
      endif()
      set_source_files_properties(${stub} PROPERTIES COMPILE_OPTIONS "${flags}" OBJECT_DEPENDS ${text}
                                                     SKIP_PRECOMPILE_HEADERS ON SKIP_UNITY_BUILD_INCLUSION ON)
      list(APPEND stubs ${stub})
      list(APPEND symbols --host-image ${symbol})
      math(EXPR number "${number} + 1")
    endforeach()
  endforeach()

  set(defines "")
  foreach(constant ${arg_CONSTANTS})
    list(APPEND defines -D ${constant})
  endforeach()
  set(images "")
  foreach(wanted ${arg_TARGETS})
    list(APPEND images --target ${wanted})
  endforeach()
  foreach(wanted ${arg_OPTIONAL_TARGETS})
    list(APPEND images --optional-target ${wanted})
  endforeach()
  # Messages name the sources by absolute paths, as editors need them; the bundle from this folder on, so that the
  # same sources make the same bundle on every machine.
  add_custom_command(
    OUTPUT ${header} ${embedding} ${texts}
    COMMAND ${compiler} --namespace ${arg_NAME} --header ${header} --embed ${embedding} --host-text ${folder}/${arg_NAME}
            --relative-to ${CMAKE_CURRENT_SOURCE_DIR} ${symbols} ${defines} ${images} ${sources}
    DEPENDS ${depends} ${compiler_depends}
    WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR}
    COMMENT "Kernels ${arg_NAME}"
    VERBATIM)

  # A library of its own, so that the target's definitions, precompiled headers and language level do not reach kernels.
  add_library(${objects} OBJECT ${stubs} ${embedding} ${header})
  target_link_libraries(${objects} PRIVATE halyard::halyard)
  set_target_properties(${objects} PROPERTIES
    POSITION_INDEPENDENT_CODE ON CXX_STANDARD 17 CXX_STANDARD_REQUIRED ON CXX_EXTENSIONS OFF UNITY_BUILD OFF
    CXX_CLANG_TIDY "" CXX_CPPCHECK "" INTERPROCEDURAL_OPTIMIZATION OFF)
  add_dependencies(${target} ${objects})
  target_sources(${target} PRIVATE $<TARGET_OBJECTS:${objects}>)
  target_include_directories(${target} PUBLIC $<BUILD_INTERFACE:${folder}>)
endfunction()
