DROP TABLE "assets";
