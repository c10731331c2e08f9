# SPDX-License-Identifier: GPL-2.0-or-later
#
# Toolchain: builds for arm64 on another machine, with Debian's cross compiler
# (gcc-aarch64-linux-gnu) and the libraries that `lab/faultlab cross` fetches
# into the lab's cache and unpacks there. The preset arm64 uses it.
#
# FAULTLINE_SYSROOT in the environment: libraries from elsewhere.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(_triplet aarch64-linux-gnu)

if(DEFINED ENV{FAULTLINE_SYSROOT})
  set(CMAKE_SYSROOT "$ENV{FAULTLINE_SYSROOT}")
elseif(DEFINED ENV{FAULTLINE_LAB})
  set(CMAKE_SYSROOT "$ENV{FAULTLINE_LAB}/sysroot-arm64")
elseif(DEFINED ENV{XDG_CACHE_HOME})
  set(CMAKE_SYSROOT "$ENV{XDG_CACHE_HOME}/faultline/lab/sysroot-arm64")
else()
  set(CMAKE_SYSROOT "$ENV{HOME}/.cache/faultline/lab/sysroot-arm64")
endif()
if(NOT EXISTS "${CMAKE_SYSROOT}/usr/include/stdio.h")
  message(FATAL_ERROR "no libraries for arm64 in ${CMAKE_SYSROOT}: lab/faultlab cross fetches them")
endif()

set(CMAKE_C_COMPILER ${_triplet}-gcc)
set(CMAKE_C_LIBRARY_ARCHITECTURE ${_triplet})
set(CMAKE_FIND_ROOT_PATH "${CMAKE_SYSROOT}")
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(ENV{PKG_CONFIG_LIBDIR}
  "${CMAKE_SYSROOT}/usr/lib/${_triplet}/pkgconfig:${CMAKE_SYSROOT}/usr/share/pkgconfig")
set(ENV{PKG_CONFIG_SYSROOT_DIR} "${CMAKE_SYSROOT}")
