DROP INDEX "posts_permalinks_index";
