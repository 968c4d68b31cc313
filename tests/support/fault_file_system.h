// A file system for RocksDB, in memory, that loses on a power cut what no completed sync covers:
// bytes of files, and directory entries that were made, renamed or deleted.
#pragma once

#include <rocksdb/file_system.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <string>

namespace xom::testing {

// Thread-safe. A cut freezes what the disk holds; a power loss is not an I/O error, so whatever
// still runs goes on as on a real machine in its last instant, without any effect on what restart()
// brings back.
class FaultFileSystem final : public rocksdb::FileSystem {
 public:
  explicit FaultFileSystem(std::uint64_t seed);
  ~FaultFileSystem() override;

  // Cuts the power now. Of a file that was being appended to, a part of the next sector may have
  // reached the disk, its end torn (garbage): chosen by the seed.
  void crash();
  // Cuts it at the n-th change from now (append, sync, create, rename, delete). A sync that is hit
  // may or may not have reached the disk.
  void crash_after(std::uint64_t changes);
  [[nodiscard]] bool crashed() const;
  // Power is back. Only after everything that had files open is gone.
  void restart();
  // How long the sync of a write-ahead log takes, as on a real disk; at first nothing.
  void set_sync_time(std::chrono::microseconds time);

  // Syncs of write-ahead logs block until release.
  void hold_syncs();
  void release_syncs();
  [[nodiscard]] std::size_t held_syncs() const;
  // Syncs of write-ahead logs that were completed.
  [[nodiscard]] std::size_t log_syncs() const;
  // From now on so many bytes can be appended to files, then there is no space; nullopt: no limit.
  // Of an append that does not fit, the part that does is written.
  void set_room(std::optional<std::uint64_t> bytes);
  // The next sync of a write-ahead log fails.
  void fail_next_sync();

  const char* Name() const override { return "FaultFileSystem"; }
  using Options = rocksdb::FileOptions;
  using IO = rocksdb::IOOptions;
  using Debug = rocksdb::IODebugContext;
  using Status = rocksdb::IOStatus;
  Status NewSequentialFile(const std::string& name, const Options&,
                           std::unique_ptr<rocksdb::FSSequentialFile>* result, Debug*) override;
  Status NewRandomAccessFile(const std::string& name, const Options&,
                             std::unique_ptr<rocksdb::FSRandomAccessFile>* result, Debug*) override;
  Status NewWritableFile(const std::string& name, const Options& options,
                         std::unique_ptr<rocksdb::FSWritableFile>* result, Debug*) override;
  Status ReopenWritableFile(const std::string& name, const Options& options,
                            std::unique_ptr<rocksdb::FSWritableFile>* result, Debug*) override;
  Status NewDirectory(const std::string& name, const IO&,
                      std::unique_ptr<rocksdb::FSDirectory>* result, Debug*) override;
  Status FileExists(const std::string& name, const IO&, Debug*) override;
  Status GetChildren(const std::string& folder, const IO&, std::vector<std::string>* result,
                     Debug*) override;
  Status DeleteFile(const std::string& name, const IO&, Debug*) override;
  Status CreateDir(const std::string& name, const IO&, Debug*) override;
  Status CreateDirIfMissing(const std::string& name, const IO&, Debug*) override;
  Status DeleteDir(const std::string& name, const IO&, Debug*) override;
  Status GetFileSize(const std::string& name, const IO&, std::uint64_t* size, Debug*) override;
  Status GetFileModificationTime(const std::string& name, const IO&, std::uint64_t* time,
                                 Debug*) override;
  Status RenameFile(const std::string& from, const std::string& to, const IO&, Debug*) override;
  Status LockFile(const std::string& name, const IO&, rocksdb::FileLock** lock, Debug*) override;
  Status UnlockFile(rocksdb::FileLock* lock, const IO&, Debug*) override;
  Status GetTestDirectory(const IO&, std::string* path, Debug*) override;
  Status GetAbsolutePath(const std::string& path, const IO&, std::string* result, Debug*) override;
  Status IsDirectory(const std::string& name, const IO&, bool* result, Debug*) override;

 private:
  struct Inode {
    std::string data;
    std::size_t synced = 0;  // a prefix: files are only appended to
    bool write_ahead_log = false;
  };
  using Folder = std::map<std::string, std::shared_ptr<Inode>>;
  using Folders = std::map<std::string, Folder>;
  class Reader;
  class RandomReader;
  class Writer;
  class Directory;
  struct Lock;

  // All with the mutex held.
  [[nodiscard]] Status alive(std::uint64_t life) const;  // not ok for files of before
  [[nodiscard]] Status change(
      std::uint64_t life);  // counts a change: the power may be cut before it
  void cut();
  [[nodiscard]] std::shared_ptr<Inode> torn(const Inode& inode);
  [[nodiscard]] std::shared_ptr<Inode> find(const std::string& name) const;
  [[nodiscard]] Status open_writer(const std::string& name, const Options& options, bool keep,
                                   std::unique_ptr<rocksdb::FSWritableFile>* result);
  [[nodiscard]] Status sync_file(std::unique_lock<std::mutex>& lock, Inode& inode,
                                 std::uint64_t life);

  mutable std::mutex mutex_;
  std::condition_variable held_changed_;
  std::mt19937_64 random_;
  Folders now_;     // what programs see
  Folders synced_;  // what a cut would leave (the bytes: Inode::synced)
  Folders left_;    // what the last cut left
  std::set<std::string> locks_;
  std::uint64_t life_ = 1;  // grows with each restart
  std::chrono::microseconds sync_time_{0};
  std::uint64_t countdown_ = 0;  // 0: not armed
  std::optional<std::uint64_t> room_;
  bool crashed_ = false;
  bool hold_ = false;
  bool fail_next_ = false;
  std::size_t held_ = 0;
  std::size_t log_syncs_ = 0;
};

}  // namespace xom::testing
