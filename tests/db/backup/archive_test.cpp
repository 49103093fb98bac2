#include "db/backup/archive.hpp"

#include <random>

#include "db/backup/backup_fixture.hpp"

namespace coppice::db {
namespace {

using actors::Errc;

// What can't be compressed: several buffers of it, and no multiple of one.
std::string noise(std::size_t size) {
  std::mt19937 random(1);
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

class ArchiveTest : public testing::Test {
 protected:
  [[nodiscard]] std::filesystem::path archive() const { return directory_ / "archive"; }
  [[nodiscard]] std::filesystem::path out() const { return directory_ / "out"; }

  BackupManifest write(std::string_view content) const {
    directory_.write("in", content);
    return must(write_archive(directory_ / "in", archive(), {}, {}));
  }

  [[nodiscard]] actors::Result<BackupManifest> extract() const {
    return extract_archive(archive(), out(), {});
  }

  TemporaryDirectory directory_;
};

class ArchivedContents : public ArchiveTest, public testing::WithParamInterface<std::string> {};

TEST_P(ArchivedContents, ComeOutAsTheyWentIn) {
  const auto written = write(GetParam());
  EXPECT_EQ(written.database_bytes, GetParam().size());
  EXPECT_EQ(must(extract()), written);
  EXPECT_EQ(bytes_of(out()), GetParam());
}

INSTANTIATE_TEST_SUITE_P(Sizes, ArchivedContents,
                         testing::Values("", "one", std::string(131072, 'a'), noise(131072),
                                         noise(1000003), std::string(3000000, 'b')));

TEST_F(ArchiveTest, SaysWhatItIsInItsFirstKiB) {
  const auto written = write("content");
  EXPECT_NE(bytes_of(archive()).substr(0, 1024).find(to_json(written)), std::string::npos);
  EXPECT_EQ(must(read_manifest(archive())), written);
}

TEST_F(ArchiveTest, NeverOverwrites) {
  directory_.write("archive", "precious");
  directory_.write("in", "new");
  EXPECT_FALSE(write_archive(directory_ / "in", archive(), {}, {}));
  EXPECT_EQ(bytes_of(archive()), "precious");
}

TEST_F(ArchiveTest, ThatIsCutOffIsDamaged) {
  write(noise(100000));
  write_bytes(archive(), bytes_of(archive()).substr(0, 5000));
  const auto manifest = read_manifest(archive());
  ASSERT_FALSE(manifest);
  EXPECT_EQ(manifest.error(), Errc::corrupt);
  EXPECT_NE(manifest.error().context.find("it has 5000 bytes and should have"), std::string::npos);
}

TEST_F(ArchiveTest, OfAnotherKindIsNoBackup) {
  write_bytes(archive(), noise(5000));
  const auto manifest = read_manifest(archive());
  ASSERT_FALSE(manifest);
  EXPECT_NE(manifest.error().context.find("is no backup"), std::string::npos);
}

TEST_F(ArchiveTest, WhoseManifestCannotBeReadIsDamaged) {
  write("content");
  auto bytes = bytes_of(archive());
  bytes.at(8) = 'x';  // the manifest's first
  write_bytes(archive(), bytes);
  EXPECT_EQ(read_manifest(archive()).error(), Errc::corrupt);
}

// A bit may be wrong anywhere; wherever it is, the content is right or refused.
TEST_F(ArchiveTest, WithAWrongByteIsRefusedOrRight) {
  const auto content = std::string(5000, 'c') + noise(300);
  write(content);
  const auto good = bytes_of(archive());
  for (std::size_t i = 0; i < good.size(); i += 3) {
    auto bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 0x10);
    write_bytes(archive(), bad);
    std::filesystem::remove(out());
    const auto extracted = extract();
    if (extracted) EXPECT_EQ(bytes_of(out()), content) << "byte " << i;
  }
}

TEST_F(ArchiveTest, StopsWhenItIsTold) {
  write("content");
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(extract_archive(archive(), out(), stop.get_token()).error(), Errc::cancelled);
}

}  // namespace
}  // namespace coppice::db
