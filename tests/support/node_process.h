// A real xom-node on a loopback port and in a folder of its own.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "protocol/base/result.h"

namespace xom::test {

// A folder that is removed, with all in it, at the end of its life.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// A loopback port that nobody listens on now.
[[nodiscard]] std::uint16_t free_port();

struct Finished {
  int exit_code = -1;  // 128 + signal if it was ended by one
  std::string output;  // standard output and error
};
// Runs a program to its end, at most `seconds`; then it is killed.
[[nodiscard]] Finished run_program(const std::vector<std::string>& arguments, int seconds = 60);

// Starts a program in the background with its output in `log_file`; ended at the latest by the
// destructor.
class Process {
 public:
  Process(const std::vector<std::string>& arguments, const std::filesystem::path& log_file);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  void kill_hard();  // SIGKILL, and waits
  int terminate();   // SIGTERM, and waits; answers the exit code
  [[nodiscard]] bool running();

 private:
  int wait();
  pid_t pid_ = -1;
  int exit_code_ = -1;
};

// Waits until something accepts on the port, while `process` lives.
[[nodiscard]] Result<void> wait_for_port(Process& process, std::uint16_t port, int seconds = 60);

}  // namespace xom::test
