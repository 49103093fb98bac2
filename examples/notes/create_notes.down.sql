DROP VIEW "coppice_notes_facts";
DROP TABLE "notes";
DROP TABLE "notes_fts";
DELETE FROM "changes" WHERE "resource" = 'notes';
DELETE FROM "coppice_facts_before" WHERE "resource" = 'notes';
DELETE FROM "coppice_row_positions" WHERE "resource" = 'notes';
