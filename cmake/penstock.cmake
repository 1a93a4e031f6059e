# How every target of this project is built: flags, layers, programs, tests.
include_guard(GLOBAL)
include(GNUInstallDirs)

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

if(PROJECT_IS_TOP_LEVEL)
  set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
  set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin")
  set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/lib")

  find_program(PENSTOCK_CCACHE ccache)
  if(PENSTOCK_CCACHE AND NOT DEFINED CMAKE_CXX_COMPILER_LAUNCHER)
    # All build folders and all clones on a machine share what is compiled; debug information then
    # names the first build folder, which only shows where generated sources are looked for.
    set(CMAKE_CXX_COMPILER_LAUNCHER
      env CCACHE_NOHASHDIR=1 "CCACHE_BASEDIR=${PROJECT_SOURCE_DIR}" "${PENSTOCK_CCACHE}")
  endif()
endif()

# Links with the fastest linker at hand; PENSTOCK_LINKER= (empty) keeps the compiler's own.
if(NOT DEFINED CACHE{PENSTOCK_LINKER})
  find_program(penstock_mold mold)
  find_program(penstock_lld ld.lld)
  mark_as_advanced(penstock_mold penstock_lld)
  set(linker "")
  if(penstock_mold)
    set(linker mold)
  elseif(penstock_lld)
    set(linker lld)
  endif()
  set(PENSTOCK_LINKER "${linker}" CACHE STRING "linker to use: mold, lld or empty")
endif()

# Gives one of our own targets its flags. Nothing here reaches those who link to us.
function(penstock_flags target)
  target_compile_options(${target} PRIVATE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -fno-omit-frame-pointer)
  # Programs that are handed on name their sources, not the machine that built them.
  target_compile_options(${target} PRIVATE
    $<$<CONFIG:Release>:-ffile-prefix-map=${PROJECT_SOURCE_DIR}/=>)
  if(PENSTOCK_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
  if(PENSTOCK_LINKER)
    target_link_options(${target} PRIVATE "-fuse-ld=${PENSTOCK_LINKER}")
  endif()
  if(PENSTOCK_SANITIZE)
    target_compile_options(${target} PRIVATE
      "-fsanitize=${PENSTOCK_SANITIZE}" -fno-sanitize-recover=all)
    # gcc 12 reports false positives of these two once sanitizers rewrite the code.
    target_compile_options(${target} PRIVATE -Wno-maybe-uninitialized -Wno-restrict)
    target_link_options(${target} PRIVATE "-fsanitize=${PENSTOCK_SANITIZE}")
  endif()
  if(PENSTOCK_FUZZ)
    target_compile_options(${target} PRIVATE -fsanitize-coverage=trace-pc,trace-cmp)
  endif()
endfunction()

# Makes one program `name` from `sources`, linked to the targets given after LINK.
function(penstock_program name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LINK")
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE ${arg_LINK})
  target_include_directories(${name} PRIVATE "${PROJECT_SOURCE_DIR}")
  penstock_flags(${name})
endfunction()

# Makes the test program `name` and runs it in ctest as one test, whole.
function(penstock_gtest name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "TIMEOUT;LABEL" "SOURCES;LINK")
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  if(NOT arg_LABEL)
    set(arg_LABEL unit)
  endif()
  penstock_program(${name} SOURCES ${arg_SOURCES} LINK ${arg_LINK} GTest::gtest GTest::gtest_main)
  add_test(NAME ${name} COMMAND ${name})
  penstock_test_properties(${name} ${arg_LABEL} ${arg_TIMEOUT})
endfunction()

# Gives a ctest test its label, its time limit and the variables that tests may read.
function(penstock_test_properties name label timeout)
  if(PENSTOCK_SANITIZE)  # makes programs several times slower
    math(EXPR timeout "4 * ${timeout}")
  endif()
  set(environment
    "PENSTOCK_SOURCE_DIR=${PROJECT_SOURCE_DIR}"
    "PENSTOCK_BINARY_DIR=${PROJECT_BINARY_DIR}"
    "CEMS_BIN=${PROJECT_BINARY_DIR}/bin/cems"
    "PYTHONPATH=${PROJECT_SOURCE_DIR}/tests/support"
    "PYARROW_PATH=${PENSTOCK_PYARROW_PATH}"
    "PENSTOCK_SANITIZE=${PENSTOCK_SANITIZE}")
  # Arrow is not built with the sanitizer, so what happens inside it looks like races. Tests that
  # have threads start programs of which each process forks before it has any; nor may Arrow's
  # allocator have one, which would be gone in the fork and still be in the sanitizer's books.
  list(APPEND environment
    "TSAN_OPTIONS=ignore_noninstrumented_modules=1:halt_on_error=1:die_after_fork=0"
    "JE_ARROW_MALLOC_CONF=background_thread:false"
    "UBSAN_OPTIONS=print_stacktrace=1")
  set_tests_properties(${name} PROPERTIES
    LABELS ${label} TIMEOUT ${timeout} ENVIRONMENT "${environment}")
endfunction()

# Makes the library penstock_<name> out of the folder this is called in: all *.cc below it but
# *_test.cc, which become the program <name>_test. A folder without sources is an INTERFACE library.
#   DEPS         layers of this project that it may include (see tools/layers.py)
#   LINK         third-party targets that its headers show
#   LINK_PRIVATE third-party targets that only its sources use
#   TEST_LINK    targets that only its tests use
function(penstock_layer name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "DEPS;LINK;LINK_PRIVATE;TEST_LINK")
  set(target penstock_${name})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cc")
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")

  list(TRANSFORM arg_DEPS PREPEND penstock_)
  if(sources)
    add_library(${target} STATIC ${sources})
    # Several sources in one compilation: names without linkage differ between the files of a layer.
    if(PENSTOCK_UNITY)
      set_target_properties(${target} PROPERTIES UNITY_BUILD ON)
      # Takes a source that is included for a header, whose types others could see.
      target_compile_options(${target} PRIVATE -Wno-subobject-linkage)
    endif()
    target_link_libraries(${target} PUBLIC ${arg_DEPS} ${arg_LINK} PRIVATE ${arg_LINK_PRIVATE})
    penstock_flags(${target})
    set(scope PUBLIC)
  else()
    add_library(${target} INTERFACE)
    target_link_libraries(${target} INTERFACE ${arg_DEPS} ${arg_LINK})
    set(scope INTERFACE)
  endif()
  target_compile_features(${target} ${scope} cxx_std_20)
  target_include_directories(${target} ${scope}
    "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>"
    "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
  add_library(penstock::${name} ALIAS ${target})
  set_property(GLOBAL APPEND PROPERTY PENSTOCK_LAYERS ${target})

  if(tests AND PENSTOCK_BUILD_TESTS)
    penstock_gtest(${name}_test SOURCES ${tests}
                   LINK ${target} ${arg_LINK_PRIVATE} ${arg_TEST_LINK})
  endif()
endfunction()
