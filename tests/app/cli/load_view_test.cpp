#include "app/cli/load_view.hpp"

#include <gtest/gtest.h>

namespace coppice::app::cli {
namespace {

TEST(LoadView, ShowsShardsAndWhoHoldsOne) {
  EXPECT_EQ(
      render_shards(
          R"({"shards":[{"shard":0,"busy":0.5,"lag_seconds":0.0012,"actors":9,"waiting":1,"stuck":null},
          {"shard":1,"busy":0,"lag_seconds":1.25,"actors":3,"waiting":0,"stuck":{"seconds":1.24,
          "pid":"<1.2.1>","path":"/http/connections/a","actor":null,"message":"block of room:x"}},
          {"shard":2,"busy":0,"lag_seconds":2,"actors":0,"waiting":0,"stuck":{"seconds":2,
          "pid":null,"path":null,"actor":null,"message":null}}]})"),
      "SHARD  BUSY  LAG        ACTORS  WAITING  HELD BY\n"
      "0      50%   1.2 ms     9       1        -\n"
      "1      0%    1250.0 ms  3       0        /http/connections/a with block of room:x for 1.2 "
      "s\n"
      "2      0%    2000.0 ms  0       0        nobody's handler for 2.0 s\n");
}

TEST(LoadView, ShowsRequests) {
  EXPECT_EQ(render_requests(
                R"({"requests":[{"at":"2026-01-01T00:00:00.000Z","method":"GET","path":"/a\u001b",
                "status":200,"ms":1.25,"whole":false,"request_id":"abcdefgh"},
                {"at":"2026-01-01T00:00:00.000Z","method":"-","path":"-","status":400,"ms":1,
                "whole":true,"request_id":""}]})"),
            "AT                        METHOD  STATUS   TOOK    REQUEST   PATH\n"
            "2026-01-01T00:00:00.000Z  GET     200 cut  1.2 ms  abcdefgh  /a?\n"
            "2026-01-01T00:00:00.000Z  -       400      1.0 ms  -         -\n");
}

}  // namespace
}  // namespace coppice::app::cli
