#include "app/http/query_parameters.hpp"

#include <gtest/gtest.h>

namespace coppice::app::http {
namespace {

net::http::Request request(std::string_view query) {
  net::http::Request out;
  out.query = net::http::parse_query(query).value();
  return out;
}

TEST(QueryParameters, RefusesWhatItDoesNotKnowAndNamesIt) {
  const auto parameters = QueryParameters::of(request("limit=1&colour=red"), {"limit"});
  ASSERT_FALSE(parameters);
  EXPECT_EQ(parameters.error().code, actors::Errc::invalid_argument);
  EXPECT_EQ(parameters.error().context, "unknown parameter colour");
}

TEST(QueryParameters, GivesTheEmptyStringForWhatIsMissing) {
  const auto parameters = QueryParameters::of(request(""), {"limit"});
  ASSERT_TRUE(parameters);
  EXPECT_EQ(parameters->text("limit"), "");
}

TEST(QueryParameters, RefusesAListWhereOneValueIsMeant) {
  const auto parameters = QueryParameters::of(request("limit[]=1"), {"limit"});
  ASSERT_TRUE(parameters);
  const auto limit = parameters->text("limit");
  ASSERT_FALSE(limit);
  EXPECT_EQ(limit.error().context, "parameter limit must be a single value");
}

TEST(QueryParameters, TakesOneValueOrAListForSeveral) {
  const auto one = QueryParameters::of(request("tag=a"), {"tag"});
  const auto two = QueryParameters::of(request("tag[]=a&tag[]=b"), {"tag"});
  EXPECT_EQ(one->texts("tag"), (std::vector<std::string>{"a"}));
  EXPECT_EQ(two->texts("tag"), (std::vector<std::string>{"a", "b"}));
}

TEST(QueryParameters, RefusesAMapWhereValuesAreMeant) {
  const auto parameters = QueryParameters::of(request("tag[a]=1"), {"tag"});
  ASSERT_TRUE(parameters);
  EXPECT_FALSE(parameters->texts("tag"));
}

}  // namespace
}  // namespace coppice::app::http
