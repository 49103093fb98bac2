// Linked into a test program, it makes worlds with a random order print their seed on a failure.
#include <gtest/gtest.h>

#include "actors/testkit/world.hpp"

namespace coppice::support {
namespace {

[[maybe_unused]] const bool kInstalled = [] {
  actors::testkit::World::print_seed_if(&::testing::Test::HasFailure);
  return true;
}();

}  // namespace
}  // namespace coppice::support
