// The reading half of narfi-shipper: files -> stages -> batches -> outlet, and positions.
//
// Everything happens in Step(), so tests need neither threads nor time: a ManualClock and an Outlet
// of their own do. Run() calls Step() whenever there is reason to.
//
// Threads: Step() and Run() on one thread; Wake() and ready() from any.
// Limits:  max_unacked_bytes of lines in batches; over it nothing is read until some are
//          acknowledged. Lines that a server refuses for now are not among them: at half of
//          max_unacked_bytes of those their files are read no further, at twice no file is.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/metrics.h"
#include "config/shipper_settings.h"
#include "shipper/batch.h"
#include "shipper/delivery.h"
#include "shipper/folder_watch.h"
#include "shipper/positions.h"
#include "shipper/stage.h"
#include "shipper/tailer.h"

namespace narfi::shipper {

class Shipper {
 public:
  // `outlet`, `fs` and `clock` outlive the shipper.
  static Result<std::unique_ptr<Shipper>> Make(const config::ShipperSettings& settings,
                                               Outlet& outlet, FileSystem& fs, const Clock& clock);
  ~Shipper();

  // Does what is to be done now, and says in how many ns there will be more at the latest.
  int64_t Step();
  // Steps until `stop`. Wake() ends a wait early.
  void Run(const std::atomic<bool>& stop);
  void Wake();
  // Seals what was read; nothing is read from now on.
  void StopReading();
  // Takes acknowledgements and writes positions.
  void Settle();
  // True once the first look for files is over.
  bool ready() const { return ready_.load(); }

 private:
  Shipper(const config::ShipperSettings& settings, Outlet& outlet, FileSystem& fs,
          const Clock& clock);
  Status Start();
  void TakeAcks();
  void AcknowledgeRest(const HeldBatch& held);
  void LookForFiles(int64_t now_ns);
  void Discover(int64_t now_ns);
  bool ReadFiles();
  bool IsFull() const;
  MayRead Allowed(const TailFile& file) const;
  void HandleLines(TailFile& file, const LineBlock& block);
  void CountDropped(const TailFile& file, const std::string& reason, uint64_t lines);
  void HandleLine(TailFile& file, std::string_view line, int64_t now_ns);
  void OfferDue(int64_t now_ns, bool all);
  void SavePositions(bool seen_too);
  void Housekeep(int64_t now_ns);
  int64_t WaitNs(int64_t now_ns, bool more) const;
  bool TakeRate();

  const config::ShipperSettings settings_;
  Outlet& outlet_;
  const Clock& clock_;
  PositionStore positions_;
  FolderWatch watch_;
  std::vector<config::TargetSettings> targets_;  // same order as the tailer's
  std::vector<size_t> target_pipelines_;         // target -> pipeline
  std::vector<Pipeline> pipelines_;
  std::unique_ptr<Tailer> tailer_;
  Batcher batcher_;
  struct OnTheWay {
    std::vector<Batcher::SealedFile> files;
    std::vector<std::vector<TailFile*>> stream_files;
    bool held = false;
  };
  std::map<uint64_t, OnTheWay> on_the_way_;  // by batch number
  Entry entry_;
  std::vector<Label> base_labels_;  // of the block in hand
  int wake_fd_ = -1;
  std::atomic<bool> ready_ = false;

  std::vector<std::string> watched_;
  bool watching_ = false;  // inotify tells of every folder
  bool look_ = true;       // names changed: Discover() soon
  int64_t discovered_ns_ = INT64_MIN / 2;
  int64_t polled_ns_ = INT64_MIN / 2;
  int64_t polled_rotated_ns_ = INT64_MIN / 2;
  int64_t housekept_ns_ = INT64_MIN / 2;
  bool positions_failed_ = false;
  int64_t saved_ns_ = INT64_MIN / 2;       // looked whether positions are to be written
  int64_t seen_saved_ns_ = INT64_MIN / 2;  // the same, for the times of having seen a file too
  int64_t save_pause_ns_ = 0;
  std::set<std::pair<std::string, std::string>> warned_;  // reason, path
  double rate_tokens_ = 0;
  int64_t rate_ns_ = 0;
};

}  // namespace narfi::shipper
