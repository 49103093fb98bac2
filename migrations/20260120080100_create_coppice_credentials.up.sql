-- What lets somebody in as a user. Only digests of the secrets are here, so a copy of the database
-- lets nobody in. Times are seconds since 1970.
CREATE TABLE "coppice_sessions" (
  "token_hash" TEXT PRIMARY KEY,
  "user_id" INTEGER NOT NULL REFERENCES "coppice_users" ("id") ON DELETE CASCADE,
  "created_at" INTEGER NOT NULL,
  "expires_at" INTEGER NOT NULL,  -- moves on while the session is used
  "ends_at" INTEGER NOT NULL      -- does not
) WITHOUT ROWID;

CREATE INDEX "coppice_sessions_user_id_index" ON "coppice_sessions" ("user_id");
CREATE INDEX "coppice_sessions_expires_at_index" ON "coppice_sessions" ("expires_at");

CREATE TABLE "coppice_api_tokens" (
  "id" INTEGER PRIMARY KEY AUTOINCREMENT,
  "user_id" INTEGER NOT NULL REFERENCES "coppice_users" ("id") ON DELETE CASCADE,
  "name" TEXT NOT NULL,
  "token_hash" TEXT NOT NULL,
  "scopes" TEXT NOT NULL,  -- separated by spaces
  "created_at" INTEGER NOT NULL,
  "expires_at" INTEGER,
  "last_used_at" INTEGER
);

CREATE UNIQUE INDEX "coppice_api_tokens_token_hash_index" ON "coppice_api_tokens" ("token_hash");
CREATE UNIQUE INDEX "coppice_api_tokens_user_id_name_index"
  ON "coppice_api_tokens" ("user_id", "name");

CREATE TABLE "coppice_reset_tokens" (
  "token_hash" TEXT PRIMARY KEY,
  "user_id" INTEGER NOT NULL REFERENCES "coppice_users" ("id") ON DELETE CASCADE,
  "expires_at" INTEGER NOT NULL
) WITHOUT ROWID;

CREATE INDEX "coppice_reset_tokens_user_id_index" ON "coppice_reset_tokens" ("user_id");

-- Users as OpenID Connect providers know them.
CREATE TABLE "coppice_identities" (
  "issuer" TEXT NOT NULL,
  "subject" TEXT NOT NULL,
  "user_id" INTEGER NOT NULL REFERENCES "coppice_users" ("id") ON DELETE CASCADE,
  "created_at" INTEGER NOT NULL,
  PRIMARY KEY ("issuer", "subject")
) WITHOUT ROWID;

CREATE INDEX "coppice_identities_user_id_index" ON "coppice_identities" ("user_id");
