// A log query of any size, page by page: no more than a page is in memory at once.
//
// Each page is a query of its own over what is left of the time range. It ends between two moments,
// so that no entry is missed or given twice; a moment with more entries than a page comes in pages
// of its own, each going on behind the place of the last entry. Pages grow and shrink with the
// length of the lines. What is stored while it runs is seen if its time is still to come.
//
// Order:     as the request's direction says.
// Ownership: borrows the services.
// Threads:   one at a time.
// Limits:    kPageBytes of entries a page, roughly, within a moment kMomentFactor times as much,
// and
//            kMaxPageMemory for making it; kLimit when a single entry takes more.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "query/exec/engine.h"
#include "server/services.h"

namespace narfi::server {

class PagedLog {
 public:
  static constexpr uint64_t kPageBytes = 1 << 20;
  static constexpr uint64_t kMaxPageMemory = 24 << 20;
  static constexpr uint64_t kFirstPage = 1000;  // entries
  static constexpr uint64_t kLargestPage = 10'000;
  static constexpr uint64_t kMomentFactor = 4;

  // `request` must have `expr`, a log selector; request.limit is of all pages together.
  PagedLog(const Services& services, query::Request request)
      : services_(services), request_(std::move(request)) {}

  // The next page, which may be empty; `context` as for a query, of this page.
  Result<query::QueryResult> Next(query::QueryContext context);
  // True when there is no further page.
  bool done() const { return done_; }
  // The moment that the last page has come to: nothing is left before it, in the direction of the
  // request.
  const query::Request& request() const { return request_; }
  // What all pages so far cost.
  const query::QueryStats& stats() const { return stats_; }

 private:
  // Sets is_full_.
  Result<query::QueryResult> Execute(const query::QueryContext& context, query::Request page);
  Result<query::QueryResult> NextOfMoment(const query::QueryContext& context);
  void Count(const query::StreamsResult& streams);
  void AddStats(const query::QueryStats& page);
  bool DropLastMoment(query::StreamsResult& streams);
  void FitPage(const query::StreamsResult& streams, uint64_t entries);

  const Services& services_;
  query::Request request_;  // what is left
  query::QueryStats stats_;
  uint64_t page_ = kFirstPage;  // entries
  bool is_full_ = false;        // the last page had as many entries as were asked for
  // Where pages are of one moment, whose other entries are still to come.
  std::optional<query::Request::Moment> moment_;
  int64_t moment_ns_ = 0;
  bool done_ = false;
};

}  // namespace narfi::server
