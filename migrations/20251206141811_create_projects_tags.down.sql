DROP TABLE "projects_tags";
