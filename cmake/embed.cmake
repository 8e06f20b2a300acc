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
  set(${result} ${output} PARENT_SCOPE)
endfunction()
