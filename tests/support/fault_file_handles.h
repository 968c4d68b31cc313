// Open files of a FaultFileSystem; included by its source only.
#pragma once

#include <algorithm>
#include <cstring>
#include <memory>
#include <mutex>
#include <string>

#include "tests/support/fault_file_system.h"

namespace xom::testing {

using Status = rocksdb::IOStatus;
using rocksdb::Slice;

class FaultFileSystem::Reader final : public rocksdb::FSSequentialFile {
 public:
  Reader(FaultFileSystem& fs, std::shared_ptr<Inode> inode)
      : fs_(fs), inode_(std::move(inode)), life_(fs.life_) {}
  Status Read(std::size_t n, const IO&, Slice* result, char* scratch, Debug*) override {
    const std::lock_guard lock(fs_.mutex_);
    if (auto ok = fs_.alive(life_); !ok.ok()) return ok;
    const std::size_t count = std::min(n, inode_->data.size() - position_);
    std::memcpy(scratch, inode_->data.data() + position_, count);
    position_ += count;
    *result = Slice(scratch, count);
    return Status::OK();
  }
  Status Skip(std::uint64_t n) override {
    const std::lock_guard lock(fs_.mutex_);
    position_ = std::min<std::size_t>(inode_->data.size(), position_ + n);
    return Status::OK();
  }

 private:
  FaultFileSystem& fs_;
  std::shared_ptr<Inode> inode_;
  std::uint64_t life_;
  std::size_t position_ = 0;
};

class FaultFileSystem::RandomReader final : public rocksdb::FSRandomAccessFile {
 public:
  RandomReader(FaultFileSystem& fs, std::shared_ptr<Inode> inode)
      : fs_(fs), inode_(std::move(inode)), life_(fs.life_) {}
  Status Read(std::uint64_t offset, std::size_t n, const IO&, Slice* result, char* scratch,
              Debug*) const override {
    const std::lock_guard lock(fs_.mutex_);
    if (auto ok = fs_.alive(life_); !ok.ok()) return ok;
    const std::size_t from = std::min<std::size_t>(offset, inode_->data.size());
    const std::size_t count = std::min(n, inode_->data.size() - from);
    std::memcpy(scratch, inode_->data.data() + from, count);
    *result = Slice(scratch, count);
    return Status::OK();
  }

 private:
  FaultFileSystem& fs_;
  std::shared_ptr<Inode> inode_;
  std::uint64_t life_;
};

class FaultFileSystem::Writer final : public rocksdb::FSWritableFile {
 public:
  Writer(FaultFileSystem& fs, std::shared_ptr<Inode> inode, const Options& options)
      : FSWritableFile(options), fs_(fs), inode_(std::move(inode)), life_(fs.life_) {}
  using FSWritableFile::Append;
  Status Append(const Slice& data, const IO&, Debug*) override {
    const std::lock_guard lock(fs_.mutex_);
    if (auto ok = fs_.alive(life_); !ok.ok()) return ok;
    const std::size_t fits = std::min<std::uint64_t>(data.size(), fs_.room_.value_or(data.size()));
    if (fs_.room_) *fs_.room_ -= fits;
    // Before the cut: a part of it may have reached the disk.
    inode_->data.append(data.data(), fits);
    auto written = fs_.change(life_);
    if (fits == data.size() || !written.ok()) return written;
    written = Status::NoSpace("no space left on device");
    written.SetRetryable(true);  // as RocksDB's own file system says
    return written;
  }
  Status Truncate(std::uint64_t size, const IO&, Debug*) override {
    const std::lock_guard lock(fs_.mutex_);
    if (auto ok = fs_.change(life_); !ok.ok()) return ok;
    inode_->data.resize(size);
    inode_->synced = std::min<std::size_t>(inode_->synced, size);
    return Status::OK();
  }
  Status Close(const IO&, Debug*) override {
    const std::lock_guard lock(fs_.mutex_);
    return fs_.alive(life_);
  }
  Status Flush(const IO&, Debug*) override {
    const std::lock_guard lock(fs_.mutex_);
    return fs_.alive(life_);
  }
  Status Sync(const IO&, Debug*) override {
    std::unique_lock lock(fs_.mutex_);
    return fs_.sync_file(lock, *inode_, life_);
  }
  std::uint64_t GetFileSize(const IO&, Debug*) override {
    const std::lock_guard lock(fs_.mutex_);
    return inode_->data.size();
  }

 private:
  FaultFileSystem& fs_;
  std::shared_ptr<Inode> inode_;
  std::uint64_t life_;
};

class FaultFileSystem::Directory final : public rocksdb::FSDirectory {
 public:
  Directory(FaultFileSystem& fs, std::string folder)
      : fs_(fs), folder_(std::move(folder)), life_(fs.life_) {}
  Status Fsync(const IO&, Debug*) override {
    const std::lock_guard lock(fs_.mutex_);
    if (auto ok = fs_.change(life_); !ok.ok()) return ok;
    fs_.synced_[folder_] = fs_.now_[folder_];
    return Status::OK();
  }
  Status Close(const IO&, Debug*) override { return Status::OK(); }

 private:
  FaultFileSystem& fs_;
  std::string folder_;
  std::uint64_t life_;
};

struct FaultFileSystem::Lock final : rocksdb::FileLock {
  std::string name;
};

}  // namespace xom::testing
