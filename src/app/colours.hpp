#pragma once

namespace coppice::app {

/// Whether what is written to @p descriptor may have colours: it is a terminal, and the environment
/// does not say by NO_COLOR that none are wanted. An empty NO_COLOR says nothing.
/// Thread: any, as long as nobody changes the environment.
[[nodiscard]] bool takes_colours(int descriptor);

}  // namespace coppice::app
