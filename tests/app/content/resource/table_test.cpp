#include "app/content/resource/table.hpp"

#include <stdexcept>

#include <gtest/gtest.h>

#include "app/content/resources.hpp"

namespace coppice::app::content {
namespace {

Resource plain() {
  return {.name = "things",
          .singular = "thing",
          .fields = {{.name = "name", .required = true, .sortable = true}}};
}

TEST(Table, IsMadeOfAFewLines) {
  const Table table(plain());
  EXPECT_TRUE(table.list_select().starts_with(
      "SELECT p.id, p.name, p.inserted_at, p.updated_at FROM things p"));
  EXPECT_EQ(table.visible(), "true");
  EXPECT_EQ(table.sortable(),
            (std::vector<std::string_view>{"id", "inserted_at", "updated_at", "name"}));
}

TEST(Table, HidesWhatAFieldSaysOrOtherRecords) {
  EXPECT_FALSE(Table(plain()).hides_some());
  Resource resource = plain();
  resource.hidden_when = "name";
  const Table by_field(resource);
  EXPECT_EQ(by_field.visible(), "NOT p.name");
  EXPECT_EQ(by_field.hidden_fact(), "name");
  resource.hidden_when = {};
  resource.visible_when = "p.id > 1 OR p.id < 0";
  const Table by_others(resource);
  EXPECT_TRUE(by_others.hides_some());
  EXPECT_EQ(by_others.visible(), "(p.id > 1 OR p.id < 0)");
  EXPECT_EQ(by_others.hidden_fact(), "is_hidden");
}

TEST(Table, RefusesADeclarationThatContradictsItself) {
  const std::function<void(Resource&)> mistakes[] = {
      [](Resource& r) { r.name = ""; },
      [](Resource& r) { r.named_by = "nope"; },
      [](Resource& r) { r.address = Address::name; },
      [](Resource& r) { r.hidden_when = "nope"; },
      [](Resource& r) {
        r.hidden_when = "name";
        r.visible_when = "true";
      },
      [](Resource& r) { r.order = "nope"; },
      [](Resource& r) { r.fields.push_back(r.fields.front()); },
      [](Resource& r) { r.fields.front().in_lists = false; },
      [](Resource& r) {
        r.search = FullText{.table = "f", .columns = {{.name = "name"}}, .title = "nope"};
      },
      [](Resource& r) { r.search = FullText{.table = "f", .columns = {}, .title = "name"}; },
  };
  for (const auto& mistake : mistakes) {
    Resource resource = plain();
    mistake(resource);
    EXPECT_THROW(Table{resource}, std::logic_error);
  }
  EXPECT_THROW(Catalogue({plain(), plain()}), std::logic_error);
}

TEST(Catalogue, KnowsTheResourcesOfTheApplication) {
  for (const char* name : {"posts", "projects", "tags", "assets"}) {
    EXPECT_NE(content_catalogue()->find(name), nullptr) << name;
  }
  EXPECT_EQ(content_catalogue()->find("nope"), nullptr);
}

}  // namespace
}  // namespace coppice::app::content
