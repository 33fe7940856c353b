// The metrics of pushes, named as Loki names them, with the references of each tenant kept.
//
// Threads: safe.
#pragma once

#include <cstdint>
#include <string>

#include "ingest/reject_report.h"

namespace narfi::ingest {

// loki_distributor_lines_received_total and loki_distributor_bytes_received_total{tenant}.
void CountReceived(const std::string& tenant, uint64_t lines, uint64_t bytes);
// loki_discarded_samples_total and loki_discarded_bytes_total{reason,tenant}.
void CountDiscarded(const std::string& tenant, RejectReason reason, uint64_t lines, uint64_t bytes);
// loki_mutated_samples_total and loki_mutated_bytes_total{reason="line_too_long",tenant}: lines
// that were cut, and by how much.
void CountTruncated(const std::string& tenant, uint64_t lines, uint64_t bytes);

}  // namespace narfi::ingest
