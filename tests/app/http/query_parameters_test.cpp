#include "app/http/query_parameters.hpp"

#include <gtest/gtest.h>

namespace coppice::app::http {
namespace {

net::http::Request request(std::string_view query) {
  net::http::Request out;
  out.query = net::http::parse_query(query).value();
  return out;
}

TEST(QueryParameters, NamesWhatIsNotAllowed) {
  const QueryParameters parameters(request("limit=1&colour=red"));
  EXPECT_TRUE(parameters.allow_only({"limit", "colour"}));
  const auto allowed = parameters.allow_only({"limit"});
  ASSERT_FALSE(allowed);
  EXPECT_EQ(allowed.error().code, actors::Errc::invalid_argument);
  EXPECT_EQ(allowed.error().context, "unknown parameter colour");
}

TEST(QueryParameters, NamesWhatIsNotServed) {
  const QueryParameters parameters(request("limit=1&sort=title"));
  EXPECT_TRUE(parameters.refuse({"q"}));
  const auto refused = parameters.refuse({"q", "sort"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().context, "parameter sort is not served here");
}

TEST(QueryParameters, GivesTheEmptyStringForWhatIsMissing) {
  EXPECT_EQ(QueryParameters(request("")).text("limit"), "");
}

TEST(QueryParameters, RefusesAListWhereOneValueIsMeant) {
  const auto limit = QueryParameters(request("limit[]=1")).text("limit");
  ASSERT_FALSE(limit);
  EXPECT_EQ(limit.error().context, "parameter limit must be a single value");
}

TEST(QueryParameters, RefusesASingleValueThatIsGivenTwice) {
  for (const char* query : {"limit=1&limit=2", "limit=1&limit=1", "limit[]=1&limit=2"}) {
    const auto limit = QueryParameters(request(query)).text("limit");
    ASSERT_FALSE(limit) << query;
    EXPECT_EQ(limit.error().context, "parameter limit must be given once");
  }
}

TEST(QueryParameters, RefusesSeveralValuesInBothForms) {
  for (const char* query : {"tag=a&tag[]=b", "tag[]=a&tag=b", "tag[x]=a&tag=b"}) {
    const auto tags = QueryParameters(request(query)).texts("tag");
    ASSERT_FALSE(tags) << query;
    EXPECT_EQ(tags.error().context, "parameter tag must be given in one form");
  }
}

TEST(QueryParameters, TakesOneValueOrSeveralInEitherForm) {
  const auto tags = [](std::string_view query) {
    return QueryParameters(request(query)).texts("tag");
  };
  EXPECT_EQ(tags("tag=a"), (std::vector<std::string>{"a"}));
  EXPECT_EQ(tags("tag=a&x=1&tag=b"), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(tags("tag[]=a&tag[]=b"), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(tags(""), std::vector<std::string>());
}

TEST(QueryParameters, RefusesAMapWhereValuesAreMeant) {
  EXPECT_FALSE(QueryParameters(request("tag[a]=1")).texts("tag"));
}

}  // namespace
}  // namespace coppice::app::http
