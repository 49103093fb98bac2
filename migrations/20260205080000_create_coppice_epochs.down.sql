DROP TRIGGER "coppice_epochs_begin";
DROP TABLE "coppice_epochs";
