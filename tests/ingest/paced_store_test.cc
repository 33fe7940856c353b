#include "ingest/paced_store.h"

#include <doctest/doctest.h>

namespace narfi::ingest {
namespace {

using storage::Object;
using storage::ObjectWriter;

class WriterOnPaper final : public ObjectWriter {
 public:
  explicit WriterOnPaper(std::string& log) : log_(log) {}
  Status Append(std::string_view bytes) override {
    log_ += std::string(bytes) + " ";
    return {};
  }
  Status Sync() override {
    log_ += "sync ";
    return {};
  }
  Status Commit() override {
    log_ += "commit";
    return {};
  }

 private:
  std::string& log_;
};

// Writes down what is asked of its writers.
class StoreOnPaper final : public storage::ObjectStore {
 public:
  Result<std::unique_ptr<ObjectWriter>> Create(const std::string&) override {
    return std::make_unique<WriterOnPaper>(log);
  }
  Result<std::shared_ptr<const Object>> Open(const std::string&) override {
    return Fail(Code::kNotFound, "none");
  }
  Result<std::vector<std::string>> List() override { return std::vector<std::string>(); }
  Status Remove(const std::string&) override { return {}; }

  std::string log;
};

TEST_CASE("what is written goes in pieces, each synced when it is full") {
  StoreOnPaper paper;
  std::vector<uint64_t> asked;
  PacedStore store(paper, 4, [&](uint64_t bytes) -> Status {
    asked.push_back(bytes);
    return {};
  });
  const auto writer = store.Create("x");
  for (const std::string_view bytes : {"abc", "defghi", "", "jk"})
    REQUIRE((*writer)->Append(bytes).has_value());
  REQUIRE((*writer)->Commit().has_value());
  CHECK(paper.log == "abc d sync efgh sync i jk commit");
  CHECK(asked == std::vector<uint64_t>{3, 1, 4, 1, 2});
}

TEST_CASE("whoever is asked before a piece can end the write") {
  StoreOnPaper paper;
  PacedStore store(paper, 4, [&](uint64_t) -> Status {
    return paper.log.empty() ? Status() : Fail(Code::kCancelled, "stopping");
  });
  const auto writer = store.Create("x");
  CHECK((*writer)->Append("abcdefgh").error().code == Code::kCancelled);
  CHECK(paper.log == "abcd sync ");
}

}  // namespace
}  // namespace narfi::ingest
