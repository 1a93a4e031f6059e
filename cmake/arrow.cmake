# Defines penstock_arrow, penstock_arrow_compute and penstock_parquet: the installed Arrow C++ where
# CMake finds one, otherwise the headers and shared libraries that tools/setup.sh unpacked into
# .deps/pyarrow. PENSTOCK_PYARROW_PATH is a folder from which Python can import pyarrow, or empty.
include_guard(GLOBAL)

set(PENSTOCK_ARROW_ROOT "${CMAKE_CURRENT_LIST_DIR}/../.deps/pyarrow" CACHE PATH
    "unpacked Arrow libraries, used where find_package(Arrow) finds none")
set(PENSTOCK_PYARROW_PATH "")

# Makes the imported target `target` from lib<file>.so.* in PENSTOCK_ARROW_ROOT.
function(penstock_import_arrow target file)
  file(GLOB library "${PENSTOCK_ARROW_ROOT}/lib${file}.so.*")
  if(NOT library)
    message(FATAL_ERROR "no Arrow C++: find_package(Arrow) found none and there is no lib${file}.so"
            " in ${PENSTOCK_ARROW_ROOT}. Run tools/setup.sh, or install Arrow C++ and set"
            " CMAKE_PREFIX_PATH.")
  endif()
  list(GET library 0 library)
  file(REAL_PATH "${library}" library)
  add_library(${target} SHARED IMPORTED GLOBAL)
  set_target_properties(${target} PROPERTIES
    IMPORTED_LOCATION "${library}"
    INTERFACE_INCLUDE_DIRECTORIES "${PENSTOCK_ARROW_ROOT}/include")
  target_link_libraries(${target} INTERFACE ${ARGN})
endfunction()

find_package(Arrow QUIET CONFIG)
if(Arrow_FOUND)
  find_package(Parquet REQUIRED CONFIG)
  add_library(penstock_arrow INTERFACE IMPORTED GLOBAL)
  target_link_libraries(penstock_arrow INTERFACE Arrow::arrow_shared)
  add_library(penstock_parquet INTERFACE IMPORTED GLOBAL)
  target_link_libraries(penstock_parquet INTERFACE Parquet::parquet_shared)
  # Before Arrow 21 the compute kernels were part of libarrow itself.
  find_package(ArrowCompute QUIET CONFIG)
  add_library(penstock_arrow_compute INTERFACE IMPORTED GLOBAL)
  if(TARGET ArrowCompute::arrow_compute_shared)
    target_link_libraries(penstock_arrow_compute INTERFACE ArrowCompute::arrow_compute_shared)
  else()
    target_link_libraries(penstock_arrow_compute INTERFACE penstock_arrow)
  endif()
else()
  file(REAL_PATH "${PENSTOCK_ARROW_ROOT}" PENSTOCK_ARROW_ROOT)
  penstock_import_arrow(penstock_arrow arrow)
  penstock_import_arrow(penstock_arrow_compute arrow_compute penstock_arrow)
  penstock_import_arrow(penstock_parquet parquet penstock_arrow)
  get_filename_component(PENSTOCK_PYARROW_PATH "${PENSTOCK_ARROW_ROOT}" DIRECTORY)
endif()
