# One program for every tests/fuzz/<name>_fuzz.cc, linked with all rooms; as a test it runs over
# tests/fuzz/corpus/<name> and then ten seconds on its own, from a fixed seed so that a failure comes
# again. `./dev fuzz` runs them for longer, from a new seed each time.
set(NARFI_FUZZ_SECONDS 10 CACHE STRING "how long a fuzz target runs as a test")
add_custom_target(fuzzers)
file(GLOB fuzz_sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/fuzz/*_fuzz.cc)
foreach(source ${fuzz_sources})
  get_filename_component(target ${source} NAME_WE)
  string(REGEX REPLACE "_fuzz$" "" name ${target})
  add_executable(${target} ${source})
  target_link_libraries(${target} PRIVATE narfi_server narfi_shipper_room narfi_cli narfi_test_support)
  target_link_options(${target} PRIVATE -fsanitize=fuzzer,address,undefined)
  add_dependencies(fuzzers ${target})
  set(found ${CMAKE_BINARY_DIR}/corpus/${name})
  set(corpus ${CMAKE_CURRENT_SOURCE_DIR}/fuzz/corpus/${name})
  file(MAKE_DIRECTORY ${found})
  if(NOT IS_DIRECTORY ${corpus})
    set(corpus "")
  endif()
  add_test(NAME "fuzz: ${name}" COMMAND ${target} -seed=1 -max_total_time=${NARFI_FUZZ_SECONDS} -timeout=10
    -rss_limit_mb=2048 -artifact_prefix=${CMAKE_BINARY_DIR}/${name}- ${found} ${corpus})
  set_tests_properties("fuzz: ${name}" PROPERTIES LABELS fuzz TIMEOUT 300)
endforeach()
