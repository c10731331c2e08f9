# SPDX-License-Identifier: GPL-2.0-or-later
#
# What the census takes: libbpf, a clang that makes BPF programs, and bpftool,
# which makes a C header of one. Never fatal: without them the witness counts
# by tracepoints alone and says why.
#
#   Bpf::Bpf           libbpf, imported target, when Bpf_FOUND
#   Bpf_ABSENT         why it was left out: one line
#   bpf_skeleton(TARGET NAME)   NAME.bpf.c -> NAME.skel.h, for TARGET
#
# -DFAULTLINE_BPF=OFF leaves it out.
option(FAULTLINE_BPF "Account for faults by BPF, where it can be had" ON)

set(Bpf_FOUND FALSE)
set(Bpf_ABSENT "")

if(NOT FAULTLINE_BPF)
  set(Bpf_ABSENT "switched off by -DFAULTLINE_BPF=OFF")
else()
  pkg_check_modules(LIBBPF QUIET IMPORTED_TARGET libbpf>=1.0)
  find_program(BPF_CLANG clang)
  find_program(BPF_BPFTOOL bpftool PATHS /usr/sbin /sbin)
  mark_as_advanced(BPF_CLANG BPF_BPFTOOL)
  if(NOT LIBBPF_FOUND)
    set(Bpf_ABSENT "no libbpf 1.0 or later when it was built: install libbpf-dev")
  elseif(NOT BPF_CLANG)
    set(Bpf_ABSENT "no clang when it was built: install clang")
  elseif(NOT BPF_BPFTOOL)
    set(Bpf_ABSENT "no bpftool when it was built: install bpftool")
  else()
    execute_process(COMMAND "${BPF_CLANG}" --print-targets OUTPUT_VARIABLE _targets ERROR_QUIET)
    if(_targets MATCHES "[ \n]bpf ")
      set(Bpf_FOUND TRUE)
      add_library(Bpf::Bpf ALIAS PkgConfig::LIBBPF)
    else()
      set(Bpf_ABSENT "${BPF_CLANG} makes no BPF programs")
    endif()
  endif()
endif()

if(Bpf_FOUND)
  message(STATUS "libbpf: ${LIBBPF_VERSION}")
else()
  message(STATUS "libbpf: none: ${Bpf_ABSENT}")
endif()

function(bpf_skeleton target name)
  set(source "${CMAKE_CURRENT_SOURCE_DIR}/${name}.bpf.c")
  set(object "${CMAKE_CURRENT_BINARY_DIR}/${name}.bpf.o")
  set(header "${CMAKE_CURRENT_BINARY_DIR}/skel/${name}.skel.h")
  # -O2 -g: the verifier wants optimized code, CO-RE the type information.
  # -ffreestanding: clang's own stdint.h, the C library's has no BPF.
  add_custom_command(OUTPUT "${object}"
    COMMAND "${BPF_CLANG}" -target bpf -O2 -g -Wall -Wextra -Wno-unused-parameter
      $<$<BOOL:${FAULTLINE_WERROR}>:-Werror> -ffreestanding
      "-I$<JOIN:$<TARGET_PROPERTY:${target},INCLUDE_DIRECTORIES>,;-I>"
      -idirafter "${CMAKE_SYSROOT}/usr/include/${CMAKE_C_LIBRARY_ARCHITECTURE}"
      -MD -MF "${object}.d" -c "${source}" -o "${object}"
    DEPENDS "${source}" DEPFILE "${object}.d"
    COMMAND_EXPAND_LISTS VERBATIM)
  add_custom_command(OUTPUT "${header}"
    COMMAND "${CMAKE_COMMAND}" -E make_directory "${CMAKE_CURRENT_BINARY_DIR}/skel"
    COMMAND "${BPF_BPFTOOL}" gen skeleton "${object}" name ${name}_bpf > "${header}"
    DEPENDS "${object}")
  target_sources(${target} PRIVATE "${header}")
  target_include_directories(${target} SYSTEM PRIVATE "${CMAKE_CURRENT_BINARY_DIR}/skel")
endfunction()
