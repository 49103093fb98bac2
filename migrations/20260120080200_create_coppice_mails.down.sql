DROP TABLE "coppice_mails";
