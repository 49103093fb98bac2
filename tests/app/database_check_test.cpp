#include "app/database_check.hpp"

#include <gtest/gtest.h>

namespace coppice::app {
namespace {

TEST(DatabaseCheck, CallsADatabaseWithoutProblemsWell) {
  EXPECT_EQ(checked_json("/data/c.db", {}), R"({"database":"/data/c.db","ok":true,"problems":[]})");
}

TEST(DatabaseCheck, NamesWhatIsWrong) {
  EXPECT_EQ(checked_json("/data/c.db", {"a", "b"}),
            R"({"database":"/data/c.db","ok":false,"problems":["a","b"]})");
}

}  // namespace
}  // namespace coppice::app
