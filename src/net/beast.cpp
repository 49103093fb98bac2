// Boost.Beast's non-template code, compiled once for the whole project.
#include <boost/beast/src.hpp>
