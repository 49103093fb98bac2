#include "net/tls/certificates.hpp"

#include "net/tls/tls_fixture.hpp"

namespace coppice::net::tls {
namespace {

using actors::Errc;

class CertificatesTest : public ::testing::Test {
 protected:
  [[nodiscard]] std::shared_ptr<Certificates> load() const {
    return Certificates::load(folder_.files()).value();
  }

  void expect_refused(Errc code, std::string_view part) const {
    const auto loaded = Certificates::load(folder_.files());
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error(), code) << loaded.error().message();
    EXPECT_NE(loaded.error().context.find(part), std::string::npos) << loaded.error().context;
  }

  testing::PairFolder folder_;
};

TEST_F(CertificatesTest, SayWhoseTheyAreAndUntilWhen) {
  const auto text = load()->describe();
  EXPECT_TRUE(text.starts_with("CN=first, until 20")) << text;
  EXPECT_TRUE(text.ends_with("Z, from " + folder_.files().certificate.string())) << text;
}

TEST_F(CertificatesTest, ThatAreNotThereAreNamed) {
  std::filesystem::remove(folder_.files().key);
  expect_refused(Errc::not_found, "key.pem is not there");
  std::filesystem::remove(folder_.files().certificate);
  expect_refused(Errc::not_found, "certificate.pem is not there");
}

TEST_F(CertificatesTest, ThatAreFoldersAreNamed) {
  std::filesystem::remove(folder_.files().certificate);
  std::filesystem::create_directory(folder_.files().certificate);
  expect_refused(Errc::io_error, "certificate.pem can't be read: Is a directory");
}

TEST_F(CertificatesTest, ThatAreNoneAreRefused) {
  folder_.write(folder_.files().key, "nonsense");
  expect_refused(Errc::malformed, "key.pem holds no private key in PEM form");
  folder_.write(folder_.files().certificate, "");
  expect_refused(Errc::malformed, "certificate.pem holds no certificate in PEM form");
}

TEST_F(CertificatesTest, OfAnotherKeyAreRefused) {
  folder_.write_key(testing::make_key().get());
  expect_refused(Errc::conflict, "key.pem is not the key of the certificate in ");
}

TEST_F(CertificatesTest, WithAKeyThatHasAPasswordAreRefusedWithoutAskingForIt) {
  folder_.write_key(testing::make_key().get(), "secret");
  expect_refused(Errc::malformed, "(one with a password can't)");
}

TEST_F(CertificatesTest, ThatHaveNotChangedAreNotReadAgain) {
  const auto certificates = load();
  const auto context = certificates->context();
  EXPECT_FALSE(certificates->reload_if_changed().value());
  EXPECT_EQ(certificates->context(), context);
}

TEST_F(CertificatesTest, ThatHaveChangedAreUsed) {
  const auto certificates = load();
  const auto context = certificates->context();
  folder_.renew("second");
  EXPECT_TRUE(certificates->reload_if_changed().value());
  EXPECT_NE(certificates->context(), context);
  EXPECT_TRUE(certificates->describe().starts_with("CN=second, "));
  EXPECT_FALSE(certificates->reload_if_changed().value());
}

TEST_F(CertificatesTest, ThatCannotBeUsedLeaveThoseBeforeAndAreReportedOnce) {
  const auto certificates = load();
  const auto context = certificates->context();
  folder_.write_key(testing::make_key().get());
  EXPECT_EQ(certificates->reload_if_changed().error(), Errc::conflict);
  EXPECT_FALSE(certificates->reload_if_changed().value());
  std::filesystem::remove(folder_.files().certificate);
  EXPECT_EQ(certificates->reload_if_changed().error(), Errc::not_found);
  EXPECT_EQ(certificates->context(), context);
  folder_.renew("mended");
  EXPECT_TRUE(certificates->reload_if_changed().value());
  EXPECT_TRUE(certificates->describe().starts_with("CN=mended, "));
}

TEST_F(CertificatesTest, ThatMayBeReadByOthersAreReadAgain) {
  const auto certificates = load();
  std::filesystem::permissions(folder_.files().key, std::filesystem::perms::owner_write,
                               std::filesystem::perm_options::add);
  EXPECT_TRUE(certificates->reload_if_changed().value());
}

}  // namespace
}  // namespace coppice::net::tls
