-- What each idempotency key of the last day stands for (db/idempotency.hpp).
CREATE TABLE "coppice_idempotency_keys" (
  "key" TEXT PRIMARY KEY,
  "command" TEXT NOT NULL,
  "arguments" BLOB NOT NULL,
  "reply" BLOB NOT NULL,
  "epoch" INTEGER NOT NULL,
  "sequence" INTEGER NOT NULL,
  "used_at" INTEGER NOT NULL
) WITHOUT ROWID;

CREATE INDEX "coppice_idempotency_keys_used_at_index" ON "coppice_idempotency_keys" ("used_at");
