DROP TABLE "coppice_users";
