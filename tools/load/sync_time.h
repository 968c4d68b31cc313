// What it takes to bring a small record to the disk: the measure for what is acknowledged after it.
#pragma once

#include <atomic>
#include <filesystem>
#include <thread>
#include <vector>

namespace xom::load {

// The median in microseconds of `count` records, each appended to a file in `folder` and synced
// (fdatasync). Throws std::runtime_error.
[[nodiscard]] double sync_time_us(const std::filesystem::path& folder, int count = 200);

// The same meanwhile: a record now and then on a thread of its own, beside whatever else is
// written.
class SyncProbe {
 public:
  explicit SyncProbe(std::filesystem::path folder);
  ~SyncProbe();
  SyncProbe(const SyncProbe&) = delete;
  SyncProbe& operator=(const SyncProbe&) = delete;

  // Ends it; 0 if there was no time for any.
  [[nodiscard]] double median_us();

 private:
  void stop();
  std::atomic<bool> stopping_ = false;
  std::vector<double> times_;
  std::thread thread_;
};

}  // namespace xom::load
