DROP TABLE "coppice_idempotency_keys";
