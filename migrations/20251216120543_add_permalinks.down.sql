ALTER TABLE "posts" DROP COLUMN "permalinks";
