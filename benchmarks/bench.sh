#!/usr/bin/env bash
# Ingest and query numbers of narfid, with the driver beside this file: ./dev bench [lines [runs [narfid flags]]]
# The tools and data go to build/bench; the tables, with this machine's yardsticks, are printed and written to
# build/bench/tables.md.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
cd "$here/.."
lines=${1:-1000000} runs=${2:-5} flags="${*:3}"
out=build/bench driver=benchmarks/loki_driver
mkdir -p "$out"

# What setup.sh of the driver does, without the mixed data set: its samples are not part of the project.
[ "$out/gen" -nt $driver/gen.cpp ] || g++ -O2 -std=c++17 -o "$out/gen" $driver/gen.cpp
[ "$out/drive" -nt $driver/drive.cpp ] || g++ -O2 -std=c++17 -pthread -o "$out/drive" $driver/drive.cpp
# The data end at "now", and a server refuses old samples: generated anew each time.
rm -rf "$out/data"
"$out/gen" dyocense --lines "$lines" --seed 1 --out "$out/data" --raw >/dev/null

mkdir -p "$out/results"
python3 -B benchmarks/yardsticks.py "$out/data/raw.txt" "$out/results"
export DRIVE=$PWD/$out/drive
export SERVER_CMD="$PWD/build/release/bin/narfid -config.file=$here/narfid.yml -server.http-listen-address=127.0.0.1 -server.http-listen-port=\$PORT -server.grpc-listen-port=0 -storage.path=\$DATA $flags"
status=0
$driver/run.sh cmd narfid "$out/data" "$out/results" "$runs" "$here/text_queries.json" || status=$?

python3 -B benchmarks/beside_peers.py "$out/results" narfid >"$out/tables.md"
cat "$out/tables.md"
exit $status
