DROP TRIGGER "coppice_row_positions_row";
DROP TRIGGER "coppice_row_positions_resource";
DROP TABLE "coppice_row_positions";
