# Run by cmake --install: the manual page and the shells' completions, as the program prints them.
# Wants coppice_program.

function(install_output path)
  set(file "$ENV{DESTDIR}${CMAKE_INSTALL_PREFIX}/${path}")
  message(STATUS "Installing: ${file}")
  cmake_path(GET file PARENT_PATH folder)
  file(MAKE_DIRECTORY "${folder}")
  execute_process(COMMAND "${coppice_program}" ${ARGN} OUTPUT_FILE "${file}"
                  COMMAND_ERROR_IS_FATAL ANY)
endfunction()

install_output(share/man/man1/coppice.1 man)
install_output(share/bash-completion/completions/coppice completion bash)
install_output(share/zsh/vendor-completions/_coppice completion zsh)
install_output(share/fish/vendor_completions.d/coppice.fish completion fish)
