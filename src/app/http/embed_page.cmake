# cmake -D NAME=docs -D FOLDER=web/docs -D ENTRIES=html=index.html,js=page.js -D OUTPUT=docs_page.cpp
#       -P embed_page.cmake
#
# Writes a C++ source with the text of each file, so that the binary needs none of them at run time.

set(functions "")
string(REPLACE "," ";" entries "${ENTRIES}")
foreach(entry IN LISTS entries)
  string(REGEX MATCH "^([a-z_]+)=(.+)$" matched "${entry}")
  set(kind "${CMAKE_MATCH_1}")
  file(READ "${FOLDER}/${CMAKE_MATCH_2}" text)
  string(
    APPEND functions
    "std::string_view ${NAME}_page_${kind}() noexcept { return R\"~page~(${text})~page~\"; }\n\n")
endforeach()
file(WRITE "${OUTPUT}" "#include \"app/http/${NAME}_page.hpp\"

namespace coppice::app::http {

${functions}}  // namespace coppice::app::http
")
