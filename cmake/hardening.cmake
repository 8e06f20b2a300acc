# Warnings, hardening and sanitizers, in one place for every target of ours.
include(CheckCCompilerFlag)

check_c_compiler_flag(-fcf-protection=full PYSEC_HAS_CF_PROTECTION)
check_c_compiler_flag(-ftrivial-auto-var-init=zero PYSEC_HAS_AUTO_VAR_INIT)
check_c_compiler_flag(-fstack-clash-protection PYSEC_HAS_STACK_CLASH)

function(pysec_harden target)
  target_compile_options(${target} PRIVATE
    -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes
    -Wpointer-arith -Wwrite-strings -Wvla -Wformat=2 -Wcast-qual -fno-common)
  if(PYSEC_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
  if(PYSEC_SANITIZE)
    target_compile_options(${target} PRIVATE
      -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(${target} PRIVATE -fsanitize=address,undefined)
    if(PYSEC_FUZZ)
      target_compile_options(${target} PRIVATE -fsanitize=fuzzer-no-link)
    endif()
    return()
  endif()
  target_compile_options(${target} PRIVATE -fstack-protector-strong)
  # _FORTIFY_SOURCE needs an optimised build; level 3 falls back to 2 on an older libc.
  target_compile_options(${target} PRIVATE
    $<$<CONFIG:Release>:-O2> $<$<CONFIG:Release>:-U_FORTIFY_SOURCE>
    $<$<CONFIG:Release>:-D_FORTIFY_SOURCE=3>)
  if(PYSEC_HAS_STACK_CLASH)
    target_compile_options(${target} PRIVATE -fstack-clash-protection)
  endif()
  if(PYSEC_HAS_CF_PROTECTION)
    target_compile_options(${target} PRIVATE -fcf-protection=full)
  endif()
  if(PYSEC_HAS_AUTO_VAR_INIT)
    target_compile_options(${target} PRIVATE -ftrivial-auto-var-init=zero)
  endif()
  get_target_property(type ${target} TYPE)
  if(type STREQUAL "EXECUTABLE")
    target_compile_options(${target} PRIVATE -fPIE)
    target_link_options(${target} PRIVATE -pie)
  endif()
  # A static library has no link of its own, and its users choose their own flags.
  if(type MATCHES "EXECUTABLE|SHARED_LIBRARY")
    target_link_options(${target} PRIVATE -Wl,-z,relro,-z,now,-z,noexecstack)
  endif()
endfunction()
