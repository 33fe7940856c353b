// Pushes documents with Elasticsearch's own client, and prints what its helper counted.
//
//   node elastic.mjs <url>
import { Client } from '@elastic/elasticsearch';

const client = new Client({ node: process.argv[2] });
const info = await client.info();
const documents = [1, 2, 3].map((n) => (
  { '@timestamp': new Date().toISOString(), message: `elastic says ${n}`, 'log.level': 'error', service: { name: 'elastic' } }));
const counts = await client.helpers.bulk({
  datasource: [...documents, { '@timestamp': '1999-01-01T00:00:00Z', message: 'too old' }],
  onDocument: () => ({ create: { _index: 'logs-elastic' } }),
  onDrop: () => {},
});
process.stdout.write(JSON.stringify({ version: info.version.number, ...counts }));
