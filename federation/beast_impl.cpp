// Beast's and Asio-SSL's separately compiled sources, once for the whole project (Asio's own are in
// storage).
#include <boost/asio/ssl/impl/src.hpp>
#include <boost/beast/src.hpp>
