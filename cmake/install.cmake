# `cmake --install`: the program, the library, its header, and how pkg-config and CMake find them.
# Nothing names the prefix: what is installed may be moved.
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/pysec)

file(RELATIVE_PATH libdir_from_bindir ${CMAKE_INSTALL_FULL_BINDIR} ${CMAKE_INSTALL_FULL_LIBDIR})
set_target_properties(pysec_program PROPERTIES INSTALL_RPATH
  $<$<BOOL:${BUILD_SHARED_LIBS}>:$ORIGIN/${libdir_from_bindir}>)
install(TARGETS pysec_program)
install(TARGETS pysec EXPORT pysec-targets)
install(FILES include/pysec.h TYPE INCLUDE)

# The link line stands in Libs instead of Requires: `pkg-config --static` would follow Requires down to
# libraries of libraries, whose static halves are rarely installed.
set(pc_libs "")
if(NOT BUILD_SHARED_LIBS)
  set(pc_libs ${PYSEC_DEPENDENCIES_LDFLAGS} ${CMAKE_THREAD_LIBS_INIT})
  # Before glibc 2.34 dlopen lies in a library of its own.
  foreach(library IN LISTS CMAKE_DL_LIBS)
    list(APPEND pc_libs -l${library})
  endforeach()
  list(JOIN pc_libs " " pc_libs)
endif()
file(RELATIVE_PATH pc_includedir ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_FULL_INCLUDEDIR})
configure_file(cmake/pysec.pc.in pysec.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/pysec.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

configure_file(cmake/pysec-config.cmake.in pysec-config.cmake @ONLY)
# Before 1.0 a new minor version may change what is there.
write_basic_package_version_file(pysec-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/pysec-config.cmake ${CMAKE_CURRENT_BINARY_DIR}/pysec-config-version.cmake
  DESTINATION ${package_dir})
install(EXPORT pysec-targets NAMESPACE pysec:: DESTINATION ${package_dir})
