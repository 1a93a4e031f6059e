# Defines penstock_arrow, penstock_arrow_compute and penstock_parquet: the installed Arrow C++ where
# CMake finds one, otherwise the libraries in PENSTOCK_ARROW_ROOT, which tools/setup.sh fills. Sets
# PENSTOCK_ARROW_BUNDLED to which of the two it is; who sets it before decides.
# PENSTOCK_PYARROW_PATH is a folder from which Python can import pyarrow, or empty.
include_guard(GLOBAL)

if(NOT DEFINED PENSTOCK_ARROW_ROOT)
  get_filename_component(PENSTOCK_ARROW_ROOT "${CMAKE_CURRENT_LIST_DIR}/../.deps/pyarrow" ABSOLUTE)
endif()
set(PENSTOCK_PYARROW_PATH "")

# Makes the imported target `target` from lib<file>.so.* in PENSTOCK_ARROW_ROOT, linked to the rest.
function(penstock_import_arrow target file)
  file(GLOB library "${PENSTOCK_ARROW_ROOT}/lib${file}.so.*")
  if(NOT library)
    message(FATAL_ERROR "no Arrow C++: find_package(Arrow) found none and there is no lib${file}.so"
            " in ${PENSTOCK_ARROW_ROOT}. Run tools/setup.sh, or install Arrow C++ and set"
            " CMAKE_PREFIX_PATH.")
  endif()
  list(GET library 0 library)
  add_library(${target} SHARED IMPORTED GLOBAL)
  set_target_properties(${target} PROPERTIES IMPORTED_LOCATION "${library}")
  # An installed Penstock brings the libraries, not the headers.
  if(EXISTS "${PENSTOCK_ARROW_ROOT}/include")
    target_include_directories(${target} INTERFACE "${PENSTOCK_ARROW_ROOT}/include")
  endif()
  target_link_libraries(${target} INTERFACE ${ARGN})
endfunction()

# Makes `target` another name of the first of the given targets that exists.
function(penstock_forward_arrow target)
  foreach(candidate IN LISTS ARGN)
    if(TARGET ${candidate})
      add_library(${target} INTERFACE IMPORTED GLOBAL)
      target_link_libraries(${target} INTERFACE ${candidate})
      return()
    endif()
  endforeach()
  message(FATAL_ERROR "the installed Arrow C++ has none of the targets ${ARGN}")
endfunction()

if(NOT DEFINED PENSTOCK_ARROW_BUNDLED OR NOT PENSTOCK_ARROW_BUNDLED)
  find_package(Arrow QUIET CONFIG)
endif()
if(Arrow_FOUND)
  set(PENSTOCK_ARROW_BUNDLED OFF)
  find_package(Parquet REQUIRED CONFIG)
  # Before Arrow 21 the compute kernels were part of libarrow itself.
  find_package(ArrowCompute QUIET CONFIG)
  penstock_forward_arrow(penstock_arrow Arrow::arrow_shared Arrow::arrow_static)
  penstock_forward_arrow(penstock_parquet Parquet::parquet_shared Parquet::parquet_static)
  penstock_forward_arrow(penstock_arrow_compute ArrowCompute::arrow_compute_shared
                         ArrowCompute::arrow_compute_static penstock_arrow)
else()
  set(PENSTOCK_ARROW_BUNDLED ON)
  penstock_import_arrow(penstock_arrow arrow)
  penstock_import_arrow(penstock_arrow_compute arrow_compute penstock_arrow)
  penstock_import_arrow(penstock_parquet parquet penstock_arrow)
  if(EXISTS "${PENSTOCK_ARROW_ROOT}/__init__.py")
    get_filename_component(PENSTOCK_PYARROW_PATH "${PENSTOCK_ARROW_ROOT}" DIRECTORY)
  endif()
endif()
