// Where the C++ library would print why it gives up: a module has nobody to print for, and without
// this the whole of stdio and four more imports would come along. The host sees a trap.
#include <__verbose_abort>
#include <cstdlib>

_LIBCPP_BEGIN_NAMESPACE_STD
void __libcpp_verbose_abort(const char*, ...) { __builtin_trap(); }
_LIBCPP_END_NAMESPACE_STD

extern "C" void abort_message(const char*, ...) { __builtin_trap(); }
extern "C" void __assert_fail(const char*, const char*, int, const char*) { __builtin_trap(); }
