# The library, static or shared by BUILD_SHARED_LIBS. What is no PYSEC_API is seen by nobody else: not in
# libpysec.so, and not in libpysec.a either, whose json_read would take the place of an embedder's json_read.
function(pysec_library target)
  add_library(${target}_objects OBJECT ${ARGN})
  set_target_properties(${target}_objects PROPERTIES C_VISIBILITY_PRESET hidden)
  target_include_directories(${target}_objects PRIVATE include host)
  target_compile_definitions(${target}_objects PRIVATE _GNU_SOURCE PYSEC_VERSION="${PROJECT_VERSION}")
  target_link_libraries(${target}_objects PRIVATE PkgConfig::PYSEC_DEPENDENCIES)
  pysec_use_late(${target}_objects CURL ARCHIVE MICROHTTPD)
  pysec_harden(${target}_objects)

  set(objects $<TARGET_OBJECTS:${target}_objects>)
  # The fuzz target calls what is inside, and sanitizers mark what they find by hidden symbols.
  if(NOT BUILD_SHARED_LIBS AND NOT PYSEC_SANITIZE)
    # Machine code, whatever the flags: the intermediate code of link-time optimisation is the one compiler's own.
    set_target_properties(${target}_objects PROPERTIES INTERPROCEDURAL_OPTIMIZATION OFF)
    target_compile_options(${target}_objects PRIVATE -fno-lto)
    set(joined ${CMAKE_CURRENT_BINARY_DIR}/${target}.o)
    separate_arguments(flags NATIVE_COMMAND "${CMAKE_C_FLAGS}")
    add_custom_command(OUTPUT ${joined}
      COMMAND ${CMAKE_C_COMPILER} ${flags} -fno-lto -r -nostdlib -o ${joined} ${objects}
      COMMAND ${CMAKE_OBJCOPY} --localize-hidden ${joined}
      DEPENDS ${target}_objects ${objects} COMMENT "Hiding what is not in pysec.h" COMMAND_EXPAND_LISTS VERBATIM)
    set(objects ${joined})
  endif()
  add_library(${target} ${objects})
  set_target_properties(${target} PROPERTIES LINKER_LANGUAGE C VERSION ${PROJECT_VERSION}
    SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
  target_include_directories(${target} PUBLIC
    $<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_link_libraries(${target} PRIVATE PkgConfig::PYSEC_DEPENDENCIES Threads::Threads ${CMAKE_DL_LIBS})
  pysec_harden(${target})
endfunction()
