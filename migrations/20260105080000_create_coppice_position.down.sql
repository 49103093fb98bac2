DROP TABLE "coppice_position";
