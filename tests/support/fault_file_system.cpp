#include "tests/support/fault_file_system.h"

#include <algorithm>
#include <cstring>
#include <thread>

#include "tests/support/fault_file_handles.h"

namespace xom::testing {
namespace {

constexpr std::size_t kSector = 512;

struct Path {
  std::string folder;
  std::string name;
};

std::string normal(const std::string& path) {
  std::string result;
  for (const char c : path) {
    if (c != '/' || result.empty() || result.back() != '/') result.push_back(c);
  }
  if (result.size() > 1 && result.back() == '/') result.pop_back();
  return result;
}

Path split(const std::string& path) {
  const std::string clean = normal(path);
  const auto slash = clean.rfind('/');
  if (slash == std::string::npos) return {"", clean};
  return {clean.substr(0, slash), clean.substr(slash + 1)};
}

Status stale_file() { return Status::IOError("a file that was opened before the restart"); }
Status not_found(const std::string& name) {
  return Status::PathNotFound(name, "no such file or folder");
}

}  // namespace

FaultFileSystem::FaultFileSystem(std::uint64_t seed) : random_(seed) {}
FaultFileSystem::~FaultFileSystem() = default;

void FaultFileSystem::crash() {
  const std::lock_guard lock(mutex_);
  cut();
}

void FaultFileSystem::crash_after(std::uint64_t changes) {
  const std::lock_guard lock(mutex_);
  countdown_ = changes;
}

bool FaultFileSystem::crashed() const {
  const std::lock_guard lock(mutex_);
  return crashed_;
}

void FaultFileSystem::restart() {
  const std::lock_guard lock(mutex_);
  if (!crashed_) cut();
  crashed_ = false;
  ++life_;
  locks_.clear();
  now_ = left_;
  synced_ = std::exchange(left_, {});
}

void FaultFileSystem::set_sync_time(std::chrono::microseconds time) {
  const std::lock_guard lock(mutex_);
  sync_time_ = time;
}

void FaultFileSystem::hold_syncs() {
  const std::lock_guard lock(mutex_);
  hold_ = true;
}

void FaultFileSystem::release_syncs() {
  const std::lock_guard lock(mutex_);
  hold_ = false;
  held_changed_.notify_all();
}

std::size_t FaultFileSystem::held_syncs() const {
  const std::lock_guard lock(mutex_);
  return held_;
}

std::size_t FaultFileSystem::log_syncs() const {
  const std::lock_guard lock(mutex_);
  return log_syncs_;
}

void FaultFileSystem::set_room(std::optional<std::uint64_t> bytes) {
  const std::lock_guard lock(mutex_);
  room_ = bytes;
}

void FaultFileSystem::fail_next_sync() {
  const std::lock_guard lock(mutex_);
  fail_next_ = true;
}

Status FaultFileSystem::alive(std::uint64_t life) const {
  return life != life_ ? stale_file() : Status::OK();
}

Status FaultFileSystem::change(std::uint64_t life) {
  if (auto ok = alive(life); !ok.ok()) return ok;
  if (countdown_ > 0 && --countdown_ == 0) cut();
  return Status::OK();
}

void FaultFileSystem::cut() {
  if (crashed_) return;
  crashed_ = true;
  countdown_ = 0;
  hold_ = false;
  held_changed_.notify_all();
  left_.clear();
  for (const auto& [folder, entries] : synced_) {
    Folder& kept = left_[folder];
    for (const auto& [name, inode] : entries) kept[name] = torn(*inode);
  }
}

std::shared_ptr<FaultFileSystem::Inode> FaultFileSystem::torn(const Inode& inode) {
  auto left = std::make_shared<Inode>();
  left->write_ahead_log = inode.write_ahead_log;
  left->data = inode.data.substr(0, inode.synced);
  const std::size_t unsynced = inode.data.size() - inode.synced;
  if (unsynced > 0 && random_() % 2 == 0) {
    // Up to the end of the sector: first what was written, then garbage.
    const std::size_t room = std::min(unsynced, kSector - inode.synced % kSector);
    const std::size_t kept = random_() % (room + 1);
    const std::size_t good = random_() % (kept + 1);
    left->data += inode.data.substr(inode.synced, good);
    for (std::size_t i = good; i < kept; ++i) left->data.push_back(static_cast<char>(random_()));
  }
  left->synced = left->data.size();  // what is on the disk after the cut stays
  return left;
}

Status FaultFileSystem::sync_file(std::unique_lock<std::mutex>& lock, Inode& inode,
                                  std::uint64_t life) {
  const std::size_t covered = inode.data.size();
  if (inode.write_ahead_log && hold_) {
    ++held_;
    held_changed_.wait(lock, [this] { return !hold_; });
    --held_;
  }
  if (inode.write_ahead_log && sync_time_.count() > 0) {
    lock.unlock();
    std::this_thread::sleep_for(sync_time_);
    lock.lock();
  }
  if (auto ok = alive(life); !ok.ok()) return ok;
  if (inode.write_ahead_log && std::exchange(fail_next_, false)) {
    return Status::IOError("injected failure of a sync");
  }
  if (countdown_ == 1 && random_() % 2 == 0) inode.synced = std::max(inode.synced, covered);
  if (auto ok = change(life); !ok.ok()) return ok;
  inode.synced = std::max(inode.synced, covered);
  if (inode.write_ahead_log) ++log_syncs_;
  return Status::OK();
}

std::shared_ptr<FaultFileSystem::Inode> FaultFileSystem::find(const std::string& name) const {
  const Path path = split(name);
  const auto folder = now_.find(path.folder);
  if (folder == now_.end()) return nullptr;
  const auto entry = folder->second.find(path.name);
  return entry == folder->second.end() ? nullptr : entry->second;
}

Status FaultFileSystem::NewSequentialFile(const std::string& name, const Options&,
                                          std::unique_ptr<rocksdb::FSSequentialFile>* result,
                                          Debug*) {
  const std::lock_guard lock(mutex_);
  if (auto ok = alive(life_); !ok.ok()) return ok;
  auto inode = find(name);
  if (!inode) return not_found(name);
  *result = std::make_unique<Reader>(*this, std::move(inode));
  return Status::OK();
}

Status FaultFileSystem::NewRandomAccessFile(const std::string& name, const Options&,
                                            std::unique_ptr<rocksdb::FSRandomAccessFile>* result,
                                            Debug*) {
  const std::lock_guard lock(mutex_);
  if (auto ok = alive(life_); !ok.ok()) return ok;
  auto inode = find(name);
  if (!inode) return not_found(name);
  *result = std::make_unique<RandomReader>(*this, std::move(inode));
  return Status::OK();
}

Status FaultFileSystem::open_writer(const std::string& name, const Options& options, bool keep,
                                    std::unique_ptr<rocksdb::FSWritableFile>* result) {
  const std::lock_guard lock(mutex_);
  const Path path = split(name);
  const auto folder = now_.find(path.folder);
  if (folder == now_.end()) return not_found(path.folder);
  auto inode = keep ? find(name) : nullptr;
  if (!inode) {
    if (auto ok = change(life_); !ok.ok()) return ok;
    inode = std::make_shared<Inode>();
    inode->write_ahead_log = path.name.ends_with(".log");
    folder->second[path.name] = inode;
  }
  if (auto ok = alive(life_); !ok.ok()) return ok;
  *result = std::make_unique<Writer>(*this, std::move(inode), options);
  return Status::OK();
}

Status FaultFileSystem::NewWritableFile(const std::string& name, const Options& options,
                                        std::unique_ptr<rocksdb::FSWritableFile>* result, Debug*) {
  return open_writer(name, options, false, result);
}

Status FaultFileSystem::ReopenWritableFile(const std::string& name, const Options& options,
                                           std::unique_ptr<rocksdb::FSWritableFile>* result,
                                           Debug*) {
  return open_writer(name, options, true, result);
}

Status FaultFileSystem::NewDirectory(const std::string& name, const IO&,
                                     std::unique_ptr<rocksdb::FSDirectory>* result, Debug*) {
  const std::lock_guard lock(mutex_);
  if (auto ok = alive(life_); !ok.ok()) return ok;
  const std::string folder = normal(name);
  if (!now_.contains(folder)) return not_found(name);
  *result = std::make_unique<Directory>(*this, folder);
  return Status::OK();
}

Status FaultFileSystem::FileExists(const std::string& name, const IO&, Debug*) {
  const std::lock_guard lock(mutex_);
  if (auto ok = alive(life_); !ok.ok()) return ok;
  if (find(name) || now_.contains(normal(name))) return Status::OK();
  return Status::NotFound(name);
}

Status FaultFileSystem::GetChildren(const std::string& folder, const IO&,
                                    std::vector<std::string>* result, Debug*) {
  const std::lock_guard lock(mutex_);
  if (auto ok = alive(life_); !ok.ok()) return ok;
  const auto found = now_.find(normal(folder));
  if (found == now_.end()) return Status::NotFound(folder);
  result->clear();
  for (const auto& [name, inode] : found->second) result->push_back(name);
  return Status::OK();
}

Status FaultFileSystem::DeleteFile(const std::string& name, const IO&, Debug*) {
  const std::lock_guard lock(mutex_);
  if (auto ok = change(life_); !ok.ok()) return ok;
  if (!find(name)) return not_found(name);
  const Path path = split(name);
  now_[path.folder].erase(path.name);
  return Status::OK();
}

// Folders are made before a store is opened, and synced then: they survive at once.
Status FaultFileSystem::CreateDir(const std::string& name, const IO& options, Debug* debug) {
  return CreateDirIfMissing(name, options, debug);
}

Status FaultFileSystem::CreateDirIfMissing(const std::string& name, const IO&, Debug*) {
  const std::lock_guard lock(mutex_);
  if (auto ok = alive(life_); !ok.ok()) return ok;
  now_.try_emplace(normal(name));
  synced_.try_emplace(normal(name));
  return Status::OK();
}

Status FaultFileSystem::DeleteDir(const std::string& name, const IO&, Debug*) {
  const std::lock_guard lock(mutex_);
  if (auto ok = alive(life_); !ok.ok()) return ok;
  now_.erase(normal(name));
  return Status::OK();
}

Status FaultFileSystem::GetFileSize(const std::string& name, const IO&, std::uint64_t* size,
                                    Debug*) {
  const std::lock_guard lock(mutex_);
  if (auto ok = alive(life_); !ok.ok()) return ok;
  const auto inode = find(name);
  if (!inode) return not_found(name);
  *size = inode->data.size();
  return Status::OK();
}

Status FaultFileSystem::GetFileModificationTime(const std::string& name, const IO&,
                                                std::uint64_t* time, Debug*) {
  const std::lock_guard lock(mutex_);
  if (!find(name)) return not_found(name);
  *time = 1;
  return Status::OK();
}

Status FaultFileSystem::RenameFile(const std::string& from, const std::string& to, const IO&,
                                   Debug*) {
  const std::lock_guard lock(mutex_);
  if (auto ok = change(life_); !ok.ok()) return ok;
  auto inode = find(from);
  if (!inode) return not_found(from);
  const Path source = split(from);
  const Path target = split(to);
  now_[source.folder].erase(source.name);
  inode->write_ahead_log = target.name.ends_with(".log");
  now_[target.folder][target.name] = std::move(inode);
  return Status::OK();
}

Status FaultFileSystem::LockFile(const std::string& name, const IO&, rocksdb::FileLock** lock,
                                 Debug*) {
  const std::lock_guard guard(mutex_);
  *lock = nullptr;
  if (auto ok = alive(life_); !ok.ok()) return ok;
  if (!locks_.insert(normal(name)).second) return Status::IOError("While lock file", name);
  auto held = std::make_unique<Lock>();
  held->name = normal(name);
  *lock = held.release();
  return Status::OK();
}

Status FaultFileSystem::UnlockFile(rocksdb::FileLock* lock, const IO&, Debug*) {
  const std::lock_guard guard(mutex_);
  const std::unique_ptr<Lock> held(static_cast<Lock*>(lock));
  locks_.erase(held->name);
  return Status::OK();
}

Status FaultFileSystem::GetTestDirectory(const IO&, std::string* path, Debug*) {
  *path = "/test";
  return Status::OK();
}

Status FaultFileSystem::GetAbsolutePath(const std::string& path, const IO&, std::string* result,
                                        Debug*) {
  *result = normal(path);
  return Status::OK();
}

Status FaultFileSystem::IsDirectory(const std::string& name, const IO&, bool* result, Debug*) {
  const std::lock_guard lock(mutex_);
  if (auto ok = alive(life_); !ok.ok()) return ok;
  *result = now_.contains(normal(name));
  return *result || find(name) ? Status::OK() : Status::NotFound(name);
}

}  // namespace xom::testing
