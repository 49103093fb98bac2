#include "db/housekeeper.hpp"

#include "db/change_feed.hpp"
#include "db/database_world.hpp"

namespace coppice::db {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

class HousekeeperTest : public DatabaseWorldTest {
 protected:
  [[nodiscard]] std::int64_t count(const std::string& table) {
    auto connection = must(Connection::open({.path = path(), .read_only = true}));
    return must(query_value<std::int64_t>(connection, "SELECT count(*) FROM " + table)).value();
  }

  void fill_keys(const std::string& how_many, const std::string& age) {
    must(execute(RunSql{
        "INSERT INTO coppice_idempotency_keys "
        "WITH n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " +
        how_many + ") SELECT 'k' || i || '" + age +
        "', 'c', x'', x'', 1, 1, CAST(strftime('%s', 'now', '" + age + "') AS INTEGER) FROM n"}));
  }

  void sweep() { world_.advance(hours(1)); }
};

TEST_F(HousekeeperTest, ForgetsIdempotencyKeysAfterADay) {
  start();
  fill_keys("1200", "-25 hours");
  fill_keys("3", "-23 hours");
  sweep();
  EXPECT_EQ(count("coppice_idempotency_keys"), 3);
  EXPECT_EQ(describe("housekeeper"),
            "the last sweep forgot 1200 idempotency keys and trimmed 0 changes");
}

TEST_F(HousekeeperTest, TrimsChangesByNumber) {
  auto wanted = options();
  wanted.retention.most_changes = 2;
  start(wanted);
  for (const std::string label : {"a", "b", "c", "d"}) {
    must(execute(RunSql{"INSERT INTO tags (label, inserted_at, updated_at) VALUES ('" + label +
                        "', 'now', 'now')"}));
  }
  sweep();
  EXPECT_EQ(count("changes"), 2);
}

TEST_F(HousekeeperTest, TrimsChangesByAge) {
  start();
  must(execute(
      RunSql{"INSERT INTO changes VALUES (1, 'posts', 1, 'insert', '2020-01-01T00:00:00')"}));
  sweep();
  EXPECT_EQ(count("changes"), 0);
}

TEST_F(HousekeeperTest, SaysWhyASweepFailedAndSweepsAgain) {
  start();
  must(execute(RunSql{"ALTER TABLE coppice_idempotency_keys RENAME TO away"}));
  world_.advance(minutes(2));
  EXPECT_TRUE(has(describe("housekeeper"), "the last sweep failed: "));
  must(execute(RunSql{"ALTER TABLE away RENAME TO coppice_idempotency_keys"}));
  sweep();
  EXPECT_TRUE(has(describe("housekeeper"), "the last sweep forgot 0"));
}

}  // namespace
}  // namespace coppice::db
