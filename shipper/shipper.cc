#include "shipper/shipper.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>

#include "base/log.h"
#include "shipper/glob.h"

namespace narfi::shipper {
namespace {

constexpr int64_t kPollNs = 250 * kMillisecond;  // of files whose folder nobody tells about
constexpr int64_t kWatchedPollNs = kSecond;      // of the others, to be sure
constexpr int64_t kDiscoverPauseNs = 50 * kMillisecond;
constexpr int64_t kHousekeepNs = kSecond;
constexpr int64_t kMostIdleNs = 100 * kMillisecond;  // a quiet file's lines wait no longer
constexpr int64_t kGatherNs = 5 * kMillisecond;  // a busy folder is not looked at for each write
constexpr int64_t kSaveNs =
    250 * kMillisecond;  // positions are written this often while they change
constexpr int64_t kFullWaitNs = 20 * kMillisecond;

Batcher::Options BatchOptions(const std::vector<config::ClientSettings>& clients) {
  Batcher::Options options;
  options.max_wait_ns = kSecond;
  for (size_t i = 0; i < clients.size(); ++i) {
    const auto bytes = static_cast<size_t>(clients[i].batchsize);
    options.max_bytes = i == 0 ? bytes : std::min(options.max_bytes, bytes);
    options.max_wait_ns =
        i == 0 ? clients[i].batchwait_ns : std::min(options.max_wait_ns, clients[i].batchwait_ns);
  }
  options.idle_ns = std::min(options.max_wait_ns / 10, kMostIdleNs);
  return options;
}

LineLimit LimitOf(const config::ShipperLimits& limits) {
  LineLimit limit;
  if (limits.max_line_size > 0) limit.max_bytes = std::min(limits.max_line_size, kMaxLineBytes);
  limit.cut = limits.max_line_size_truncate;
  return limit;
}

}  // namespace

Shipper::Shipper(const config::ShipperSettings& settings, Outlet& outlet, FileSystem& fs,
                 const Clock& clock)
    : settings_(settings),
      outlet_(outlet),
      clock_(clock),
      positions_(fs, settings.positions.filename, settings.positions.ignore_invalid_yaml),
      batcher_(BatchOptions(settings.clients)),
      wake_fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}

Shipper::~Shipper() {
  if (wake_fd_ >= 0) close(wake_fd_);
}

Result<std::unique_ptr<Shipper>> Shipper::Make(const config::ShipperSettings& settings,
                                               Outlet& outlet, FileSystem& fs, const Clock& clock) {
  std::unique_ptr<Shipper> shipper(new Shipper(settings, outlet, fs, clock));
  NARFI_TRY(shipper->Start());
  return shipper;
}

Status Shipper::Start() {
  std::vector<TailTarget> targets;
  for (const config::ScrapeSettings& scrape : settings_.scrape_configs) {
    NARFI_ASSIGN(Pipeline pipeline,
                 MakePipeline(scrape, {&clock_, scrape.job_name, settings_.limits}));
    pipelines_.push_back(std::move(pipeline));
    for (const config::TargetSettings& target : scrape.targets) {
      NARFI_TRY(CheckGlob(target.path));
      NARFI_TRY(CheckGlob(target.path_exclude));
      targets.push_back({scrape.job_name, target.path, target.path_exclude});
      targets_.push_back(target);
      target_pipelines_.push_back(pipelines_.size() - 1);
    }
  }
  std::vector<std::string> warnings;
  NARFI_TRY(positions_.Load(warnings));
  for (const std::string& warning : warnings) Log(LogLevel::kWarn, warning);
  tailer_ = std::make_unique<Tailer>(
      std::move(targets), LimitOf(settings_.limits), clock_,
      [this](TailFile& file, const LineBlock& block) { HandleLines(file, block); });
  tailer_->Recover(positions_.loaded(), positions_.promtail());
  rate_ns_ = clock_.MonotonicNs();
  rate_tokens_ = static_cast<double>(settings_.limits.readline_burst);
  GaugeMetric("promtail_targets_active_total", "Number of active total.")
      .Set(static_cast<double>(targets_.size()));
  return {};
}

int64_t Shipper::Step() {
  const int64_t now_ns = clock_.MonotonicNs();
  TakeAcks();
  LookForFiles(now_ns);
  const bool more = ReadFiles();
  OfferDue(clock_.MonotonicNs(), false);
  if (now_ns - housekept_ns_ >= kHousekeepNs) Housekeep(now_ns);
  if (now_ns - saved_ns_ >= save_pause_ns_) {
    SavePositions(now_ns - seen_saved_ns_ >= settings_.positions.sync_period_ns);
  }
  return WaitNs(clock_.MonotonicNs(), more);
}

void Shipper::TakeAcks() {
  for (const uint64_t number : outlet_.TakeDone()) {
    const auto found = on_the_way_.find(number);
    if (found == on_the_way_.end()) continue;
    for (const auto& [file, ordinal, offset] : found->second.files) {
      file->EndBatch(ordinal, offset);
      if (found->second.held) --file->held_batches;
    }
    on_the_way_.erase(found);
  }
  for (const HeldBatch& held : outlet_.TakeHeld()) AcknowledgeRest(held);
  tailer_->CloseFinished();
}

// Of a batch that is held in part, files with no line in that part are done with.
void Shipper::AcknowledgeRest(const HeldBatch& held) {
  const auto found = on_the_way_.find(held.number);
  if (found == on_the_way_.end() || found->second.held) return;
  OnTheWay& batch = found->second;
  std::set<const TailFile*> waiting;
  for (const size_t stream : held.streams)
    waiting.insert(batch.stream_files[stream].begin(), batch.stream_files[stream].end());
  std::erase_if(batch.files, [&](const Batcher::SealedFile& sealed) {
    if (waiting.count(sealed.file) != 0) return false;
    sealed.file->EndBatch(sealed.ordinal, sealed.offset);
    return true;
  });
  for (const Batcher::SealedFile& sealed : batch.files) ++sealed.file->held_batches;
  batch.held = true;
  batch.stream_files.clear();
}

void Shipper::LookForFiles(int64_t now_ns) {
  const FolderWatch::Changes changes = watch_.Take();
  look_ = look_ || changes.names_changed || changes.lost;
  const bool due = now_ns - discovered_ns_ >= settings_.target_sync_period_ns;
  if (due || (look_ && now_ns - discovered_ns_ >= kDiscoverPauseNs)) Discover(now_ns);
  if (changes.lost || changes.names_changed ||
      now_ns - polled_ns_ >= (watching_ ? kWatchedPollNs : kPollNs)) {
    polled_ns_ = now_ns;
    tailer_->PollAll();
  } else if (!changes.paths.empty()) {
    tailer_->Poll(changes.paths);
  }
  if (now_ns - polled_rotated_ns_ >= kPollNs) {
    polled_rotated_ns_ = now_ns;
    tailer_->PollRotated();
  }
}

void Shipper::Discover(int64_t now_ns) {
  discovered_ns_ = now_ns;
  look_ = false;
  tailer_->Discover();
  watching_ = watch_.Watch(tailer_->folders());
  // In a folder that is watched only now, files may have come between the look and the watch.
  look_ = tailer_->folders() != watched_;
  watched_ = tailer_->folders();
  ready_ = true;
  GaugeMetric("promtail_files_active_total", "Number of active files.")
      .Set(static_cast<double>(tailer_->open_files()));
}

bool Shipper::IsFull() const {
  const uint64_t most = settings_.limits.max_unacked_bytes;
  return batcher_.open_bytes() + outlet_.cost_bytes() >= most || outlet_.held_bytes() / 2 >= most;
}

// What is held counts apart, or a file whose lines the server refuses would stop all others; it
// stops that file first.
MayRead Shipper::Allowed(const TailFile& file) const {
  if (IsFull()) return MayRead::kNothing;
  if (file.held_batches > 0 && outlet_.held_bytes() >= settings_.limits.max_unacked_bytes / 2)
    return MayRead::kOthers;
  const bool in_rate = !settings_.limits.readline_rate_enabled ||
                       settings_.limits.readline_rate_drop || rate_tokens_ >= 1;
  return in_rate ? MayRead::kYes : MayRead::kNothing;
}

bool Shipper::ReadFiles() {
  if (settings_.limits.readline_rate_enabled) {
    const int64_t now_ns = clock_.MonotonicNs();
    rate_tokens_ += static_cast<double>(now_ns - rate_ns_) / 1e9 * settings_.limits.readline_rate;
    rate_tokens_ = std::min(rate_tokens_, static_cast<double>(settings_.limits.readline_burst));
    rate_ns_ = now_ns;
  }
  return tailer_->Read([this](const TailFile& file) {
    // Full batches leave at once, so that what is read may be on its way already.
    OfferDue(clock_.MonotonicNs(), false);
    return Allowed(file);
  });
}

bool Shipper::TakeRate() {
  if (!settings_.limits.readline_rate_enabled) return true;
  if (settings_.limits.readline_rate_drop && rate_tokens_ < 1) return false;
  rate_tokens_ -= 1;
  return true;
}

void Shipper::HandleLines(TailFile& file, const LineBlock& block) {
  const config::TargetSettings& target = targets_[file.target];
  entry_.labels.clear();
  for (const auto& [name, value] : target.labels) entry_.SetLabel(name, value);
  entry_.SetLabel("filename", file.path());
  base_labels_ = entry_.labels;
  const int64_t now_ns = clock_.NowNs();
  uint64_t over_rate = 0;
  for (const std::string_view line : block.lines) {
    if (TakeRate()) {
      HandleLine(file, line, now_ns);
    } else {
      ++over_rate;
    }
  }
  file.MarkDelivered();
  const MetricLabels path = {{"path", file.path()}};
  CounterMetric("promtail_read_bytes_total", "Number of bytes read.", path)
      .Increment(static_cast<double>(block.bytes));
  CounterMetric("promtail_read_lines_total", "Number of lines read.", path)
      .Increment(static_cast<double>(block.lines.size()));
  GaugeMetric("promtail_file_bytes_total", "Number of bytes total.", path)
      .Set(static_cast<double>(file.read_bytes()));
  CountDropped(file, "line_too_long", block.too_long);
  CountDropped(file, "rate_limited", over_rate);
}

void Shipper::CountDropped(const TailFile& file, const std::string& reason, uint64_t lines) {
  if (lines == 0) return;
  CounterMetric("narfi_shipper_dropped_lines_total", "Lines that were dropped or cut.",
                {{"reason", reason}})
      .Increment(static_cast<double>(lines));
  if (!warned_.insert({reason, file.path()}).second) return;
  Log(LogLevel::kWarn, "lines are dropped or cut; from now on they are only counted",
      {{"reason", reason}, {"path", file.path()}, {"lines", lines}});
}

void Shipper::HandleLine(TailFile& file, std::string_view line, int64_t now_ns) {
  // Equal lines must not have equal times, or the server takes them for one.
  file.last_time_ns = std::max(now_ns, file.last_time_ns + 1);
  entry_.time_ns = file.last_time_ns;
  entry_.line = line;
  entry_.labels = base_labels_;
  entry_.extracted.clear();
  entry_.time_is_configured = false;
  if (!RunPipeline(pipelines_[target_pipelines_[file.target]], entry_)) return;
  batcher_.Add(&file, targets_[file.target].tenant_id, entry_, clock_.MonotonicNs());
}

void Shipper::OfferDue(int64_t now_ns, bool all) {
  for (Batcher::Sealed& sealed : batcher_.TakeDue(now_ns, outlet_.idle(), all)) {
    std::shared_ptr<const Batch> batch = std::move(sealed.batch);
    on_the_way_[batch->number] = {std::move(sealed.files), std::move(sealed.stream_files)};
    outlet_.Offer(std::move(batch));
  }
}

void Shipper::Housekeep(int64_t now_ns) {
  housekept_ns_ = now_ns;
  for (const Pipeline& pipeline : pipelines_) {
    for (const auto& stage : pipeline) stage->Report();
  }
}

void Shipper::SavePositions(bool seen_too) {
  const int64_t begun_ns = clock_.MonotonicNs();
  const auto saved = positions_.Save(tailer_->Positions(), seen_too);
  saved_ns_ = clock_.MonotonicNs();
  if (seen_too) seen_saved_ns_ = saved_ns_;
  // A slow disk must not keep us from reading.
  save_pause_ns_ = std::clamp(10 * (saved_ns_ - begun_ns), kSaveNs, kSecond);
  if (!saved && !positions_failed_) {
    Log(LogLevel::kWarn, "positions cannot be written; after a restart lines would come twice",
        {{"error", saved.error().text}});
  }
  positions_failed_ = !saved;
}

void Shipper::StopReading() { OfferDue(clock_.MonotonicNs(), true); }

void Shipper::Settle() {
  TakeAcks();
  SavePositions(true);
  Housekeep(clock_.MonotonicNs());
}

int64_t Shipper::WaitNs(int64_t now_ns, bool more) const {
  if (more) return IsFull() ? kFullWaitNs : 0;
  int64_t until = housekept_ns_ + kHousekeepNs;
  until = std::min({until, polled_rotated_ns_ + kPollNs, saved_ns_ + save_pause_ns_});
  until = std::min(until,
                   discovered_ns_ + (look_ ? kDiscoverPauseNs : settings_.target_sync_period_ns));
  until = std::min(until, batcher_.NextDueNs(outlet_.idle()));
  return until <= now_ns ? 0 : until - now_ns;
}

void Shipper::Wake() {
  const uint64_t one = 1;
  // Only ever fails when it is awake already.
  [[maybe_unused]] const ssize_t wrote = write(wake_fd_, &one, sizeof one);
}

void Shipper::Run(const std::atomic<bool>& stop) {
  while (!stop.load()) {
    const int64_t wait_ns = Step();
    pollfd fds[] = {{wake_fd_, POLLIN, 0}, {watch_.fd(), POLLIN, 0}};
    if (wait_ns > 0) poll(fds, 1, static_cast<int>(kGatherNs / kMillisecond));
    const int64_t rest_ms = (wait_ns - kGatherNs + kMillisecond - 1) / kMillisecond;
    if (rest_ms > 0) poll(fds, watch_.fd() >= 0 ? 2 : 1, static_cast<int>(rest_ms));
    uint64_t woken = 0;
    while (read(wake_fd_, &woken, sizeof woken) > 0) {
    }
  }
}

}  // namespace narfi::shipper
