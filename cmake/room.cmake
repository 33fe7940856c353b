# narfi_room(NAME [LINKS lib...]): one static library from every .cc of the current folder, but for
# main.cc. Its headers are included as "room/file.h" from the root; LINKS are the rooms and
# libraries it may use, so an include of any other room fails to link.
# narfi_program(NAME OUTPUT room...): a program from main.cc of the current folder.
function(narfi_room name)
  cmake_parse_arguments(ROOM "" "" "LINKS;PRIVATE_LINKS;FOLDERS" ${ARGN})
  set(patterns *.cc)
  foreach(folder ${ROOM_FOLDERS})
    list(APPEND patterns ${folder}/*.cc)
  endforeach()
  file(GLOB sources CONFIGURE_DEPENDS RELATIVE ${CMAKE_CURRENT_SOURCE_DIR} ${patterns})
  list(FILTER sources EXCLUDE REGEX "(^|/)main\\.cc$")
  add_library(narfi_${name} STATIC ${sources})
  target_include_directories(narfi_${name} PUBLIC ${CMAKE_SOURCE_DIR})
  target_link_libraries(narfi_${name} PUBLIC ${ROOM_LINKS} PRIVATE ${ROOM_PRIVATE_LINKS})
endfunction()

function(narfi_program target output)
  add_executable(${target} main.cc)
  set_target_properties(${target} PROPERTIES OUTPUT_NAME ${output})
  target_link_libraries(${target} PRIVATE ${ARGN})
  if(NARFI_MALLOC STREQUAL "mimalloc")
    target_link_libraries(${target} PRIVATE mimalloc)
  elseif(NARFI_MALLOC STREQUAL "jemalloc")
    target_link_libraries(${target} PRIVATE PkgConfig::jemalloc)
  endif()
endfunction()
