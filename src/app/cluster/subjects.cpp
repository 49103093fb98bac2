#include "app/cluster/subjects.hpp"

#include "app/accounts/secret.hpp"

namespace coppice::app::cluster {

std::string Subjects::to(std::string_view node) const {
  return cluster_ + ".to." + accounts::base64url(node);
}

}  // namespace coppice::app::cluster
