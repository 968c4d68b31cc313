// Suspends a coroutine until somebody, on whatever thread, calls a function with its result.
#pragma once

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>
#include <utility>

#include "storage/engine.h"

namespace xom::storage {

// Call once, from any thread; the coroutine goes on at its own executor. Dropped without a call, it
// destroys the coroutine.
template <class T>
using Completion = std::move_only_function<void(T)>;

// Calls start(Completion<T>) once the coroutine is suspended. Cancelling does not end the wait.
template <class T, class Start>
[[nodiscard]] Awaitable<T> suspend_until(Start start) {
  auto initiation = [](auto handler, Start start) {
    auto executor = boost::asio::get_associated_executor(handler);
    auto work = boost::asio::make_work_guard(executor);
    start(Completion<T>(
        [executor, work = std::move(work), handler = std::move(handler)](T value) mutable {
          boost::asio::post(executor,
                            [handler = std::move(handler), value = std::move(value)]() mutable {
                              std::move(handler)(std::move(value));
                            });
        }));
  };
  return boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void(T)>(
      std::move(initiation), boost::asio::use_awaitable, std::move(start));
}

}  // namespace xom::storage
