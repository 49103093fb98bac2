#include "app/crashes/report_folder.hpp"

#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include <gtest/gtest.h>

#include "db/temporary_directory.hpp"

namespace coppice::app::crashes {
namespace {

namespace fs = std::filesystem;

class ReportFolder : public testing::Test {
 protected:
  void write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name) << text;
  }

  static std::string report(const std::string& database, int time) {
    return "coppice-crash 1\nsignal 11\ntime " + std::to_string(time) + "\ndatabase " + database +
           "\nend\n";
  }

  db::TemporaryDirectory directory_;
  fs::path folder_ = directory_ / "crashes";
};

TEST_F(ReportFolder, IsMadeForItsOwnerAlone) {
  ASSERT_TRUE(make_report_folder(folder_));
  ASSERT_TRUE(make_report_folder(folder_));
  EXPECT_EQ(fs::status(folder_).permissions(), fs::perms::owner_all);
}

TEST_F(ReportFolder, MustBeAFolder) {
  std::ofstream(folder_) << "precious";
  EXPECT_FALSE(make_report_folder(folder_));
  const auto elsewhere = directory_ / "elsewhere";
  fs::create_directory(elsewhere);
  const auto link = directory_ / "link";
  fs::create_directory_symlink(elsewhere, link);
  EXPECT_FALSE(make_report_folder(link));
}

TEST_F(ReportFolder, GivesTheReportsOfOneDatabaseOldestFirst) {
  ASSERT_TRUE(make_report_folder(folder_));
  write("coppice-1.crash", report("/a.db", 20));
  write("coppice-2.crash", report("/a.db", 10));
  write("coppice-3.crash", report("/b.db", 15));
  const auto found = find_reports(folder_, "/a.db").ours;
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found.front().crash.at, 10'000);
  remove_reports({found.front().file, found.back().file});
  EXPECT_TRUE(find_reports(folder_, "/a.db").ours.empty());
  EXPECT_EQ(find_reports(folder_, "/b.db").ours.size(), 1U);
}

TEST_F(ReportFolder, LeavesAloneWhatIsNoReport) {
  ASSERT_TRUE(make_report_folder(folder_));
  write("coppice-1.crash", "garbage\ndatabase /a.db\n");
  write("notes.txt", report("/a.db", 1));
  std::ofstream(directory_ / "target") << report("/a.db", 1);
  fs::create_symlink(directory_ / "target", folder_ / "link.crash");
  EXPECT_TRUE(find_reports(folder_, "/a.db").ours.empty());
  EXPECT_TRUE(fs::exists(folder_ / "coppice-1.crash"));
}

TEST_F(ReportFolder, MayBeMissing) {
  const auto found = find_reports(folder_, "/a.db");
  EXPECT_TRUE(found.ours.empty());
  EXPECT_TRUE(found.unread.empty());
}

TEST_F(ReportFolder, NamesWhatCantBeReadAndSaysWhy) {
  ASSERT_TRUE(make_report_folder(folder_));
  write("coppice-1.crash", "");
  write("coppice-2.crash", "coppice-crash 1\nsignal 11\n");  // the disk was full
  write("coppice-3.crash", report("/b.db", 15));
  write("coppice-4.crash", report("/a.db", 15));
  write("notes.txt", "");
  const auto found = find_reports(folder_, "/a.db");
  EXPECT_EQ(found.ours.size(), 1U);
  std::map<std::string, std::string> unread;
  for (const auto& [file, why] : found.unread) unread[file] = why;
  const std::map<std::string, std::string> expected = {
      {folder_ / "coppice-1.crash", "it doesn't begin with coppice-crash 1"},
      {folder_ / "coppice-2.crash", "it doesn't say of which database it is"}};
  EXPECT_EQ(unread, expected);
}

}  // namespace
}  // namespace coppice::app::crashes
