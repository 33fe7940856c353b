#include "config/otlp_config.h"

namespace narfi::config {

const char* OtlpActionName(OtlpAction action) {
  switch (action) {
    case OtlpAction::kIndexLabel:
      return "index_label";
    case OtlpAction::kDrop:
      return "drop";
    case OtlpAction::kStructuredMetadata:
      break;
  }
  return "structured_metadata";
}

}  // namespace narfi::config
