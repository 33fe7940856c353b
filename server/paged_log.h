// A log query of any size, page by page: no more than a page is in memory at once.
//
// Each page is a query of its own over what is left of the time range. Entries of one moment are
// never on two pages, so that none is missed or given twice; pages grow and shrink with the length
// of the lines. What is stored while it runs is seen if its time is still to come.
//
// Order:     as the request's direction says.
// Ownership: borrows the services.
// Threads:   one at a time.
// Limits:    kPageBytes of entries a page, roughly, and kMaxPageMemory for making it; kLimit when
// the
//            entries of a single moment are more.
#pragma once

#include <cstdint>
#include <memory>

#include "query/exec/engine.h"
#include "server/services.h"

namespace narfi::server {

class PagedLog {
 public:
  static constexpr uint64_t kPageBytes = 1 << 20;
  static constexpr uint64_t kMaxPageMemory = 24 << 20;
  static constexpr uint64_t kFirstPage = 1000;  // entries
  static constexpr uint64_t kLargestPage = 10'000;

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
  // Of pages that begin here, in entries.
  struct Sizes {
    uint64_t one_moment = 0;          // the largest that ended within the first moment
    uint64_t too_large = UINT64_MAX;  // the smallest that was more than its memory
  };
  Result<query::QueryResult> Execute(query::QueryContext context, Sizes& sizes);
  // Chooses the next size to try.
  Status Resize(const Sizes& sizes);
  void AddStats(const query::QueryStats& page);
  bool DropLastMoment(query::StreamsResult& streams);
  void FitPage(const query::StreamsResult& streams, uint64_t entries);

  const Services& services_;
  query::Request request_;  // what is left
  query::QueryStats stats_;
  uint64_t page_ = kFirstPage;
  bool done_ = false;
};

}  // namespace narfi::server
