-- Who may sign in (docs/accounts.md). The prefix keeps it apart from the `users` that an Ecto
-- application's database may have.
CREATE TABLE "coppice_users" (
  "id" INTEGER PRIMARY KEY AUTOINCREMENT,
  "email" TEXT NOT NULL COLLATE NOCASE,
  "name" TEXT NOT NULL,
  "role" TEXT NOT NULL CHECK ("role" IN ('member', 'editor', 'admin')),
  "password_hash" TEXT,  -- none for who signs in through a provider only
  "disabled_at" TEXT,
  "inserted_at" TEXT NOT NULL,
  "updated_at" TEXT NOT NULL
);

CREATE UNIQUE INDEX "coppice_users_email_index" ON "coppice_users" ("email");
