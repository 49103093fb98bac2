-- Mails that were promised and not sent yet (app/mail). What a mail says is written when it is sent,
-- so that no secret waits here. Asking twice for the same mail is asking once.
CREATE TABLE "coppice_mails" (
  "id" INTEGER PRIMARY KEY AUTOINCREMENT,
  "kind" TEXT NOT NULL,
  "recipient" TEXT NOT NULL COLLATE NOCASE,
  "created_at" INTEGER NOT NULL,
  "due_at" INTEGER NOT NULL,
  "attempts" INTEGER NOT NULL DEFAULT 0,
  "last_error" TEXT
);

CREATE UNIQUE INDEX "coppice_mails_kind_recipient_index" ON "coppice_mails" ("kind", "recipient");
CREATE INDEX "coppice_mails_due_at_index" ON "coppice_mails" ("due_at");
