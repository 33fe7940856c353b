// Reads a JSON list of query texts from stdin; writes the list of those that Grafana's grammar refuses.
const { parser } = require("@grafana/lezer-logql");

function isRefused(text) {
  let found = false;
  parser.parse(text).iterate({ enter: (node) => { found ||= node.type.isError; } });
  return found;
}

let input = "";
process.stdin.on("data", (piece) => { input += piece; });
process.stdin.on("end", () => {
  process.stdout.write(JSON.stringify(JSON.parse(input).filter(isRefused)));
});
