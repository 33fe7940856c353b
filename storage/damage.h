// What readers do about blocks that turn out to be damaged: the row groups concerned go into the
// quarantine of their source, and the reading begins anew on a snapshot without them.
//
// Threads: DamageList is safe; each attempt has one, shared by its workers.
// Limits:  kMaxDamageTries attempts.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/thread_annotations.h"
#include "storage/source.h"

namespace narfi::storage {

constexpr int kMaxDamageTries = 100;

class DamageList {
 public:
  // Reading `runs` failed with `error`: remembers those of their row groups that are damaged. Of
  // several it reads all rows to find out.
  void Note(std::span<const RunRef* const> runs, const Error& error);
  // The same where runs lie one after the other; gives the error back. Other errors than kCorrupt
  // are not remembered.
  tl::unexpected<Error> NoteOf(std::span<const RunRef> runs, const Error& error);
  // Puts what was noted into quarantine. False when that helps nobody: the next attempt would read
  // the same.
  bool Quarantine(Source& source);

 private:
  struct Damaged {
    std::shared_ptr<const RowGroupReader> group;
    Error error;
  };
  void Add(const RunRef& run, const Error& error);

  Mutex mutex_;
  std::vector<Damaged> damaged_ GUARDED_BY(mutex_);
};

// Reads every row of the group; the first error.
Status ReadAllRows(const RowGroupReader& group);

// Gives what `attempt(DamageList&)` gives, a Result. An attempt that fails by damage that it noted
// is made again without what is damaged.
template <class Attempt>
auto RetryPastDamage(Source& source, const Attempt& attempt) {
  for (int tries = 1;; ++tries) {
    DamageList damage;
    auto result = attempt(damage);
    if (result || result.error().code != Code::kCorrupt || tries == kMaxDamageTries ||
        !damage.Quarantine(source))
      return result;
  }
}

}  // namespace narfi::storage
