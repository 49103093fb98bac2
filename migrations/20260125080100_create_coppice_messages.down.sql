DROP TABLE "coppice_message_topics_forgotten";
DROP TABLE "coppice_message_topics";
DROP TABLE "coppice_messages";
