// Boost.JSON, compiled once for all tests that read vectors.
#include <boost/json/src.hpp>
