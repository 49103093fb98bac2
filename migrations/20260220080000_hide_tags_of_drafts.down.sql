DROP TRIGGER "facts_tags_posts_deleted";
DROP TRIGGER "changes_tags_posts_drafted";
DROP TRIGGER "facts_tags_posts_drafted";
DROP TRIGGER "changes_tags_projects_relinked";
DROP TRIGGER "facts_tags_projects_relinked";
DROP TRIGGER "changes_tags_projects_untagged";
DROP TRIGGER "facts_tags_projects_untagged";
DROP TRIGGER "changes_tags_projects_tagged";
DROP TRIGGER "facts_tags_projects_tagged";
DROP TRIGGER "changes_tags_posts_relinked";
DROP TRIGGER "facts_tags_posts_relinked";
DROP TRIGGER "changes_tags_posts_untagged";
DROP TRIGGER "facts_tags_posts_untagged";
DROP TRIGGER "changes_tags_posts_tagged";
DROP TRIGGER "facts_tags_posts_tagged";
DROP VIEW "coppice_tags_altered";
DROP VIEW "coppice_tags_found";
DROP VIEW "coppice_tags_facts";
CREATE VIEW "coppice_tags_facts" AS
  SELECT id, json_object('label', label) AS facts
    FROM tags;
