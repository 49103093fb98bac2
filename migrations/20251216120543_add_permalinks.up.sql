ALTER TABLE "posts" ADD COLUMN "permalinks" TEXT DEFAULT '[]';
