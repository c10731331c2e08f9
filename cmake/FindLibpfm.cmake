# SPDX-License-Identifier: GPL-2.0-or-later
#
# libpfm4, which knows the names of hardware events. Never fatal: without it
# the suite counts software events and tracepoints only and says why.
#
#   Libpfm::Libpfm    imported target, when Libpfm_FOUND
#   Libpfm_VERSION    "4.13.0"
#   Libpfm_ABSENT     why there is none: one line
#
# -DFAULTLINE_LIBPFM4=OFF leaves it out.
option(FAULTLINE_LIBPFM4 "Name hardware events by libpfm4, where it can be had" ON)

set(Libpfm_FOUND FALSE)
set(Libpfm_VERSION "")
set(Libpfm_ABSENT "")

if(NOT FAULTLINE_LIBPFM4)
  set(Libpfm_ABSENT "switched off by -DFAULTLINE_LIBPFM4=OFF")
else()
  find_path(LIBPFM_INCLUDE_DIR perfmon/pfmlib_perf_event.h)
  find_library(LIBPFM_LIBRARY pfm)
  mark_as_advanced(LIBPFM_INCLUDE_DIR LIBPFM_LIBRARY)
  if(LIBPFM_INCLUDE_DIR AND LIBPFM_LIBRARY)
    set(Libpfm_FOUND TRUE)
    # Its header and pfm_get_version() say 4.0 for ever; the file's name knows.
    file(REAL_PATH "${LIBPFM_LIBRARY}" _file)
    string(REGEX MATCH "[0-9]+(\\.[0-9]+)+$" Libpfm_VERSION "${_file}")
    if(NOT Libpfm_VERSION)
      set(Libpfm_VERSION "4")
    endif()
    add_library(Libpfm::Libpfm UNKNOWN IMPORTED)
    set_target_properties(Libpfm::Libpfm PROPERTIES
      IMPORTED_LOCATION "${LIBPFM_LIBRARY}"
      INTERFACE_INCLUDE_DIRECTORIES "${LIBPFM_INCLUDE_DIR}")
  else()
    set(Libpfm_ABSENT "no perfmon/pfmlib_perf_event.h and libpfm when it was built: install libpfm4-dev")
  endif()
endif()

if(Libpfm_FOUND)
  message(STATUS "libpfm4: ${Libpfm_VERSION}")
else()
  message(STATUS "libpfm4: none: ${Libpfm_ABSENT}")
endif()
