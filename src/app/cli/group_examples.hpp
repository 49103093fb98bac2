#pragma once

namespace CLI {
class App;
}

namespace coppice::app::cli {

/// Has the help of each command that only groups others, such as `coppice backup`, show the first
/// example of each of those.
void add_group_examples(CLI::App& app);

}  // namespace coppice::app::cli
