-- What was said on topics that have a history (app/rooms/history). The id is a message's position: it
-- grows over all topics, and none is given twice in one epoch.
CREATE TABLE "coppice_messages" (
  "id" INTEGER PRIMARY KEY AUTOINCREMENT,
  "topic" TEXT NOT NULL,
  "event" TEXT NOT NULL,
  "is_binary" INTEGER NOT NULL,
  "payload" BLOB NOT NULL,
  "at" INTEGER NOT NULL
);

CREATE INDEX "coppice_messages_topic_index" ON "coppice_messages" ("topic", "id");
CREATE INDEX "coppice_messages_at_index" ON "coppice_messages" ("at");

-- What is kept of each topic: it is whole after the position "trimmed".
CREATE TABLE "coppice_message_topics" (
  "topic" TEXT PRIMARY KEY,
  "last_id" INTEGER NOT NULL,
  "trimmed" INTEGER NOT NULL,
  "messages" INTEGER NOT NULL,
  "bytes" INTEGER NOT NULL
) WITHOUT ROWID;

CREATE INDEX "coppice_message_topics_last_id_index" ON "coppice_message_topics" ("last_id");

-- One row: of topics that are not listed, everything through this position may be gone.
CREATE TABLE "coppice_message_topics_forgotten" (
  "id" INTEGER PRIMARY KEY CHECK ("id" = 1),
  "last_id" INTEGER NOT NULL
);

INSERT INTO "coppice_message_topics_forgotten" ("id", "last_id") VALUES (1, 0);
