#include "net/tls/context.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <new>
#include <string_view>
#include <unistd.h>
#include <utility>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

namespace coppice::net::tls {

using actors::Errc;
using actors::fail;
using actors::Result;

namespace {

/// What TLS 1.2 may use; all of TLS 1.3's are good.
constexpr const char* kCiphers = "ECDHE+AESGCM:ECDHE+CHACHA20";
constexpr std::string_view kHttp11 = "http/1.1";
constexpr std::string_view kSessionContext = "coppice";

constexpr std::uint64_t kOptions = SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                   SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA |
                                   SSL_OP_IGNORE_UNEXPECTED_EOF;
// Idle connections keep no buffers, and a record that would block can be tried again from
// wherever its bytes are by then.
constexpr long kModes =
    SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER;

std::string last_words() {
  const auto code = ERR_peek_error();
  const char* reason = ERR_reason_error_string(code);
  ERR_clear_error();
  return reason == nullptr ? "no reason given" : reason;
}

/// That a file can be read, which OpenSSL would say in fewer words.
Result<void> check_readable(const std::filesystem::path& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (status.type() == std::filesystem::file_type::not_found) {
    return fail(Errc::not_found, path.string() + " is not there");
  }
  if (::access(path.c_str(), R_OK) == 0 && !std::filesystem::is_directory(status)) return {};
  const int reason = std::filesystem::is_directory(status) ? EISDIR : errno;
  return fail(reason == EACCES ? Errc::forbidden : Errc::io_error,
              path.string() + " can't be read: " + std::strerror(reason));
}

/// Nobody is there to be asked for the password of a key.
int no_password(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*context*/) { return 0; }

Result<void> use_certificate(SSL_CTX* context, const Files& files) {
  if (auto readable = check_readable(files.certificate); !readable) return readable;
  if (SSL_CTX_use_certificate_chain_file(context, files.certificate.c_str()) == 1) return {};
  return fail(Errc::malformed,
              files.certificate.string() +
                  " holds no certificate in PEM form that can be used: " + last_words());
}

Result<void> use_key(SSL_CTX* context, const Files& files) {
  if (auto readable = check_readable(files.key); !readable) return readable;
  if (SSL_CTX_use_PrivateKey_file(context, files.key.c_str(), SSL_FILETYPE_PEM) == 1 &&
      SSL_CTX_check_private_key(context) == 1) {
    return {};
  }
  const auto code = ERR_peek_error();
  const bool is_anothers =
      ERR_GET_LIB(code) == ERR_LIB_X509 && (ERR_GET_REASON(code) == X509_R_KEY_VALUES_MISMATCH ||
                                            ERR_GET_REASON(code) == X509_R_KEY_TYPE_MISMATCH);
  const auto words = last_words();
  if (is_anothers) {
    return fail(Errc::conflict, files.key.string() + " is not the key of the certificate in " +
                                    files.certificate.string());
  }
  return fail(
      Errc::malformed,
      files.key.string() +
          " holds no private key in PEM form that can be used (one with a password can't): " +
          words);
}

/// A client that speaks none of what we do is told so; one that doesn't say gets HTTP/1.1.
int choose_protocol(SSL* /*ssl*/, const unsigned char** chosen, unsigned char* chosen_size,
                    const unsigned char* offered, unsigned offered_size, void* /*context*/) {
  for (unsigned at = 0; at < offered_size; at += offered[at] + 1U) {
    const auto size = offered[at];
    if (at + size >= offered_size) break;
    const std::string_view name(reinterpret_cast<const char*>(offered + at + 1),  // NOLINT(*cast)
                                size);
    if (name != kHttp11) continue;
    *chosen = offered + at + 1;
    *chosen_size = size;
    return SSL_TLSEXT_ERR_OK;
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

void configure(SSL_CTX* context) {
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_cipher_list(context, kCiphers);
  SSL_CTX_set_options(context, kOptions);
  SSL_CTX_set_mode(context, kModes);
  SSL_CTX_set_read_ahead(context, 1);  // a record takes one call to the system instead of two
  // Tickets keep sessions with the clients; we keep none.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_session_id_context(
      context, reinterpret_cast<const unsigned char*>(kSessionContext.data()),  // NOLINT(*cast)
      static_cast<unsigned>(kSessionContext.size()));
  SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
  SSL_CTX_set_default_passwd_cb(context, no_password);
}

std::string name_of(const X509* certificate) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> text(BIO_new(BIO_s_mem()), &BIO_free);
  X509_NAME_print_ex(text.get(), X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253);
  char* bytes = nullptr;
  const auto size = BIO_get_mem_data(text.get(), &bytes);
  return size > 0 ? std::string(bytes, static_cast<std::size_t>(size)) : "a certificate";
}

std::string end_of(const X509* certificate) {
  std::tm end{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end) != 1) return "no known time";
  std::array<char, 32> text{};
  const auto size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &end);
  return {text.data(), size};
}

}  // namespace

std::shared_ptr<SSL_CTX> make_bare_context() {
  std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free);
  if (!context) throw std::bad_alloc();
  configure(context.get());
  return context;
}

Result<std::shared_ptr<SSL_CTX>> make_context(const Files& files) {
  ERR_clear_error();
  auto context = make_bare_context();
  if (auto used = use_certificate(context.get(), files); !used) {
    return std::unexpected(std::move(used.error()));
  }
  if (auto used = use_key(context.get(), files); !used) {
    return std::unexpected(std::move(used.error()));
  }
  return context;
}

std::string describe_certificate(const SSL_CTX& context) {
  const X509* const certificate = SSL_CTX_get0_certificate(&context);
  return name_of(certificate) + ", until " + end_of(certificate);
}

}  // namespace coppice::net::tls
