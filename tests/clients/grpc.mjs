// Loki's own gRPC protocol as loki-grpc-client and grpc-js speak it, for the end-to-end test grpc.py:
// each line in is a task, {"task", "address", ...} as JSON, and each line out what was answered.
import { createInterface } from 'node:readline';
import loki from 'loki-grpc-client';
import grpc from '@grpc/grpc-js';
import protoLoader from '@grpc/proto-loader';

const call = (client, method, request, ...more) => new Promise((resolve) => {
  client[method](request, ...more, (error, answer) => resolve({ error, answer }));
});
const said = ({ error, answer }) => (error ? { code: error.code, text: error.details } : { code: 0, answer });
const timestamp = (ns) => {
  const time = new loki.Timestamp();
  time.setSeconds(Number(BigInt(ns) / 1000000000n));
  time.setNanos(Number(BigInt(ns) % 1000000000n));
  return time;
};

function tenantOf({ tenant }) {
  const metadata = new grpc.Metadata();
  metadata.set('x-scope-orgid', tenant);
  return metadata;
}

function pushRequest({ labels, lines, time }) {
  const stream = new loki.StreamAdapter();
  stream.setLabels(labels);
  for (const line of lines) {
    const entry = new loki.EntryAdapter();
    entry.setTimestamp(timestamp(time));
    entry.setLine(line);
    const pair = new loki.LabelPairAdapter();
    pair.setName('trace_id');
    pair.setValue('t1');
    entry.addStructuredmetadata(pair);
    stream.addEntries(entry);
  }
  const request = new loki.PushRequest();
  request.addStreams(stream);
  return request;
}

// Our own messages, by proto/logproto.proto, for what loki-grpc-client does not know.
function ours(name, { proto, address }) {
  const definition = protoLoader.loadSync(proto, { keepCase: true, longs: String, enums: String });
  return new (grpc.loadPackageDefinition(definition).logproto[name])(address, grpc.credentials.createInsecure());
}

const tasks = {
  async push(asked) {
    const client = new loki.PusherClient(asked.address, loki.createInsecureCredentials());
    return said(await call(client, 'push', pushRequest(asked), loki.createOrgIdMetadata(asked.tenant)));
  },
  // What a client may do wrong or differently, in raw bytes.
  async raw(asked) {
    const options = asked.gzip ? { 'grpc.default_compression_algorithm': 2 } : {};
    const client = new grpc.Client(asked.address, grpc.credentials.createInsecure(), options);
    const metadata = asked.tenant ? tenantOf(asked) : new grpc.Metadata();
    const bytes = asked.zeros ? Buffer.concat([Buffer.from('0a', 'hex'), Buffer.alloc(asked.zeros)])
      : Buffer.from(asked.bytes, 'base64');
    const result = await new Promise((resolve) => {
      client.makeUnaryRequest(asked.method, (x) => x, (x) => x, bytes, metadata, { deadline: Date.now() + 60000 },
        (error, answer) => resolve({ error, answer: answer?.toString('base64') }));
    });
    client.close();
    return said(result);
  },
  async query(asked) {
    const client = new loki.QuerierClient(asked.address, loki.createInsecureCredentials());
    const request = new loki.QueryRequest();
    request.setSelector(asked.selector);
    request.setLimit(asked.limit);
    request.setStart(timestamp(asked.start));
    request.setEnd(timestamp(asked.end));
    request.setDirection(asked.backward ? loki.Direction.BACKWARD : loki.Direction.FORWARD);
    const stream = client.query(request, loki.createOrgIdMetadata(asked.tenant));
    const batches = [];
    const result = await new Promise((resolve) => {
      stream.on('data', (message) => batches.push(message.toObject().streamsList));
      stream.on('error', (error) => resolve({ code: error.code, text: error.details }));
      stream.on('end', () => resolve({ code: 0, batches }));
    });
    client.close();
    return result;
  },
  async label(asked) {
    const client = new loki.QuerierClient(asked.address, loki.createInsecureCredentials());
    const request = new loki.LabelRequest();
    request.setName(asked.name ?? '');
    request.setValues(asked.name !== undefined);
    request.setStart(timestamp(asked.start));
    request.setEnd(timestamp(asked.end));
    const { error, answer } = await call(client, 'label', request, loki.createOrgIdMetadata(asked.tenant));
    client.close();
    return said({ error, answer: answer?.toObject().valuesList });
  },
  async series(asked) {
    const client = new loki.QuerierClient(asked.address, loki.createInsecureCredentials());
    const request = new loki.SeriesRequest();
    request.setGroupsList(asked.groups);
    request.setStart(timestamp(asked.start));
    request.setEnd(timestamp(asked.end));
    const { error, answer } = await call(client, 'series', request, loki.createOrgIdMetadata(asked.tenant));
    client.close();
    return said({ error, answer: answer?.toObject().seriesList });
  },
  async ours(asked) {
    const client = ours('Querier', asked);
    const result = await call(client, asked.method, asked.request, asked.tenant ? tenantOf(asked) : new grpc.Metadata());
    client.close();
    return said(result);
  },
};

// Live tails by number: what came and was not asked for yet, and how it ended.
const tails = new Map();
let nextTail = 0;
Object.assign(tasks, {
  async tail(asked) {
    const client = ours('Querier', asked);
    const tail = { entries: [], dropped: [], end: null, wake: () => {} };
    tail.call = client.Tail(asked.request, asked.tenant ? tenantOf(asked) : new grpc.Metadata());
    tail.call.on('data', ({ stream, droppedStreams }) => {
      for (const entry of stream?.entries ?? []) {
        tail.entries.push({ labels: stream.labels, line: entry.line.toString(), ...entry.timestamp,
          metadata: entry.structuredMetadata ?? [] });
      }
      tail.dropped.push(...droppedStreams ?? []);
      tail.wake();
    });
    const ended = (end) => { tail.end ??= end; client.close(); tail.wake(); };
    tail.call.on('error', (error) => ended({ code: error.code, text: error.details }));
    tail.call.on('end', () => ended({ code: 0 }));
    tails.set(nextTail, tail);
    return { number: nextTail++ };
  },
  // Waits for so many entries, or for something dropped, or the end, or so many milliseconds.
  async tailed({ number, count, dropped, ms }) {
    const tail = tails.get(number);
    tail.call.resume();
    let late = false;
    const timer = ms && setTimeout(() => { late = true; tail.wake(); }, ms);
    while (tail.entries.length < count && !tail.end && !(dropped && tail.dropped.length) && !late) {
      await new Promise((resolve) => { tail.wake = resolve; });
    }
    clearTimeout(timer);
    return { entries: tail.entries.splice(0, count), dropped: tail.dropped.splice(0), end: tail.end };
  },
  async stall({ number }) { tails.get(number).call.pause(); return {}; },
  async cancel({ number }) { tails.get(number).call.cancel(); return {}; },
  async forget({ number }) { tails.get(number)?.call.cancel(); tails.delete(number); return {}; },
});

for await (const line of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line);
  process.stdout.write(`${JSON.stringify(await tasks[asked.task](asked))}\n`);
}
process.exit(0);
