DROP TRIGGER "coppice_row_positions_public_tags";
DROP TRIGGER "coppice_row_positions_public_posts";
DELETE FROM "coppice_row_positions" WHERE "id" = -1;
