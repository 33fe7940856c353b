// A shipper on real files in a temporary folder, with a clock of its own and an outlet that keeps
// what it is offered until the test acknowledges it.
//
// Threads: none; the test calls Step().
#pragma once

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/duration.h"
#include "base/file.h"
#include "shipper/shipper.h"
#include "tests/support/temp_folder.h"

namespace narfi::shipper {

class KeepingOutlet final : public Outlet {
 public:
  void Offer(std::shared_ptr<const Batch> batch) override { waiting.push_back(std::move(batch)); }
  std::vector<uint64_t> TakeDone() override { return std::exchange(done, {}); }
  std::vector<HeldBatch> TakeHeld() override { return std::exchange(newly_held, {}); }
  size_t held_bytes() const override { return held; }
  bool idle() const override { return waiting.empty(); }
  size_t cost_bytes() const override {
    size_t cost = 0;
    for (const auto& batch : waiting) cost += batch->cost();
    return cost;
  }
  // The server has taken everything offered so far.
  void Acknowledge() {
    for (const auto& batch : waiting) {
      done.push_back(batch->number);
      Collect(*batch);
    }
    waiting.clear();
  }
  void Collect(const Batch& batch) {
    for (const BatchStream& stream : batch.streams) {
      for (const BatchEntry& entry : stream.entries) {
        lines.emplace_back(entry.line);
        times.push_back(entry.time_ns);
        labels.push_back(Labels(stream.labels).ToString());
      }
    }
  }

  std::vector<std::shared_ptr<const Batch>> waiting;
  std::vector<uint64_t> done;
  std::vector<HeldBatch> newly_held;
  size_t held = 0;
  // Of every acknowledged line, in order.
  std::vector<std::string> lines;
  std::vector<int64_t> times;
  std::vector<std::string> labels;
};

constexpr int64_t kTestNowNs = 1'795'132'800LL * kSecond;  // 2026-11-20T00:00:00Z

class Rig {
 public:
  explicit Rig(const std::string& pattern = "*.log") {
    mkdir(LogFolder().c_str(), 0755);
    settings.positions.filename = folder.path() + "/positions.yaml";
    settings.clients.resize(1);
    config::ScrapeSettings scrape;
    scrape.job_name = "job";
    config::TargetSettings target;
    target.path = LogFolder() + "/" + pattern;
    target.labels = {{"job", "test"}};
    scrape.targets.push_back(target);
    settings.scrape_configs.push_back(scrape);
  }

  std::string LogFolder() const { return folder.path() + "/logs"; }
  std::string Path(const std::string& name) const { return LogFolder() + "/" + name; }

  void Append(const std::string& name, const std::string& text) const {
    std::ofstream out(Path(name), std::ios::app | std::ios::binary);
    out << text;
  }
  // As copytruncate does.
  void CopyAndCut(const std::string& from, const std::string& to) const {
    std::ofstream(Path(to), std::ios::binary)
        << std::ifstream(Path(from), std::ios::binary).rdbuf();
    Cut(from);
  }
  void Cut(const std::string& name) const {
    if (truncate(Path(name).c_str(), 0) != 0) std::perror("truncate");
  }
  void Rename(const std::string& from, const std::string& to) const {
    if (rename(Path(from).c_str(), Path(to).c_str()) != 0) std::perror("rename");
  }

  Status Start() {
    auto made = Shipper::Make(settings, outlet, MachineFileSystem(), clock);
    if (!made) return tl::unexpected(made.error());
    shipper = std::move(*made);
    return {};
  }
  // What is logged meanwhile.
  std::string StartAndListen() {
    const std::string log = folder.path() + "/stderr";
    const int kept = dup(STDERR_FILENO);
    const int file = open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    dup2(file, STDERR_FILENO);
    const Status started = Start();
    dup2(kept, STDERR_FILENO);
    close(file);
    close(kept);
    REQUIRE(started);
    return MachineFileSystem().ReadAll(log).value_or("");
  }
  // As kill -9: nothing is written any more, and what was offered is forgotten.
  void Kill() {
    shipper.reset();
    outlet.waiting.clear();
    outlet.done.clear();
  }
  // Lets time pass in steps, the server taking nothing.
  void Run(int64_t ns = 3 * kSecond) {
    for (int64_t passed = 0; passed <= ns; passed += 100 * kMillisecond) {
      shipper->Step();
      clock.Advance(100 * kMillisecond);
    }
  }
  // The same with a server that takes everything.
  void RunAndAcknowledge(int64_t ns = 3 * kSecond) {
    for (int64_t passed = 0; passed <= ns; passed += 100 * kMillisecond) {
      shipper->Step();
      outlet.Acknowledge();
      clock.Advance(100 * kMillisecond);
    }
  }
  void Stop() {
    shipper->StopReading();
    outlet.Acknowledge();
    shipper->Settle();
    shipper.reset();
  }
  std::vector<Position> SavedPositions() const {
    const auto text = MachineFileSystem().ReadAll(settings.positions.filename + ".narfi");
    return text ? ParsePositions(*text, "positions").value_or(std::vector<Position>{})
                : std::vector<Position>{};
  }

  testing::TempFolder folder;
  ManualClock clock{kTestNowNs};
  config::ShipperSettings settings;
  KeepingOutlet outlet;
  std::unique_ptr<Shipper> shipper;
};

using Strings = std::vector<std::string>;

}  // namespace narfi::shipper

namespace doctest {
template <>
struct StringMaker<std::vector<std::string>> {
  static String convert(const std::vector<std::string>& lines) {
    std::string out;
    for (const std::string& line : lines) out += line.substr(0, 80) + "|";
    return out.c_str();
  }
};
}  // namespace doctest
