// The parameters of pushes of documents: which fields are labels, time and message.
//
//   _stream_fields=a,b.c   fields that become labels, instead of service.name and host.name
//   _time_field=ts         the field with the time, instead of @timestamp, timestamp, time
//   _msg_field=message     the field that is the line, instead of the whole document
//   labels={app="x"}       labels of every line; app=x,env=y is the same
//
// The first three are named as VictoriaLogs names them.
#pragma once

#include "base/result.h"
#include "ingest/push_documents.h"
#include "net/http_server.h"

namespace narfi::server {

// kInvalidArgument with what is wrong with a parameter.
Result<ingest::DocumentOptions> ReadDocumentOptions(const net::HttpRequest& request);

}  // namespace narfi::server
