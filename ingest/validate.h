// Turns a decoded push into what is stored: gives streams their service_name and entries their
// detected_level, puts metadata in normal form, and takes out what breaks the tenant's limits.
//
// Replay mode runs over bodies of the WAL whose accepted entries are known: it normalises in
// exactly the same way, and refuses nothing by limits or clock.
//
// Limits:  config::Limits; 0 switches a limit off.
// Threads: safe.
#pragma once

#include <cstdint>

#include "config/limits.h"
#include "ingest/push.h"
#include "ingest/reject_report.h"

namespace narfi::ingest {

struct ValidateContext {
  int64_t now_ns = 0;  // wall clock
  bool replay = false;
  // True where heads refuse entries far behind their stream (ingester.max_chunk_age is set). An
  // entry that was sent without a time (kNoTime) is then left to the engine, since Loki's answer
  // depends on the stream: RejectReport::AddTooFarBehind when the window refuses it, else
  // AddBeforeEpoch. Without the rule Validate itself refuses it.
  bool has_order_rule = false;
};

// What is refused leaves the batch and enters `report`, whose tenant is the one of the push;
// streams without entries leave it too.
void Validate(PushBatch& batch, const config::Limits& limits, const ValidateContext& context,
              RejectReport& report);

}  // namespace narfi::ingest
