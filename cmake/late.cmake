# Libraries that are loaded when they are first used: see host/late.h. The build needs their headers, and the name by
# which the loader of the machine that it runs on finds them.

# pysec_late(NAME module): LATE_NAME_INCLUDE_DIRS, and LATE_NAME_SONAME, such as libcurl.so.4.
function(pysec_late name module)
  pkg_check_modules(LATE_${name} REQUIRED ${module})
  list(GET LATE_${name}_LINK_LIBRARIES 0 file)
  execute_process(COMMAND ${CMAKE_READELF} -d ${file} OUTPUT_VARIABLE dynamic ERROR_VARIABLE problem)
  if(NOT dynamic MATCHES "SONAME[^[]*\\[([^]]+)\\]")
    message(FATAL_ERROR "${file}: no shared library that says its name: ${problem}")
  endif()
  set(LATE_${name}_SONAME ${CMAKE_MATCH_1} PARENT_SCOPE)
  set(LATE_${name}_INCLUDE_DIRS ${LATE_${name}_INCLUDE_DIRS} PARENT_SCOPE)
endfunction()

# What the sources need that call them.
function(pysec_use_late target)
  foreach(name IN LISTS ARGN)
    target_include_directories(${target} SYSTEM PRIVATE ${LATE_${name}_INCLUDE_DIRS})
    target_compile_definitions(${target} PRIVATE LATE_${name}_SONAME="${LATE_${name}_SONAME}")
  endforeach()
endfunction()
