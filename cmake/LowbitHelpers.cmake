# Compiles through ccache with paths relative to the source tree, so that two checkouts share one cache.
function(lowbit_use_ccache)
  find_program(CCACHE_PROGRAM ccache)
  if(NOT CCACHE_PROGRAM)
    return()
  endif()
  set(launcher ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1 CCACHE_PCH_EXTSUM=1
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${CCACHE_PROGRAM})
  set(CMAKE_C_COMPILER_LAUNCHER ${launcher} PARENT_SCOPE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${launcher} PARENT_SCOPE)
endfunction()

# The precompiled header that every library shares: one MLIR translation unit takes seconds to parse without it.
function(lowbit_add_precompiled_header)
  add_library(LowbitPCH STATIC ${PROJECT_SOURCE_DIR}/cmake/pch.cpp)
  target_precompile_headers(LowbitPCH PRIVATE ${PROJECT_SOURCE_DIR}/cmake/pch.h)
  # The header must not carry the time of its making, or no cached object would match it.
  target_compile_options(LowbitPCH PRIVATE "$<$<CXX_COMPILER_ID:Clang>:SHELL:-Xclang -fno-pch-timestamp>")
  # It holds the paths of its checkout. ccache hashes this sum of what it was made from in its place, so that checkouts
  # share what they compile.
  file(SHA256 ${PROJECT_SOURCE_DIR}/cmake/pch.h sum)
  foreach(suffix pch gch)
    file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/CMakeFiles/LowbitPCH.dir/cmake_pch.hxx.${suffix}.sum
         "${sum} ${LLVM_PACKAGE_VERSION} ${CMAKE_BUILD_TYPE} ${CMAKE_CXX_FLAGS}\n")
  endforeach()
  # CMake names the header beside its precompiled form, by a path that ccache takes for an option of its own.
  if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    set(CMAKE_CXX_COMPILE_OPTIONS_USE_PCH -Xclang -include-pch -Xclang <PCH_FILE> PARENT_SCOPE)
  endif()
endfunction()

# lowbit_add_library(<name> <source>... LINK_LIBS <target>...)
function(lowbit_add_library name)
  cmake_parse_arguments(ARG "" "" "LINK_LIBS" ${ARGN})
  add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  add_library(Lowbit::${name} ALIAS ${name})
  add_dependencies(${name} LowbitTablegen)
  target_include_directories(${name} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
    $<BUILD_INTERFACE:${PROJECT_BINARY_DIR}/include>
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_link_libraries(${name} PUBLIC ${ARG_LINK_LIBS})
  target_link_libraries(${name} PUBLIC MLIR LLVM)
  target_precompile_headers(${name} REUSE_FROM LowbitPCH)
  target_compile_options(${name} PRIVATE "$<$<CXX_COMPILER_ID:Clang>:SHELL:-Xclang -fno-pch-timestamp>")
  install(TARGETS ${name} EXPORT LowbitTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
endfunction()

# lowbit_add_tool(<name> <source>... LINK_LIBS <target>...)
function(lowbit_add_tool name)
  cmake_parse_arguments(ARG "" "" "LINK_LIBS" ${ARGN})
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  add_dependencies(${name} LowbitTablegen)
  target_link_libraries(${name} PRIVATE ${ARG_LINK_LIBS})
  target_link_libraries(${name} PRIVATE MLIR LLVM)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
  install(TARGETS ${name} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endfunction()

# lowbit_add_passes(<stage>): declarations and documentation of include/lowbit/<stage>/Passes.td.
function(lowbit_add_passes)
  cmake_path(GET CMAKE_CURRENT_SOURCE_DIR FILENAME stage)
  set(LLVM_TARGET_DEFINITIONS Passes.td)
  mlir_tablegen(Passes.h.inc -gen-pass-decls -name=Lowbit${stage})
  mlir_tablegen(Passes.md -gen-pass-doc)
  add_public_tablegen_target(Lowbit${stage}PassesIncGen)
  add_dependencies(LowbitTablegen Lowbit${stage}PassesIncGen)
endfunction()

# Install rules and the package that find_package(Lowbit) reads.
function(lowbit_install_package)
  include(CMakePackageConfigHelpers)
  set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/lowbit)
  install(TARGETS LowbitPCH EXPORT LowbitTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(EXPORT LowbitTargets NAMESPACE Lowbit:: DESTINATION ${package_dir})
  export(EXPORT LowbitTargets NAMESPACE Lowbit:: FILE ${PROJECT_BINARY_DIR}/lib/cmake/lowbit/LowbitTargets.cmake)
  configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/LowbitConfig.cmake.in
    ${PROJECT_BINARY_DIR}/lib/cmake/lowbit/LowbitConfig.cmake INSTALL_DESTINATION ${package_dir})
  write_basic_package_version_file(${PROJECT_BINARY_DIR}/lib/cmake/lowbit/LowbitConfigVersion.cmake
    COMPATIBILITY SameMinorVersion)
  install(FILES ${PROJECT_BINARY_DIR}/lib/cmake/lowbit/LowbitConfig.cmake
    ${PROJECT_BINARY_DIR}/lib/cmake/lowbit/LowbitConfigVersion.cmake DESTINATION ${package_dir})
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/ ${PROJECT_BINARY_DIR}/include/
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h" PATTERN "*.td" PATTERN "*.inc"
    PATTERN CMakeFiles EXCLUDE)
endfunction()
