# `cmake --install`: headers, libraries, the cems program, and the package that
# find_package(penstock) reads. Where Arrow comes from .deps, its shared libraries are installed
# with ours, so that what was built here also runs where there is no Arrow.
include_guard(GLOBAL)
include(CMakePackageConfigHelpers)

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/penstock")
set(PENSTOCK_ARROW_INSTALL_DIR "${CMAKE_INSTALL_LIBDIR}/penstock")

get_property(layers GLOBAL PROPERTY PENSTOCK_LAYERS)
install(TARGETS penstock ${layers} EXPORT penstockTargets ARCHIVE)
install(EXPORT penstockTargets NAMESPACE penstock:: DESTINATION "${package_dir}")
install(DIRECTORY penstock DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" FILES_MATCHING PATTERN "*.h")
install(FILES LICENSE DESTINATION "${CMAKE_INSTALL_DOCDIR}")

configure_package_config_file(cmake/penstockConfig.cmake.in penstockConfig.cmake
  INSTALL_DESTINATION "${package_dir}" PATH_VARS PENSTOCK_ARROW_INSTALL_DIR)
# Below 1.0 every minor version may change what users see.
write_basic_package_version_file(penstockConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES
  "${PROJECT_BINARY_DIR}/penstockConfig.cmake" "${PROJECT_BINARY_DIR}/penstockConfigVersion.cmake"
  cmake/arrow.cmake cmake/isal.cmake
  DESTINATION "${package_dir}")

if(PENSTOCK_ARROW_BUNDLED)
  foreach(target IN ITEMS penstock_arrow penstock_arrow_compute penstock_parquet)
    install(PROGRAMS "$<TARGET_FILE:${target}>" DESTINATION "${PENSTOCK_ARROW_INSTALL_DIR}")
  endforeach()
endif()

if(TARGET cems)
  file(RELATIVE_PATH libraries "${CMAKE_INSTALL_FULL_BINDIR}"
       "${CMAKE_INSTALL_PREFIX}/${PENSTOCK_ARROW_INSTALL_DIR}")
  set_target_properties(cems PROPERTIES INSTALL_RPATH "$ORIGIN/${libraries}")
  install(TARGETS cems RUNTIME)
endif()
