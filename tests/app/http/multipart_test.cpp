#include "app/http/multipart.hpp"

#include <gtest/gtest.h>

namespace coppice::app::http {
namespace {

using actors::Errc;

constexpr std::string_view kType = "multipart/form-data; boundary=XX";

std::string part(std::string_view head, std::string_view body) {
  return "--XX\r\nContent-Disposition: form-data; " + std::string(head) + "\r\n\r\n" +
         std::string(body) + "\r\n";
}

TEST(Multipart, TakesAFormApart) {
  const std::string body = part("name=\"name\"", "tree.png") +
                           "--XX\r\ncontent-type: image/png\r\n"
                           "CONTENT-DISPOSITION: Form-Data; filename=\"a\\\"b.png\"; name=file\r\n"
                           "\r\nbytes\r\n--X\r\n\r\nmore\r\n--XX--\r\nafter";
  const auto parts = parse_multipart(kType, body).value();
  ASSERT_EQ(parts.size(), 2U);
  EXPECT_EQ(parts[0].name, "name");
  EXPECT_EQ(parts[0].body, "tree.png");
  EXPECT_EQ(parts[0].file_name, "");
  EXPECT_EQ(parts[1].name, "file");
  EXPECT_EQ(parts[1].file_name, "a\"b.png");
  EXPECT_EQ(parts[1].content_type, "image/png");
  EXPECT_EQ(parts[1].body, "bytes\r\n--X\r\n\r\nmore");
}

TEST(Multipart, DropsFoldersFromFileNames) {
  for (const char* name : {"/etc/passwd", "C:\\\\temp\\\\passwd", "../../passwd", "passwd"}) {
    const std::string body = part("name=f; filename=\"" + std::string(name) + "\"", "") + "--XX--";
    EXPECT_EQ(parse_multipart(kType, body).value().front().file_name, "passwd") << name;
  }
}

TEST(Multipart, TakesQuotedBoundariesAndEmptyForms) {
  EXPECT_TRUE(parse_multipart("multipart/form-data; charset=x; BOUNDARY=\"a b\"", "--a b--")
                  .value()
                  .empty());
}

TEST(Multipart, SaysWhatIsWrong) {
  const std::string whole = part("name=a", "x");
  const std::string bodies[] = {
      "",
      "--XX",
      "--XX\r\n",
      whole,
      "preamble" + whole + "--XX--",
      "--XX\r\nno colon\r\n\r\nx\r\n--XX--",
      "--XX\r\n\r\nx\r\n--XX--",
      "--XX\r\nContent-Disposition: attachment; name=a\r\n\r\nx\r\n--XX--",
      part("filename=a", "x") + "--XX--",
      part("name=\"a", "x") + "--XX--",
      part("name=\"\xff\"", "x") + "--XX--",
      "--XX\r\nContent-Disposition: form-data; name=a\r\nx\r\n--XX--",
      "--XXjunk\r\n\r\n\r\n--XX--"};
  for (const std::string& body : bodies) {
    const auto parts = parse_multipart(kType, body);
    ASSERT_FALSE(parts) << body;
    EXPECT_EQ(parts.error(), Errc::malformed) << body;
  }
  for (const std::string& type :
       {std::string("multipart/form-data"), std::string("multipart/form-data; boundary="),
        "multipart/form-data; boundary=" + std::string(71, 'x')}) {
    EXPECT_EQ(parse_multipart(type, "--XX--").error(), Errc::malformed) << type;
  }
  std::string many;
  for (std::size_t i = 0; i <= kMaxParts; ++i) many += whole;
  EXPECT_EQ(parse_multipart(kType, many + "--XX--").error(), Errc::too_large);
}

}  // namespace
}  // namespace coppice::app::http
