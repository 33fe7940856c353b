// Pushes lines with logging libraries that other people wrote, and ends when they are delivered.
//
//   node push.mjs <url> <OTLP gRPC url> <client>...        a name of `clients` below
//
// Each line says "<client> says <n>", n from 1 to 3. The end-to-end test clients.py asks for them.
import pino from 'pino';
import pinoLoki from 'pino-loki';
import winston from 'winston';
import LokiTransport from 'winston-loki';
import { SeverityNumber } from '@opentelemetry/api-logs';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { LoggerProvider, BatchLogRecordProcessor } from '@opentelemetry/sdk-logs';
import { OTLPLogExporter as OtlpJson } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPLogExporter as OtlpProto } from '@opentelemetry/exporter-logs-otlp-proto';
import { OTLPLogExporter as OtlpGrpc } from '@opentelemetry/exporter-logs-otlp-grpc';

const [url, otlpGrpcUrl, ...wanted] = process.argv.slice(2);
const linesOf = (client) => [1, 2, 3].map((n) => `${client} says ${n}`);

async function pushWithPino(client) {
  const stream = pinoLoki({ host: url, batching: true, interval: 1, labels: { app: client }, propsToLabels: ['shop'] });
  const logger = pino({ level: 'debug' }, stream);
  for (const line of linesOf(client)) logger.error({ shop: 'north', order: { id: 7 } }, line);
  await new Promise((resolve, reject) => {
    stream.on('close', resolve);
    stream.on('error', reject);
    logger.flush((error) => (error ? reject(error) : stream.end()));
  });
}

async function pushWithWinston(client, json) {
  const transport = new LokiTransport({
    host: url, json, batching: true, interval: 1, labels: { app: client }, useWinstonMetaAsLabels: false,
    format: winston.format.simple(), onConnectionError: (error) => { throw error; },
  });
  const logger = winston.createLogger({ level: 'debug', transports: [transport] });
  for (const line of linesOf(client)) logger.warn(line, { labels: { shop: 'north' } });
  await transport.flush();
  transport.close();
}

async function pushWithOtel(client, exporter) {
  const provider = new LoggerProvider({
    resource: resourceFromAttributes({ 'service.name': client, 'k8s.pod.name': 'pod-1', 'host.name': 'h1' }),
    processors: [new BatchLogRecordProcessor(exporter)],
  });
  const logger = provider.getLogger('orders', '1.2.3');
  for (const line of linesOf(client)) {
    logger.emit({
      severityNumber: SeverityNumber.WARN, severityText: 'WARN', body: line,
      attributes: { 'shop.name': 'north', order: { id: 7, paid: true }, tags: ['a', 'b'] },
    });
  }
  await provider.forceFlush();
  await provider.shutdown();
}

const clients = {
  'pino-loki': pushWithPino,
  'winston-loki-json': (client) => pushWithWinston(client, true),
  'winston-loki-proto': (client) => pushWithWinston(client, false),
  'otel-http-json': (client) => pushWithOtel(client, new OtlpJson({ url: `${url}/otlp/v1/logs`, compression: 'gzip' })),
  'otel-http-proto': (client) => pushWithOtel(client, new OtlpProto({ url: `${url}/otlp/v1/logs` })),
  'otel-http-address': (client) => pushWithOtel(client, new OtlpProto({ url: `${url}/v1/logs` })),
  'otel-grpc': (client) => pushWithOtel(client, new OtlpGrpc({ url: otlpGrpcUrl })),
  'otel-grpc-gzip': (client) => pushWithOtel(client, new OtlpGrpc({ url: otlpGrpcUrl, compression: 'gzip' })),
};

await Promise.all(wanted.map((client) => {
  if (!(client in clients)) throw new Error(`no client "${client}"`);
  return clients[client](client);
}));
