#include "storage/log_store.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <deque>
#include <span>
#include <variant>

#include "protocol/trust/entry_header.h"
#include "storage/completion.h"
#include "storage/group_plan.h"
#include "storage/keys.h"
#include "storage/limits.h"

namespace xom::storage {
namespace {

struct Verbatim {
  LogId log;
  std::vector<LogEntry> entries;
  VerbatimExtras extras;
};

struct Trim {
  LogId log;
  Seq up_to;
};

// Of an append the first, of the others the second.
struct Outcome {
  std::vector<Appended> appended;
  LogState state;
};

using Work = std::variant<AppendOperation, Verbatim, Trim>;

struct Job {
  Work work;
  std::size_t bytes = 0;
  Completion<Result<Outcome>> done;

  [[nodiscard]] bool patient() const {
    const auto* operation = std::get_if<AppendOperation>(&work);
    return operation != nullptr && operation->patient;
  }
};

std::size_t size_of(const AppendOperation& operation) {
  std::size_t size = 0;
  for (const auto& part : operation.parts) size += part.entry.payload.size();
  for (const auto& [key, value] : operation.puts) size += key.size() + value.size();
  return size;
}

std::size_t size_of(const std::vector<LogEntry>& entries) {
  std::size_t size = 0;
  for (const auto& entry : entries) size += entry.header.size() + entry.payload.size();
  return size;
}

}  // namespace

// Kept alive by its own flusher, which may be waiting for the engine when the store is destroyed.
class LogStore::Impl : public std::enable_shared_from_this<LogStore::Impl> {
 public:
  Impl(Engine& engine, HeaderSigner& signer, std::chrono::milliseconds patience)
      : engine_(engine), signer_(signer), patience_(patience) {}

  AppendListener* listener = nullptr;

  Awaitable<Result<Outcome>> submit(Work work, std::size_t bytes);
  Awaitable<Result<HeadRecord>> head(LogId log);
  Awaitable<void> close();
  Engine& engine() { return engine_; }

 private:
  Awaitable<void> run(std::shared_ptr<Impl> self);
  Awaitable<void> wait_for_others();
  bool can_wait() const {
    return urgent_ == 0 && queue_.size() < limits::kGroupAtOnce && !closing_;
  }
  std::vector<Job> take_group();
  Awaitable<void> flush(std::vector<Job> jobs);
  Awaitable<bool> attempt(std::span<Job> jobs);
  Awaitable<Result<Outcome>> plan_job(GroupPlan& plan, const Work& work);
  void finished();

  Engine& engine_;
  HeaderSigner& signer_;
  HeadCache heads_{limits::kCachedHeads};
  std::deque<Job> queue_;
  std::size_t queued_bytes_ = 0;
  std::size_t urgent_ = 0;  // in the queue
  const std::chrono::milliseconds patience_;
  std::chrono::steady_clock::time_point began_ =
      std::chrono::steady_clock::time_point::min();  // the last group
  boost::asio::steady_timer* waiting_ = nullptr;     // for others to join the next group
  bool running_ = false;
  bool closing_ = false;
  std::vector<Completion<bool>> closers_;
};

Awaitable<Result<Outcome>> LogStore::Impl::submit(Work work, std::size_t bytes) {
  if (closing_) co_return fail(ErrorCode::kUnavailable, "the node is stopping");
  if (bytes > limits::kOperationBytes) {
    co_return fail(ErrorCode::kTooLarge, "an operation has too many bytes");
  }
  if (queue_.size() >= limits::kQueueOperations || queued_bytes_ + bytes > limits::kQueueBytes) {
    co_return fail(ErrorCode::kUnavailable, "too many appends wait for the disk");
  }
  const auto executor = co_await boost::asio::this_coro::executor;
  auto enqueue = [this, executor, bytes,
                  work = std::move(work)](Completion<Result<Outcome>> done) mutable {
    queue_.push_back(Job{std::move(work), bytes, std::move(done)});
    queued_bytes_ += bytes;
    if (!queue_.back().patient()) ++urgent_;
    if (waiting_ != nullptr && !can_wait()) waiting_->cancel();
    if (running_) return;
    running_ = true;
    // Not detached: close() waits for it. An exception is a bug and goes to whoever runs the
    // executor.
    boost::asio::co_spawn(executor, run(shared_from_this()), [](std::exception_ptr error) {
      if (error) std::rethrow_exception(error);
    });
  };
  auto waiting = suspend_until<Result<Outcome>>(std::move(enqueue));
  co_return co_await std::move(waiting);
}

Awaitable<void> LogStore::Impl::run(std::shared_ptr<Impl> self) {
  // Whatever else is ready to append in this turn of the executor belongs to the first group.
  co_await boost::asio::post(boost::asio::use_awaitable);
  while (!self->queue_.empty()) {
    if (self->can_wait()) co_await self->wait_for_others();
    self->began_ = std::chrono::steady_clock::now();
    std::vector<Job> group = self->take_group();
    co_await self->flush(std::move(group));
  }
  self->finished();
}

Awaitable<void> LogStore::Impl::wait_for_others() {
  const auto executor = co_await boost::asio::this_coro::executor;
  boost::asio::steady_timer timer(executor);
  waiting_ = &timer;
  const auto until = began_ + patience_;
  while (can_wait() && std::chrono::steady_clock::now() < until) {
    timer.expires_at(until);
    boost::system::error_code ended;
    co_await timer.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ended));
  }
  waiting_ = nullptr;
}

void LogStore::Impl::finished() {
  running_ = false;
  for (auto& closer : std::exchange(closers_, {})) closer(true);
}

// A trim scans what the engine holds, so it is alone in its group.
std::vector<Job> LogStore::Impl::take_group() {
  std::vector<Job> group;
  std::size_t bytes = 0;
  while (!queue_.empty() && group.size() < limits::kGroupOperations) {
    Job& job = queue_.front();
    const bool alone = std::holds_alternative<Trim>(job.work);
    if (!group.empty() && (alone || bytes + job.bytes > limits::kGroupBytes)) break;
    bytes += job.bytes;
    queued_bytes_ -= job.bytes;
    if (!job.patient()) --urgent_;
    group.push_back(std::move(job));
    queue_.pop_front();
    if (alone) break;
  }
  return group;
}

Awaitable<void> LogStore::Impl::flush(std::vector<Job> jobs) {
  const std::span<Job> all(jobs);
  if (co_await attempt(all)) co_return;
  // Somebody else wrote in between. Alone, each finds out whether that concerns it.
  for (Job& job : jobs) {
    const std::span<Job> one(&job, 1);
    bool answered = false;
    for (int tries = 1; tries < limits::kRaceAttempts && !answered; ++tries) {
      answered = co_await attempt(one);
    }
    if (!answered) job.done(fail(ErrorCode::kConflict, "too many races were lost"));
  }
}

// Plans, commits, tells the listener, answers. False: a race was lost, nothing was written or
// answered.
Awaitable<bool> LogStore::Impl::attempt(std::span<Job> jobs) {
  GroupPlan plan(engine_, heads_, signer_);
  std::vector<Result<Outcome>> outcomes;
  outcomes.reserve(jobs.size());
  for (const Job& job : jobs) {
    auto outcome = co_await plan_job(plan, job.work);
    outcomes.push_back(std::move(outcome));
  }
  if (!plan.empty()) {
    Batch batch = plan.batch();
    const auto written = co_await engine_.commit(std::move(batch));
    if (!written) {
      heads_.clear();
      if (written.error().code == ErrorCode::kConflict) co_return false;
      // A refusal may rest on an append of this group that was not stored, so it is no answer
      // either.
      for (Job& job : jobs) {
        job.done(fail(ErrorCode::kUnavailable, "storing failed: " + written.error().message));
      }
      co_return true;
    }
    plan.committed();
    if (listener != nullptr) {
      for (const auto& [log, entry] : plan.appended()) listener->appended(log, entry);
    }
  }
  for (std::size_t i = 0; i < jobs.size(); ++i) jobs[i].done(std::move(outcomes[i]));
  co_return true;
}

Awaitable<Result<Outcome>> LogStore::Impl::plan_job(GroupPlan& plan, const Work& work) {
  Outcome outcome;
  if (const auto* operation = std::get_if<AppendOperation>(&work)) {
    auto appended = co_await plan.add(*operation);
    if (!appended) co_return std::unexpected(appended.error());
    outcome.appended = std::move(*appended);
  } else if (const auto* verbatim = std::get_if<Verbatim>(&work)) {
    const auto state =
        co_await plan.add_verbatim(verbatim->log, verbatim->entries, verbatim->extras);
    if (!state) co_return std::unexpected(state.error());
    outcome.state = *state;
  } else {
    const Trim& trim = std::get<Trim>(work);
    const auto state = co_await plan.add_trim(trim.log, trim.up_to);
    if (!state) co_return std::unexpected(state.error());
    outcome.state = *state;
  }
  co_return outcome;
}

// Does not fill the cache: only the flusher knows that what it read is not being replaced
// meanwhile.
Awaitable<Result<HeadRecord>> LogStore::Impl::head(LogId log) {
  if (const StoredHead* cached = heads_.find(log)) co_return cached->head;
  std::string key = keys::head(log);
  const auto value = co_await engine_.get(std::move(key));
  if (!value) co_return std::unexpected(value.error());
  if (!*value) co_return HeadRecord();
  co_return decode_head(**value);
}

Awaitable<void> LogStore::Impl::close() {
  closing_ = true;
  if (!running_) co_return;
  if (waiting_ != nullptr) waiting_->cancel();
  auto remember = [this](Completion<bool> done) { closers_.push_back(std::move(done)); };
  auto waiting = suspend_until<bool>(std::move(remember));
  co_await std::move(waiting);
}

LogStore::LogStore(Engine& engine, HeaderSigner& signer, std::chrono::milliseconds patience)
    : impl_(std::make_shared<Impl>(engine, signer, patience)) {}

LogStore::~LogStore() { impl_->listener = nullptr; }

void LogStore::set_listener(AppendListener* listener) { impl_->listener = listener; }

Awaitable<Result<std::vector<Appended>>> LogStore::append(AppendOperation operation) {
  const std::size_t bytes = size_of(operation);
  Work work = std::move(operation);
  auto outcome = co_await impl_->submit(std::move(work), bytes);
  if (!outcome) co_return std::unexpected(outcome.error());
  co_return std::move(outcome->appended);
}

Awaitable<Result<LogState>> LogStore::append_verbatim(LogId log, std::vector<LogEntry> entries,
                                                      VerbatimExtras extras) {
  std::size_t bytes = size_of(entries);
  for (const auto& [key, value] : extras.puts) bytes += key.size() + value.size();
  Work work = Verbatim{log, std::move(entries), std::move(extras)};
  const auto outcome = co_await impl_->submit(std::move(work), bytes);
  if (!outcome) co_return std::unexpected(outcome.error());
  co_return outcome->state;
}

Awaitable<Result<std::vector<LogEntry>>> LogStore::read(LogId log, Seq after, std::size_t limit,
                                                        std::size_t max_bytes) {
  const auto head = co_await impl_->head(log);
  if (!head) co_return std::unexpected(head.error());
  const LogState& state = head->state;
  if (after > state.head.seq) {
    co_return fail(ErrorCode::kRewound, "the log ends before that number", raw(state.head.seq));
  }
  std::vector<LogEntry> entries;
  if (after == state.head.seq || limit == 0) co_return entries;
  std::string begin = keys::entry(log, next(after));
  std::string end = keys::entries_end(log);
  const auto items =
      co_await impl_->engine().scan(std::move(begin), std::move(end), limit, max_bytes);
  if (!items) co_return std::unexpected(items.error());
  const Seq first =
      items->empty() ? next(state.head.seq) : keys::seq_of_entry_key(items->front().key);
  // Also where a trim is just becoming durable.
  if (first != next(after)) {
    co_return fail(ErrorCode::kTrimmed, "the entries were trimmed", raw(first));
  }
  for (const KeyValue& item : *items) {
    const Seq seq = keys::seq_of_entry_key(item.key);
    if (raw(seq) != raw(after) + entries.size() + 1) {
      co_return fail(ErrorCode::kInternal, "an entry of a log is missing", raw(seq));
    }
    auto entry = decode_entry(seq, item.value);
    if (!entry) co_return std::unexpected(entry.error());
    entries.push_back(std::move(*entry));
  }
  co_return entries;
}

Awaitable<Result<LogState>> LogStore::state(LogId log) {
  const auto head = co_await impl_->head(log);
  if (!head) co_return std::unexpected(head.error());
  co_return head->state;
}

Awaitable<Result<std::vector<HeldLog>>> LogStore::logs(std::optional<LogId> after,
                                                       std::size_t limit) {
  std::string begin(keys::kHeads);
  if (after) begin = keys::head(*after).append(1, '\0');
  std::string end(keys::kHeadsEnd);
  const auto items =
      co_await impl_->engine().scan(std::move(begin), std::move(end), limit, SIZE_MAX);
  if (!items) co_return std::unexpected(items.error());
  std::vector<HeldLog> logs;
  logs.reserve(items->size());
  for (const KeyValue& item : *items) {
    const auto log = LogId::from(view_of(item.key).last(LogId::kSize));
    if (!log) co_return std::unexpected(log.error());
    const auto head = decode_head(item.value);
    if (!head) co_return std::unexpected(head.error());
    logs.push_back(HeldLog{*log, head->state, head->bytes});
  }
  co_return logs;
}

Awaitable<Result<void>> LogStore::check_cursor(LogId log, Cursor cursor) {
  const auto head = co_await impl_->head(log);
  if (!head) co_return std::unexpected(head.error());
  const Cursor& last = head->state.head;
  if (cursor.seq > last.seq) {
    co_return fail(ErrorCode::kRewound, "the log ends before the cursor", raw(last.seq));
  }
  if (raw(cursor.seq) == 0) co_return Result<void>();
  Hash hash = last.hash;
  if (cursor.seq != last.seq) {
    std::string key = keys::entry(log, cursor.seq);
    const auto value = co_await impl_->engine().get(std::move(key));
    if (!value) co_return std::unexpected(value.error());
    if (!*value) co_return Result<void>();  // trimmed
    const auto entry = decode_entry(cursor.seq, **value);
    if (!entry) co_return std::unexpected(entry.error());
    const auto found = trust::header_hash(entry->header);
    if (!found) co_return std::unexpected(found.error());
    hash = *found;
  }
  if (hash != cursor.hash) {
    co_return fail(ErrorCode::kForked, "another entry stands at the cursor", raw(cursor.seq));
  }
  co_return Result<void>();
}

Awaitable<Result<EntryId>> LogStore::last_entry_id(LogId log, DeviceKey writer) {
  std::string key = keys::writer(log, writer);
  const auto value = co_await impl_->engine().get(std::move(key));
  if (!value) co_return std::unexpected(value.error());
  if (!*value) co_return EntryId{0};
  const auto record = decode_writer(**value);
  if (!record) co_return std::unexpected(record.error());
  co_return record->last;
}

Awaitable<Result<void>> LogStore::trim(LogId log, Seq up_to) {
  for (;;) {
    Work work = Trim{log, up_to};
    const auto outcome = co_await impl_->submit(std::move(work), 0);
    if (!outcome) co_return std::unexpected(outcome.error());
    const LogState& state = outcome->state;
    if (state.first > up_to || state.first > state.head.seq) co_return Result<void>();
  }
}

Awaitable<void> LogStore::close() { return impl_->close(); }

}  // namespace xom::storage
