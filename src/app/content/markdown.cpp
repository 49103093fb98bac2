#include "app/content/markdown.hpp"

#include <cstdlib>
#include <memory>
#include <mutex>
#include <ranges>

#include <cmark-gfm-core-extensions.h>
#include <cmark-gfm-extension_api.h>
#include <cmark-gfm.h>
#include <fmt/format.h>

#include "app/content/html_escape.hpp"
#include "app/content/html_sanitizer.hpp"
#include "app/content/image_name.hpp"
#include "app/content/slug.hpp"

namespace coppice::app::content {

namespace {

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* thing) const noexcept {
    Free(thing);
  }
};

using Parser = std::unique_ptr<cmark_parser, Freed<cmark_parser_free>>;
using Document = std::unique_ptr<cmark_node, Freed<cmark_node_free>>;
using Iterator = std::unique_ptr<cmark_iter, Freed<cmark_iter_free>>;
using CString = std::unique_ptr<char, Freed<std::free>>;

// What untrusted authors write is sanitized as a whole afterwards, links and raw HTML alike.
constexpr int kOptions = CMARK_OPT_UNSAFE | CMARK_OPT_SMART | CMARK_OPT_VALIDATE_UTF8;

constexpr int kExcerptParagraphs = 3;

Parser make_parser() {
  cmark_gfm_core_extensions_ensure_registered();
  Parser parser(cmark_parser_new(kOptions));
  for (const char* name : {"table", "strikethrough", "autolink", "tasklist"}) {
    cmark_parser_attach_syntax_extension(parser.get(), cmark_find_syntax_extension(name));
  }
  return parser;
}

/// The library keeps the characters that its extensions react to in global tables, which it fills
/// for the length of each parse: two at once would disturb each other.
Document parse(std::string_view markdown) {
  static std::mutex one_at_a_time;
  const std::scoped_lock lock(one_at_a_time);
  const Parser parser = make_parser();
  cmark_parser_feed(parser.get(), markdown.data(), markdown.size());
  Document document(cmark_parser_finish(parser.get()));
  // Texts point into the blocks that they came from, and headings will be taken from theirs.
  cmark_node_own(document.get());
  return document;
}

/// A node of its own from here on; whoever inserts it hands it to the document.
Document make_custom(cmark_node_type type, const std::string& enter, const std::string& exit) {
  Document node(cmark_node_new(type));
  cmark_node_set_on_enter(node.get(), enter.c_str());
  cmark_node_set_on_exit(node.get(), exit.c_str());
  return node;
}

/// Puts @p replacement where @p node is, and frees @p node.
void replace(cmark_node* node, Document replacement) {
  cmark_node_replace(node, replacement.release());
  const Document freed(node);
}

const char* or_empty(const char* text) { return text == nullptr ? "" : text; }

std::string plain_text(cmark_node* node) {
  std::string text;
  const Iterator it(cmark_iter_new(node));
  for (auto event = cmark_iter_next(it.get()); event != CMARK_EVENT_DONE;
       event = cmark_iter_next(it.get())) {
    if (event != CMARK_EVENT_ENTER) continue;
    cmark_node* part = cmark_iter_get_node(it.get());
    const cmark_node_type type = cmark_node_get_type(part);
    if (type == CMARK_NODE_TEXT || type == CMARK_NODE_CODE) {
      text += or_empty(cmark_node_get_literal(part));
    } else if (type == CMARK_NODE_SOFTBREAK || type == CMARK_NODE_LINEBREAK) {
      text += ' ';
    }
  }
  return text;
}

std::vector<cmark_node*> nodes_of_type(cmark_node* root, cmark_node_type type) {
  std::vector<cmark_node*> found;
  const Iterator it(cmark_iter_new(root));
  for (auto event = cmark_iter_next(it.get()); event != CMARK_EVENT_DONE;
       event = cmark_iter_next(it.get())) {
    cmark_node* node = cmark_iter_get_node(it.get());
    if (event == CMARK_EVENT_ENTER && cmark_node_get_type(node) == type) found.push_back(node);
  }
  return found;
}

std::string to_html(cmark_node* node) {
  const CString html(cmark_render_html(node, kOptions, nullptr));
  return html.get();
}

enum class Part { paragraph, end_of_excerpt, other };

/// The type's number belongs to the extension and is in no installed header.
bool is_table(cmark_node* block) {
  return std::string_view(cmark_node_get_type_string(block)) == "table";
}

Part part_of_excerpt(cmark_node* block) {
  const cmark_node_type type = cmark_node_get_type(block);
  if (type == CMARK_NODE_PARAGRAPH) return Part::paragraph;
  if (type == CMARK_NODE_HEADING) {
    return cmark_node_get_heading_level(block) == 2 ? Part::end_of_excerpt : Part::other;
  }
  const bool ends = type == CMARK_NODE_LIST || type == CMARK_NODE_BLOCK_QUOTE ||
                    type == CMARK_NODE_CODE_BLOCK || type == CMARK_NODE_THEMATIC_BREAK ||
                    is_table(block);
  return ends ? Part::end_of_excerpt : Part::other;
}

std::vector<cmark_node*> excerpt_paragraphs(cmark_node* document) {
  std::vector<cmark_node*> paragraphs;
  for (cmark_node* block = cmark_node_first_child(document); block != nullptr;
       block = cmark_node_next(block)) {
    const Part part = part_of_excerpt(block);
    if (part == Part::end_of_excerpt && !paragraphs.empty()) break;
    if (part == Part::paragraph) paragraphs.push_back(block);
    if (paragraphs.size() == kExcerptParagraphs) break;
  }
  return paragraphs;
}

/// The library's headings have no ids, so its node becomes one of ours. The block around the
/// element only puts it on a line of its own.
void give_id(cmark_node* heading, const Heading& as) {
  Document element =
      make_custom(CMARK_NODE_CUSTOM_INLINE, fmt::format("<h{} id=\"{}\">", as.level, as.link),
                  fmt::format("</h{}>", as.level));
  while (cmark_node* child = cmark_node_first_child(heading)) {
    cmark_node_append_child(element.get(), child);
  }
  Document block = make_custom(CMARK_NODE_CUSTOM_BLOCK, "", "");
  cmark_node_append_child(block.get(), element.release());
  replace(heading, std::move(block));
}

std::vector<Heading> take_headings(cmark_node* document, const std::string& reserved_id) {
  UniqueSlugs ids(reserved_id);
  std::vector<Heading> headings;
  for (cmark_node* node : nodes_of_type(document, CMARK_NODE_HEADING)) {
    std::string title = plain_text(node);
    std::string link = ids.take(slugify(title));
    headings.push_back({.link = std::move(link),
                        .title = std::move(title),
                        .level = cmark_node_get_heading_level(node)});
    give_id(node, headings.back());
  }
  return headings;
}

std::string image_html(const ImageInfo& image, cmark_node* node) {
  std::string html = fmt::format("<img src=\"{}\" alt=\"{}\"", html_escaped(image.url),
                                 html_escaped(plain_text(node)));
  if (const std::string title = or_empty(cmark_node_get_title(node)); !title.empty()) {
    html += fmt::format(" title=\"{}\"", html_escaped(title));
  }
  html +=
      fmt::format(" width=\"{}\" height=\"{}\" loading=\"lazy\"", image.width_px, image.height_px);
  if (image.placeholder) html += fmt::format(" style=\"--lqip:{}\"", *image.placeholder);
  return html + " />";
}

void link_stored_images(cmark_node* document, const ImageLookup& find_image) {
  if (!find_image) return;
  // Backwards, so that an image in another one's description is dealt with before that frees it.
  for (cmark_node* node : nodes_of_type(document, CMARK_NODE_IMAGE) | std::views::reverse) {
    const auto name = stored_image_name_of_address(or_empty(cmark_node_get_url(node)));
    const auto image = name ? find_image(*name) : std::nullopt;
    if (!image) continue;
    replace(node, make_custom(CMARK_NODE_CUSTOM_INLINE, image_html(*image, node), ""));
  }
}

}  // namespace

RenderedMarkdown render_markdown(std::string_view markdown, const MarkdownOptions& options) {
  const Document document = parse(markdown);
  RenderedMarkdown result;
  const std::vector<cmark_node*> paragraphs = excerpt_paragraphs(document.get());
  result.headings = take_headings(document.get(), options.reserved_id);
  link_stored_images(document.get(), options.find_image);

  const auto finished = [&options](std::string html) {
    return options.trusted ? html : sanitized_html(html);
  };
  result.html = finished(to_html(document.get()));
  for (cmark_node* paragraph : paragraphs) result.excerpt += to_html(paragraph);
  result.excerpt = finished(std::move(result.excerpt));
  return result;
}

}  // namespace coppice::app::content
