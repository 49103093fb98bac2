# cmake -D FOLDER=web/docs -D OUTPUT=docs_page.cpp -P embed_docs_page.cmake
#
# Writes a C++ source with the text of each file, so that the binary needs none of them at run time.

set(functions "")
foreach(entry IN ITEMS "html;index.html" "js;page.js" "css;page.css")
  list(GET entry 0 kind)
  list(GET entry 1 name)
  file(READ "${FOLDER}/${name}" text)
  string(APPEND functions
         "std::string_view docs_page_${kind}() noexcept { return R\"~page~(${text})~page~\"; }\n\n")
endforeach()
file(WRITE "${OUTPUT}" "#include \"app/http/docs_page.hpp\"

namespace coppice::app::http {

${functions}}  // namespace coppice::app::http
")
