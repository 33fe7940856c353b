# Tests that run the programs themselves, and tests of the sources. $NARFI_BIN is where the programs are.
find_package(Python3 REQUIRED COMPONENTS Interpreter)

# narfi_script(NAME file [args...] [LABEL label] [TIMEOUT seconds] [ALONE]): ALONE for tests with
# deadlines, which must not share the processor with another test.
function(narfi_script name file)
  cmake_parse_arguments(SCRIPT "ALONE" "LABEL;TIMEOUT" "" ${ARGN})
  if(NOT SCRIPT_TIMEOUT)
    set(SCRIPT_TIMEOUT 180)
  endif()
  add_test(NAME "${name}" COMMAND Python3::Interpreter -B ${CMAKE_CURRENT_SOURCE_DIR}/${file} ${SCRIPT_UNPARSED_ARGUMENTS}
    WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  set_tests_properties("${name}" PROPERTIES LABELS "${SCRIPT_LABEL}" TIMEOUT ${SCRIPT_TIMEOUT}
    ENVIRONMENT "NARFI_BIN=${CMAKE_RUNTIME_OUTPUT_DIRECTORY}")
  if(SCRIPT_ALONE)
    set_tests_properties("${name}" PROPERTIES RUN_SERIAL ON)
  endif()
endfunction()

# Clients that other people wrote, in the versions of tests/clients/package-lock.json.
find_program(NPM_PROGRAM npm REQUIRED)
set(NARFI_CLIENTS ${CMAKE_BINARY_DIR}/clients)
set(client_files package.json package-lock.json .npmrc)
list(TRANSFORM client_files PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/clients/)
file(MAKE_DIRECTORY ${NARFI_CLIENTS})
add_custom_command(OUTPUT ${NARFI_CLIENTS}/installed
  COMMAND ${CMAKE_COMMAND} -E copy ${client_files} ${NARFI_CLIENTS}
  COMMAND ${NPM_PROGRAM} ci --loglevel=error
  COMMAND ${CMAKE_COMMAND} -E touch installed
  WORKING_DIRECTORY ${NARFI_CLIENTS}
  DEPENDS ${client_files} COMMENT "Installing the clients of the end-to-end tests" VERBATIM)
add_custom_target(test_clients ALL DEPENDS ${NARFI_CLIENTS}/installed)

narfi_script("style: includes" style/includes_test.py LABEL style)
narfi_script("style: tracked files" style/tracked_test.py LABEL style)
narfi_script("style: container" style/container_test.py LABEL style)
narfi_script("style: documents" style/documents_test.py LABEL style)

narfi_script("conformance: corpus" conformance/run.py LABEL conformance TIMEOUT 900 ALONE)

narfi_script("e2e: the sample application" e2e/dyocense_app.py LABEL e2e ALONE)
narfi_script("e2e: other people's clients" e2e/clients.py LABEL e2e)
narfi_script("e2e: gRPC" e2e/grpc.py LABEL e2e)
narfi_script("e2e: documents and lines" e2e/documents.py LABEL e2e)
narfi_script("e2e: stream limit and shipper" e2e/shipper_streams.py LABEL e2e)
narfi_script("e2e: LogQL scripts" e2e/logql_scripts.py LABEL e2e)
narfi_script("e2e: examples of docs/logql.md" e2e/logql_docs.py LABEL e2e)
narfi_script("e2e: configuration" e2e/config.py LABEL e2e)
narfi_script("e2e: command line" e2e/cli.py LABEL e2e)
narfi_script("e2e: helpful empties" e2e/helpful_empties.py LABEL e2e)
narfi_script("e2e: Grafana's calls" e2e/grafana.py LABEL e2e)
narfi_script("e2e: answers larger than memory" e2e/streaming.py LABEL e2e)
narfi_script("e2e: slow clients" e2e/slow_clients.py LABEL e2e)
narfi_script("e2e: ranges and parameters" e2e/ranges.py LABEL e2e)
narfi_script("e2e: examples of docs/http-api.md" e2e/http_api_docs.py LABEL e2e)
narfi_script("e2e: Grafana's grammar" e2e/lezer_logql.py LABEL e2e)
narfi_script("e2e: other calls" e2e/api_calls.py LABEL e2e)
narfi_script("e2e: patterns" e2e/patterns.py LABEL e2e)
narfi_script("e2e: patterns of merged segments" e2e/patterns_merged.py LABEL e2e)
narfi_script("e2e: statistics of answers" e2e/stats.py LABEL e2e)
narfi_script("e2e: live tail" e2e/tail.py LABEL e2e ALONE)
narfi_script("e2e: second process" e2e/second_process.py LABEL e2e)
narfi_script("e2e: damage" e2e/damage.py LABEL e2e)
narfi_script("e2e: bad input" e2e/bad_input.py LABEL e2e TIMEOUT 420 ALONE)
narfi_script("e2e: mixed load, with sanitizers" e2e/mixed_load.py --minutes 1 LABEL e2e TIMEOUT 420)
set_property(TEST "e2e: mixed load, with sanitizers" PROPERTY
  ENVIRONMENT "NARFI_BIN=${CMAKE_SOURCE_DIR}/build/asan/bin" "NARFI_CLIENTS=${NARFI_CLIENTS}")
narfi_script("e2e: README and docs" e2e/readme.py LABEL e2e ALONE)
narfi_script("torture: killed while pushing" e2e/crash_push.py --rounds 10 LABEL torture TIMEOUT 600)
narfi_script("torture: index deleted" e2e/index_rebuild.py --rounds 2 LABEL torture TIMEOUT 300)
narfi_script("torture: merging and retention" e2e/merging.py --rounds 1 LABEL torture TIMEOUT 300)
narfi_script("torture: full disk" e2e/full_disk.py LABEL torture TIMEOUT 300)
narfi_script("torture: order of ties" e2e/order_of_ties.py LABEL torture TIMEOUT 300)
narfi_script("torture: shipper killed during rotation" e2e/shipper_crash.py --rounds 3 LABEL torture TIMEOUT 600)
