#include "db/transaction.hpp"

#include "db/database_fixture.hpp"

namespace coppice::db {
namespace {

using actors::Errc;
using Kind = Transaction::Kind;

static_assert(std::is_nothrow_move_constructible_v<Transaction>);
static_assert(std::is_nothrow_destructible_v<Savepoint>);

class TransactionTest : public DatabaseTest {
 protected:
  TransactionTest() { execute("CREATE TABLE t (x UNIQUE)"); }

  void insert(int x) { execute("INSERT INTO t VALUES (?)", x); }
  std::string rows() { return text("SELECT group_concat(x) FROM (SELECT x FROM t ORDER BY x)"); }
};

TEST_F(TransactionTest, CommitKeepsAndTheEndUndoes) {
  {
    auto kept = must(Transaction::begin(db_, Kind::immediate));
    insert(1);
    must(kept.commit());
  }
  {
    const auto undone = must(Transaction::begin(db_, Kind::immediate));
    insert(2);
  }
  EXPECT_FALSE(db_.in_transaction());
  EXPECT_EQ(rows(), "1");
}

TEST_F(TransactionTest, SurvivesAMoveOfItselfAndOfItsConnection) {
  auto first = must(Transaction::begin(db_, Kind::immediate));
  insert(1);
  Connection moved = std::move(db_);
  auto second = std::move(first);
  must(second.commit());
  db_ = std::move(moved);
  EXPECT_EQ(rows(), "1");
}

TEST_F(TransactionTest, ImmediateTakesTheWriteLockAtOnceAndDeferredDoesNot) {
  auto other = open();
  {
    const auto reading = must(Transaction::begin(db_, Kind::deferred));
    EXPECT_TRUE(Transaction::begin(other, Kind::immediate));
  }
  const auto writing = must(Transaction::begin(db_, Kind::immediate));
  EXPECT_EQ(Transaction::begin(other, Kind::immediate).error(), Errc::busy);
}

TEST_F(TransactionTest, DeferredReadsOneSnapshot) {
  auto reader = open({.read_only = true});
  const auto count = [&] {
    return must(query_value<std::int64_t>(reader, "SELECT count(*) FROM t")).value();
  };
  {
    const auto snapshot = must(Transaction::begin(reader, Kind::deferred));
    EXPECT_EQ(count(), 0);
    insert(1);
    EXPECT_EQ(count(), 0);
  }
  EXPECT_EQ(count(), 1);
}

TEST_F(TransactionTest, DoesNotNest) {
  auto outer = must(Transaction::begin(db_, Kind::immediate));
  insert(1);
  EXPECT_EQ(Transaction::begin(db_, Kind::immediate).error(), Errc::internal);
  must(outer.commit());
  EXPECT_EQ(rows(), "1");
}

TEST_F(TransactionTest, AFailedCommitLeavesNothingBehind) {
  execute("CREATE TABLE child (x REFERENCES t (x) DEFERRABLE INITIALLY DEFERRED)");
  auto transaction = must(Transaction::begin(db_, Kind::immediate));
  execute("INSERT INTO child VALUES (99)");
  EXPECT_EQ(transaction.commit().error(), Errc::constraint);
  EXPECT_FALSE(db_.in_transaction());
  EXPECT_EQ(number("SELECT count(*) FROM child"), 0);
  EXPECT_EQ(transaction.commit().error(), Errc::invalid_argument);
}

TEST_F(TransactionTest, CommitSaysSoWhenSqliteHasRolledBack) {
  insert(1);
  auto transaction = must(Transaction::begin(db_, Kind::immediate));
  insert(2);
  EXPECT_EQ(db_.execute("INSERT OR ROLLBACK INTO t VALUES (1)").error(), Errc::conflict);
  EXPECT_EQ(transaction.commit().error(), Errc::cancelled);
  EXPECT_EQ(rows(), "1");
}

using SavepointTest = TransactionTest;

TEST_F(SavepointTest, RollsBackAloneUnlessReleased) {
  auto transaction = must(Transaction::begin(db_, Kind::immediate));
  insert(1);
  {
    auto kept = must(Savepoint::begin(db_));
    insert(2);
    must(kept.release());
  }
  {
    const auto undone = must(Savepoint::begin(db_));
    insert(3);
  }
  insert(4);
  must(transaction.commit());
  EXPECT_EQ(rows(), "1,2,4");
}

TEST_F(SavepointTest, Nests) {
  auto transaction = must(Transaction::begin(db_, Kind::immediate));
  auto outer = must(Savepoint::begin(db_));
  insert(1);
  {
    auto inner = must(Savepoint::begin(db_));
    insert(2);
    must(inner.rollback());
  }
  {
    auto inner = must(Savepoint::begin(db_));
    insert(3);
    must(inner.release());
  }
  must(outer.release());
  must(transaction.commit());
  EXPECT_EQ(rows(), "1,3");
}

TEST_F(SavepointTest, AReleasedInnerOneGoesWithItsOuterOne) {
  auto transaction = must(Transaction::begin(db_, Kind::immediate));
  {
    const auto outer = must(Savepoint::begin(db_));
    auto inner = must(Savepoint::begin(db_));
    insert(1);
    must(inner.release());
  }
  must(transaction.commit());
  EXPECT_EQ(rows(), "null");
}

TEST_F(SavepointTest, OutsideATransactionItIsOne) {
  auto savepoint = must(Savepoint::begin(db_));
  insert(1);
  EXPECT_TRUE(db_.in_transaction());
  must(savepoint.release());
  EXPECT_FALSE(db_.in_transaction());
  EXPECT_EQ(rows(), "1");
}

TEST_F(SavepointTest, ReportsThatTheWholeTransactionIsGone) {
  insert(1);
  auto transaction = must(Transaction::begin(db_, Kind::immediate));
  auto savepoint = must(Savepoint::begin(db_));
  EXPECT_FALSE(db_.execute("INSERT OR ROLLBACK INTO t VALUES (1)"));
  EXPECT_EQ(savepoint.rollback().error(), Errc::cancelled);
  EXPECT_EQ(savepoint.release().error(), Errc::invalid_argument);
}

}  // namespace
}  // namespace coppice::db
