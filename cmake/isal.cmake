# ISA-L has no CMake package: defines penstock_isal, imported.
include_guard(GLOBAL)

find_path(PENSTOCK_ISAL_INCLUDE NAMES isa-l.h REQUIRED)
find_library(PENSTOCK_ISAL_LIBRARY NAMES isal REQUIRED)
mark_as_advanced(PENSTOCK_ISAL_INCLUDE PENSTOCK_ISAL_LIBRARY)

add_library(penstock_isal UNKNOWN IMPORTED GLOBAL)
set_target_properties(penstock_isal PROPERTIES
  IMPORTED_LOCATION "${PENSTOCK_ISAL_LIBRARY}"
  INTERFACE_INCLUDE_DIRECTORIES "${PENSTOCK_ISAL_INCLUDE}")
