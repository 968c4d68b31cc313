#include "tools/load/sync_time.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <string>

namespace xom::load {

namespace {

constexpr std::chrono::milliseconds kNowAndThen{20};

// A file that has no name any more: it is gone when the process is.
class Records {
 public:
  explicit Records(const std::filesystem::path& folder) {
    std::string path = (folder / "xom-load-sync-XXXXXX").string();
    file_ = ::mkostemp(path.data(), O_CLOEXEC);
    if (file_ < 0) throw std::runtime_error("cannot write into " + folder.string());
    ::unlink(path.c_str());
  }
  ~Records() { ::close(file_); }
  Records(const Records&) = delete;
  Records& operator=(const Records&) = delete;

  double write_one() {
    const std::string record(256, 'x');
    const auto begin = std::chrono::steady_clock::now();
    if (::write(file_, record.data(), record.size()) < 0 || ::fdatasync(file_) != 0)
      throw std::runtime_error("a small file cannot be synced");
    return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin)
        .count();
  }

 private:
  int file_;
};

double median(std::vector<double>& times) {
  if (times.empty()) return 0;
  const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
  std::ranges::nth_element(times, middle);
  return *middle;
}

}  // namespace

double sync_time_us(const std::filesystem::path& folder, int count) {
  Records records(folder);
  std::vector<double> times;
  for (int i = 0; i < count; ++i) times.push_back(records.write_one());
  return median(times);
}

SyncProbe::SyncProbe(std::filesystem::path folder)
    : thread_([this, records = std::make_shared<Records>(folder)] {
        while (!stopping_) {
          times_.push_back(records->write_one());
          std::this_thread::sleep_for(kNowAndThen);
        }
      }) {}

SyncProbe::~SyncProbe() { stop(); }

void SyncProbe::stop() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
}

double SyncProbe::median_us() {
  stop();
  return median(times_);
}

}  // namespace xom::load
