#!/usr/bin/env python3
"""Includes point one way: every quoted include of a room is of a room it may use, and heavy library
headers stay in the places that own them (docs/architecture.md, "Rooms").

    includes_test.py [ROOT]     lists what is wrong; exit status 1 when something is
"""
import os
import re
import sys

# room: the rooms it may include besides itself. query/logql is a library of its own.
ROOMS = {
    "base": "",
    "line": "base",
    "proto": "base",
    "config": "base",
    "net": "base",
    "storage": "base",
    "query/logql": "base line",
    "index": "base storage",
    "ingest": "base line proto config storage index query/logql",
    "query": "base line config storage index query/logql",
    "shipper": "base line proto config net query/logql",
    "cli": "base line proto config net query query/logql storage index",
    "server": "base line proto config net storage index ingest query query/logql",
}
# Headers of libraries: which rooms may include them at all, and whether in headers too. Headers of
# net that need Boost are its own affair: leaks() sees to it that no other room reaches them.
HEAVY = [
    (r"boost/", {"net"}, True),
    (r"grpc|grpcpp/", {"net", "server", "proto"}, False),
    (r"yaml-cpp/", {"config"}, False),
    (r"CLI/", {"cli"}, False),
    (r"simdjson", set(ROOMS), False),
    (r"spdlog/", {"base"}, False),
    (r"leveldb/", {"index"}, False),
    (r"curl/", {"net"}, False),
    (r"google/protobuf/", {"proto"}, False),
    (r"(regex|iostream|filesystem)$", set(ROOMS), False),
]
INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]')


def room_of(path):
    if path.startswith("query/logql/"):
        return "query/logql"
    first = path.split("/", 1)[0]
    return first if first in ROOMS else None


def faults_of(path, text):
    room = room_of(path)
    allowed = {room, *ROOMS[room].split()}
    for number, line in enumerate(text.splitlines(), 1):
        m = INCLUDE.match(line)
        if not m:
            continue
        quote, target = m.groups()
        where = "%s:%d" % (path, number)
        if quote == '"':
            if "/" not in target or room_of(target) is None:
                if not target.endswith(".pb.h"):
                    yield '%s: "%s" names no room' % (where, target)
            elif room_of(target) not in allowed:
                yield "%s: %s may not include %s" % (where, room, room_of(target))
            continue
        for pattern, rooms, in_headers in HEAVY:
            if re.match(pattern, target):
                if room not in rooms:
                    yield "%s: <%s> has no place in %s" % (where, target, room)
                elif path.endswith(".h") and not in_headers:
                    yield "%s: <%s> is too heavy for a header" % (where, target)


def leaks(files):
    """Headers with Boost that another room than net reaches."""
    includes = {p: [m.group(2) for m in map(INCLUDE.match, t.splitlines()) if m] for p, t in files.items()}
    heavy = {p for p, targets in includes.items() if p.endswith(".h") and any(t.startswith("boost/") for t in targets)}
    while True:
        more = {p for p, targets in includes.items() if p.endswith(".h") and heavy & set(targets)} - heavy
        if not more:
            break
        heavy |= more
    for path, targets in sorted(includes.items()):
        for target in targets:
            if target in heavy and room_of(path) != "net":
                yield "%s: %s brings Boost with it" % (path, target)


def faults_below(root):
    files = {}
    for room in sorted({r.split("/")[0] for r in ROOMS}):
        for folder, _, names in os.walk(os.path.join(root, room)):
            for name in sorted(names):
                if name.endswith((".h", ".cc")):
                    full = os.path.join(folder, name)
                    with open(full, encoding="utf-8") as f:
                        files[os.path.relpath(full, root)] = f.read()
    for path, text in files.items():
        yield from faults_of(path, text)
    yield from leaks(files)
    if not files:
        yield "no sources below " + root


def self_test():
    """The rules catch what they are for."""
    bad = [
        ("query/exec/x.cc", '#include "ingest/engine.h"'),
        ("base/x.h", '#include "line/json.h"'),
        ("query/logql/x.cc", '#include "query/plan/plan.h"'),
        ("storage/x.cc", '#include "util/x.h"'),
        ("storage/x.cc", '#include "x.h"'),
        ("ingest/x.cc", "#include <boost/asio.hpp>"),
        ("line/x.h", "#include <simdjson.h>"),
        ("base/x.h", "#include <regex>"),
        ("cli/x.cc", '#include "server/routes.h"'),
    ]
    good = [
        ("query/exec/x.cc", '#include "query/logql/ast.h"\n#include "storage/source.h"'),
        ("net/x.cc", "#include <boost/asio.hpp>"),
        ("net/x.h", "#include <boost/asio.hpp>"),
        ("server/x.cc", '#include "ingest/engine.h"\n#include "query/exec/run.h"'),
        ("line/json.cc", '#include <simdjson.h>\n#include "line/json.h"'),
    ]
    for path, text in bad:
        assert list(faults_of(path, text)), (path, text)
    for path, text in good:
        assert not list(faults_of(path, text)), (path, text)
    deep = {"net/loop.h": "#include <boost/asio.hpp>", "net/server.h": '#include "net/loop.h"'}
    assert not list(leaks(deep))
    assert len(list(leaks({**deep, "server/x.cc": '#include "net/server.h"'}))) == 1


if __name__ == "__main__":
    self_test()
    here = os.path.dirname(os.path.abspath(__file__))
    found = list(faults_below(sys.argv[1] if len(sys.argv) > 1 else os.path.join(here, "..", "..")))
    print("\n".join(found) or "includes point one way")
    sys.exit(1 if found else 0)
