# SPDX-License-Identifier: GPL-2.0-or-later
#
# libperf: the system's by pkg-config, else built once from the distribution's
# kernel source by scripts/build-libperf.sh (about 10 s; kept in
# ~/.cache/faultline). Never fatal: without it the suite counts nothing and
# says why.
#
#   Libperf::Libperf   imported target, when Libperf_FOUND
#   Libperf_VERSION    "6.1.192 (built from linux-source-6.1)"
#   Libperf_ABSENT     why there is none: one line
#
# -DFAULTLINE_LIBPERF=OFF leaves it out.
option(FAULTLINE_LIBPERF "Count with libperf, where it can be had" ON)

set(Libperf_FOUND FALSE)
set(Libperf_VERSION "")
set(Libperf_ABSENT "")

# What counters.c cannot do without came with Linux 6.0.
function(_libperf_usable target result)
  include(CheckSourceCompiles)
  set(CMAKE_REQUIRED_LIBRARIES ${target})
  set(CMAKE_REQUIRED_QUIET ON)
  unset(LIBPERF_USABLE CACHE)
  check_source_compiles(C "
    #include <stdarg.h>
    #include <sys/types.h>
    #include <perf/core.h>
    #include <perf/cpumap.h>
    #include <perf/threadmap.h>
    #include <perf/evsel.h>
    int main(void)
    {
            struct perf_counts_values v = { .id = 0 };
            pid_t tid = 0;

            perf_counts_values__scale(&v, 1, 0);
            return !perf_cpu_map__new(\"\") ||
                   !perf_thread_map__new_array(1, &tid);
    }" LIBPERF_USABLE)
  set(${result} "${LIBPERF_USABLE}" PARENT_SCOPE)
endfunction()

if(NOT FAULTLINE_LIBPERF)
  set(Libperf_ABSENT "switched off by -DFAULTLINE_LIBPERF=OFF")
else()
  find_package(PkgConfig QUIET)
  pkg_check_modules(LIBPERF QUIET IMPORTED_TARGET libperf)
  if(LIBPERF_FOUND)
    _libperf_usable(PkgConfig::LIBPERF Libperf_FOUND)
  endif()
  if(Libperf_FOUND)
    set(Libperf_VERSION "${LIBPERF_VERSION} (the system's)")
    add_library(Libperf::Libperf INTERFACE IMPORTED)
    target_link_libraries(Libperf::Libperf INTERFACE PkgConfig::LIBPERF)
  else()
    if(NOT Libperf_BUILT)
      message(STATUS "libperf: building it from the kernel source, or taking the one built before")
    endif()
    set(_cross "")
    if(CMAKE_CROSSCOMPILING)
      string(REGEX REPLACE "gcc$" "" _prefix "${CMAKE_C_COMPILER}")
      get_filename_component(_prefix "${_prefix}" NAME)
      set(_cross "CROSS=${_prefix}" "SYSROOT=${CMAKE_SYSROOT}")
    endif()
    execute_process(
      COMMAND "${CMAKE_COMMAND}" -E env ${_cross}
              "${CMAKE_CURRENT_LIST_DIR}/../scripts/build-libperf.sh" "${CMAKE_BINARY_DIR}/libperf"
      OUTPUT_VARIABLE _dir OUTPUT_STRIP_TRAILING_WHITESPACE
      ERROR_VARIABLE _error ERROR_STRIP_TRAILING_WHITESPACE
      RESULT_VARIABLE _status)
    if(_status EQUAL 0)
      add_library(Libperf::Libperf STATIC IMPORTED)
      set_target_properties(Libperf::Libperf PROPERTIES
        IMPORTED_LOCATION "${_dir}/lib/libperf.a"
        INTERFACE_INCLUDE_DIRECTORIES "${_dir}/include"
        INTERFACE_LINK_LIBRARIES "${_dir}/lib/libapi.a")
      file(READ "${_dir}/version" Libperf_VERSION)
      string(STRIP "${Libperf_VERSION}" Libperf_VERSION)
      if(NOT Libperf_BUILT STREQUAL _dir)
        _libperf_usable(Libperf::Libperf Libperf_FOUND)
      else()
        set(Libperf_FOUND TRUE)
      endif()
      if(Libperf_FOUND)
        set(Libperf_BUILT "${_dir}" CACHE INTERNAL "where libperf was built")
      else()
        set(Libperf_ABSENT "${Libperf_VERSION} is too old, it takes Linux 6.0")
        set(Libperf_VERSION "")
      endif()
    else()
      string(REGEX REPLACE "^.*\n" "" Libperf_ABSENT "${_error}")
      string(REGEX REPLACE "^build-libperf: " "" Libperf_ABSENT "${Libperf_ABSENT}")
      string(REGEX REPLACE "[\"\\\\#;$]" " " Libperf_ABSENT "${Libperf_ABSENT}")
    endif()
  endif()
endif()

if(Libperf_FOUND)
  message(STATUS "libperf: ${Libperf_VERSION}")
else()
  message(STATUS "libperf: none: ${Libperf_ABSENT}")
endif()
