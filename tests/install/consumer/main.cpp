#include <cstdio>

#include <coppice/actors/result.hpp>

int main() {
  const coppice::actors::Error error(coppice::actors::Errc::overloaded, "mailbox is full");
  std::puts(error.message().c_str());
  return error == coppice::actors::Errc::overloaded ? 0 : 1;
}
