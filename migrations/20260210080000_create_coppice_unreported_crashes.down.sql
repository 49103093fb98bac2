DROP TABLE "coppice_unreported_crashes";
