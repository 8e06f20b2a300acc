# Puts every Lua script and policy, and the pinned tool lists, into the library, byte for byte. A policy is found by its
# name: what lies in folders of policies/ is for their tests.
# The list is what the folders hold; the generated file changes only when one of them does.
function(pysec_embed result)
  file(GLOB_RECURSE files CONFIGURE_DEPENDS RELATIVE ${CMAKE_CURRENT_SOURCE_DIR}
    scripts/*.lua policies/*.lua requirements-*.txt)
  list(FILTER files EXCLUDE REGEX "^scripts/meta/|^policies/.*/|_test\\.lua$")
  list(SORT files)
  set(output ${CMAKE_CURRENT_BINARY_DIR}/embedded.c)
  set(inputs ${files})
  list(TRANSFORM inputs PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/)
  string(REPLACE ";" "," names "${files}")
  add_custom_command(OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DROOT=${CMAKE_CURRENT_SOURCE_DIR} -DFILES=${names}
            -DOUTPUT=${output} -P ${CMAKE_CURRENT_SOURCE_DIR}/cmake/embed_files.cmake
    DEPENDS ${inputs} ${CMAKE_CURRENT_SOURCE_DIR}/cmake/embed_files.cmake
    COMMENT "Embedding scripts and policies" VERBATIM)

  # Policies stay text: they are compiled where they run, in the sandbox.
  list(FILTER files INCLUDE REGEX "^scripts/")
  set(compiled ${CMAKE_CURRENT_BINARY_DIR}/precompiled.c)
  pysec_precompile(${compiled} "${files}")
  set(${result} ${output} ${compiled} PARENT_SCOPE)
endfunction()

# Compiles the scripts with the Lua of the build, since that takes most of a start. The program uses the result only where
# it runs with the same release of Lua, and else compiles the text.
function(pysec_precompile output files)
  if(CMAKE_CROSSCOMPILING)
    # Nothing that was built runs here.
    file(WRITE ${output} "#include \"embedded.h\"\n\nconst char precompiled_by[] = \"\";\n\n"
      "const struct precompiled_file precompiled_files[] = {{NULL, NULL, 0}};\n")
    return()
  endif()
  add_executable(precompile ${CMAKE_CURRENT_SOURCE_DIR}/cmake/precompile.c)
  target_link_libraries(precompile PRIVATE PkgConfig::LUA)
  set(inputs ${files})
  list(TRANSFORM inputs PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/)
  add_custom_command(OUTPUT ${output}
    COMMAND precompile ${output} ${CMAKE_CURRENT_SOURCE_DIR} ${files}
    DEPENDS ${inputs} precompile COMMENT "Compiling scripts" VERBATIM)
endfunction()
