DROP TABLE "coppice_crashes";
