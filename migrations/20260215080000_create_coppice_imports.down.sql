DROP TABLE "coppice_imports";
