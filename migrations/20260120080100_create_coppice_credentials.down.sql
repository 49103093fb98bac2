DROP TABLE "coppice_identities";
DROP TABLE "coppice_reset_tokens";
DROP TABLE "coppice_api_tokens";
DROP TABLE "coppice_sessions";
