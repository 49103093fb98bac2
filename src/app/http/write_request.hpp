#pragma once

#include <functional>
#include <string>
#include <variant>

#include "actors/result.hpp"
#include "app/content/resource/write_record.hpp"
#include "app/http/answers.hpp"

/// The part of a write that every resource has: idempotency keys, preconditions, attempts.
namespace coppice::app::http {

/// Makes a command's arguments; runs on a reader, and again if the record changes meanwhile.
using WritePlan = std::function<actors::Result<std::string>(db::Connection& db)>;

/// How a command's arguments are made; or they themselves, if they don't depend on what is stored.
using WriteArguments = std::variant<WritePlan, std::string>;

struct WriteRequest {
  std::string command;  ///< Its name.
  WriteArguments arguments;
  std::string key;     ///< See idempotency_key(); may be empty.
  std::string intent;  ///< What the key stands for: what was asked.
};

/// The key that the client's `Idempotency-Key` stands for: that of this principal for this method
/// and path. Empty without one. Errors: invalid_argument.
[[nodiscard]] actors::Result<std::string> idempotency_key(const net::http::Request& request);

/// Plans and runs the command that @p request asks for. What a key stands for already isn't planned
/// again: what was stored then may not be there any more. Gives the command's reply, encoded.
///
/// Errors: those of the plan; of the command; conflict when others kept changing the record.
[[nodiscard]] net::Awaitable<actors::Result<std::string>> run_write(Context context,
                                                                    net::http::RequestPtr request,
                                                                    WriteRequest write);

/// The answer to a write that was not done.
[[nodiscard]] net::http::Response write_refused(const ApiContext& context,
                                                const net::http::Request& request,
                                                const actors::Error& error);

}  // namespace coppice::app::http
