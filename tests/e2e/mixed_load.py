#!/usr/bin/env python3
"""Everything at once, against a narfid with address and undefined-behaviour sanitizer: pushes in every form of several
tenants, questions to every endpoint, tails that stall or vanish, flushes, a restart, a kill -9, and in between requests
that no client should send. Afterwards each pushed line is there once, the sanitizers have said nothing, no answer was an
error of the server, and memory did not grow.

    mixed_load.py [--minutes N] [--rate REQUESTS_A_SECOND] [--seed S]

One line a minute says what was done. Lines are kept for half an hour, so that what is stored stays bounded; those of each
round of five minutes are looked at when it is over, and again until they are too old.
"""
import argparse
import collections
import http.client
import os
import random
import re
import threading
import time
import traceback

import grpc_client
import harness
import load_malformed
import load_pushes
import load_queries
from harness import check

TENANTS = ["one", "two", "three"]
WORKERS = 5  # over HTTP; one more speaks gRPC
ROUND_MINUTES = 5
KEPT_MINUTES = 30
KEPT_SOCKETS = 12
BUDGET_MB = 128  # a small one is full soon
# Memory is compared from here on after the last restart: by then entries are being removed as fast as they come, the block
# cache is full, and so is the sanitizer's quarantine of freed memory. What is allocated must stay as it is; beside that the
# sanitizer's allocator keeps what it once had, and every stack that it has seen.
WARM_UP_MINUTES = 40
WINDOW_MINUTES = 10
LIVE_TOLERANCE, RESIDENT_TOLERANCE = 0.10, 0.20
MOST_FILES = 400
SANITIZERS = {"ASAN_OPTIONS": "detect_stack_use_after_return=1:strict_string_checks=1:quarantine_size_mb=16:malloc_context_size=10",
              "UBSAN_OPTIONS": "print_stacktrace=1"}
REPORTS = re.compile(r"AddressSanitizer|LeakSanitizer|runtime error:|request handler threw")
BROKEN_OFF = "too much is waiting for clients that do not read"
NUMBER = re.compile(r"#(\d+)#")


class Load:
    """What the workers share. `down` counts the times that the server went away on purpose, up and down: odd while it is."""

    def __init__(self, server, otlp_port, options):
        self.server, self.otlp_port, self.tenants = server, otlp_port, TENANTS
        self.lock = threading.Lock()
        self.tally = load_pushes.Tally(self.lock)
        self.mark = "round0"
        self.counts, self.statuses, self.failures = collections.Counter(), collections.Counter(), []
        self.down, self.busy, self.paused, self.ended = 0, 0, False, False
        self.turn = threading.Condition(self.lock)
        self.client, self.client_made = grpc_client.Client(), 0
        self.kept, self.grpc_tails = [], []
        self.rate, self.next_at = options.rate, time.monotonic()

    def request(self, method, path, body, headers):
        try:
            answer = harness.request(self.server.port, method, path, body, headers)
        except http.client.IncompleteRead as cut:
            # A streamed answer has no other way to say what is 429 before it begins.
            check(BROKEN_OFF in self.server.log_text()[-3000:], "an answer broke off: %s" % path, cut.partial[-300:])
            answer = harness.Answer(429, {}, cut.partial)
        self.count_status(answer.status)
        return answer

    def ask_grpc(self, **task):
        """Of the one worker that speaks gRPC."""
        if self.down % 2 == 0 and self.client_made != self.down:  # the old one waits before it tries again
            self.client.close()
            self.client, self.client_made, self.grpc_tails = grpc_client.Client(), self.down, []
        return self.client.ask(address="127.0.0.1:%d" % (
            self.otlp_port if "opentelemetry" in task.get("method", "") else self.server.grpc_port), **task)

    def grpc(self, **task):
        answer = self.ask_grpc(**task)
        self.count_status("gRPC %d" % answer["code"])
        return answer

    def count_status(self, status):
        with self.lock:
            self.statuses[status] += 1

    def keep(self, s):
        """A connection that says and reads nothing more, until it is one of the oldest."""
        with self.lock:
            self.kept.append(s)
            old = self.kept.pop(0) if len(self.kept) > KEPT_SOCKETS else None
        if old:
            old.close()

    def begin(self):
        """Waits for a turn, `rate` a second of them; false: the end."""
        with self.turn:
            self.turn.wait_for(lambda: not self.paused or self.ended)
            now = time.monotonic()
            at = self.next_at = max(self.next_at + 1 / self.rate, now - 1)
            self.turn.wait_for(lambda: self.ended, max(0, at - now))
            self.turn.wait_for(lambda: not self.paused or self.ended)
            self.busy += not self.ended
            return not self.ended

    def finish(self, kind, problem):
        with self.turn:
            self.busy -= 1
            self.counts[kind] += 1
            if problem:
                self.failures.append("%s: %s" % (kind, problem))
            self.turn.notify_all()

    def pause(self):
        with self.turn:
            self.paused = True
            check(self.turn.wait_for(lambda: self.busy == 0, 120), "a request takes more than two minutes")

    def go_on(self, ended=False):
        with self.turn:
            self.paused, self.ended = False, ended
            self.turn.notify_all()


def push(how):
    def action(load, rng):
        mark, tenant = load.mark, rng.choice(TENANTS)
        numbers = load.tally.numbers(rng.randrange(1, load_pushes.LINES))
        with load.tally.push(tenant, mark, numbers) as said:
            form, taken, answer = how(load, rng, numbers, mark, tenant)
            said.append(taken)
        return "a well-formed push, %s: %r" % (form, answer) if taken is False else None
    return action


def flush(load, _):
    answer = load.request("POST", "/flush", None, {})
    return None if answer.status in (200, 204) else repr(answer)


def malformed(load, rng):
    what = rng.choice(load_malformed.HTTP)
    problem = what(load, rng)
    return "%s: %s" % (what.__name__, problem) if problem else None


HTTP_ACTIONS = [("pushes", push(load_pushes.push_http), 30), ("questions", load_queries.ask, 25), ("exports", load_queries.export, 3),
                ("tails", load_queries.tail, 4), ("flushes", flush, 0.5), ("malformed", malformed, 38)]
GRPC_ACTIONS = [("pushes", push(load_pushes.push_grpc), 30), ("questions", load_queries.grpc_question, 30), ("tails", load_queries.grpc_tail, 5),
                ("malformed", load_malformed.grpc, 35)]


def work(load, actions, rng):
    while load.begin():
        kind, action, _ = rng.choices(actions, [weight for _, _, weight in actions])[0]
        before, problem = load.down, None
        try:
            problem = action(load, rng)
        except (OSError, http.client.HTTPException) as error:
            problem = "".join(traceback.format_exception(error))
        except Exception as error:  # pylint: disable=broad-except
            before, problem = load.down, "".join(traceback.format_exception(error))
        is_excused = before % 2 == 1 or before != load.down
        load.finish(kind, None if is_excused else problem)


def restart(load, kill):
    """In the middle of everything."""
    load.down += 1
    if kill:
        load.server.kill()
    else:
        check(load.server.stop() == 0, "a stop with status 0", load.server.log_text()[-5000:])
    load.server.start()
    load.down += 1


def look_at(load, mark, since_ns):
    """Every line of a round, of every tenant, by an export and by a count."""
    for tenant in TENANTS:
        headers = {"X-Scope-OrgID": tenant}
        now = time.time_ns()
        selector = '{service_name="%s"}' % mark
        answer = load.server.get("/loki/api/v1/export", headers, query=selector, start=since_ns, end=now + 60 * 10**9)
        check(answer.status == 200 and '{"end":true' in answer.text[-200:], "an export", answer.status, answer.text[-300:])
        found = [int(NUMBER.search(line).group(1)) for line in answer.text.splitlines() if "#" in line]
        problem = load.tally.problem(tenant, mark, found)
        check(problem is None, "%s of tenant %s: %s" % (mark, tenant, problem))
        minutes = (now - since_ns) // (60 * 10**9) + 2
        count = load.server.get("/loki/api/v1/query", headers, query="sum(count_over_time(%s[%dm]))" % (selector, minutes))
        count = count.json()["data"]["result"]
        check((int(count[0]["value"][1]) if count else 0) == len(found), "the count is that of the lines", count, len(found))


class Memory:
    """Samples of memory, MB, since the last restart: what is resident, and what is allocated of it."""

    def __init__(self):
        self.samples, self.most_files = [], 0

    def look(self, server):
        live = float(re.search(r"\nnarfi_heap_live_bytes (\S+)", server.get("/metrics").text).group(1)) / 2**20
        self.samples.append((time.monotonic(), server.memory_mb(), live))
        self.most_files = max(self.most_files, server.open_files())

    def mean(self, begin, end, which):
        values = [sample[which] for sample in self.samples if begin <= sample[0] < end]
        return sum(values) / len(values)

    def verdict(self):
        """Checks that it is flat, if there was time enough to say so; a sentence."""
        begin, end = self.samples[0][0] + WARM_UP_MINUTES * 60, self.samples[-1][0] + 1
        if end - begin < 2 * WINDOW_MINUTES * 60:
            return "too short a time to compare memory"
        said = []
        for which, name, tolerance in ((1, "resident", RESIDENT_TOLERANCE), (2, "allocated", LIVE_TOLERANCE)):
            first = self.mean(begin, begin + WINDOW_MINUTES * 60, which)
            last = self.mean(end - WINDOW_MINUTES * 60, end, which)
            said.append("%s %.0f MB, then %.0f MB (%+.1f %%, up to %d %% may be)" %
                        (name, first, last, 100 * (last / first - 1), 100 * tolerance))
            check(last <= first * (1 + tolerance), "memory grows", *said)
        return "memory in minutes %d to %d after the last restart, and in the last %d minutes: %s" % (
            WARM_UP_MINUTES, WARM_UP_MINUTES + WINDOW_MINUTES, WINDOW_MINUTES, ", ".join(said))


def sees_only_its_own(load):
    """What others sent, well-formed or not, has no part in a tenant's labels."""
    for tenant in TENANTS:
        names = load.server.get("/loki/api/v1/label/service_name/values", {"X-Scope-OrgID": tenant}, since="1h").json()["data"]
        check(all(re.fullmatch(r"round\d+", name) for name in names), "only what tenant %s pushed" % tenant, names)


def healthy(load):
    with load.lock:
        check(not load.failures, "what should not have happened", *load.failures[:5])
    check(load.server.alive(), "the server lives", load.server.log_text()[-8000:])
    said = REPORTS.search(load.server.log_text())
    check(not said, "nothing of a sanitizer in the log", said and load.server.log_text()[max(0, said.start() - 200):][:8000])


def minute_line(minute, load, memory):
    with load.lock:
        counts, statuses = load.counts, load.statuses
        load.counts, load.statuses = collections.Counter(), collections.Counter()
        failures = len(load.failures)
    print("minute %d: %.0f MB, %.0f MB allocated, %d files; %s; answers %s; %d lines in all; %d failures" % (
        minute, *memory.samples[-1][1:], load.server.open_files(), ", ".join("%d %s" % (n, kind) for kind, n in sorted(counts.items())),
        ", ".join("%d x %s" % (n, status) for status, n in sorted(statuses.items(), key=str)), load.tally.count(), failures), flush=True)


def drive(load, minutes):
    """The time line: rounds, restarts, checks. Returns what memory did."""
    begin, memory, rounds = time.monotonic(), Memory(), [("round0", time.time_ns())]
    restarts = [(minutes / 6, False), (minutes / 4, True)]
    next_minute, next_round = 1, ROUND_MINUTES
    while (now := (time.monotonic() - begin) / 60) < minutes:
        with load.turn:
            load.turn.wait(min(2, max(0.1, 60 * (minutes - now))))
        if restarts and now >= restarts[0][0]:
            restart(load, restarts.pop(0)[1])
            memory = Memory()
        healthy(load)
        memory.look(load.server)
        if now >= next_minute:
            minute_line(next_minute, load, memory)
            next_minute += 1
        if now >= next_round:
            next_round += ROUND_MINUTES
            load.pause()
            rounds = [r for r in rounds if r[1] > time.time_ns() - (KEPT_MINUTES - ROUND_MINUTES) * 60 * 10**9]
            for mark, since in rounds:
                look_at(load, mark, since - 61 * 10**9)
            sees_only_its_own(load)
            load.mark = "round%d" % (int(load.mark[5:]) + 1)
            rounds.append((load.mark, time.time_ns()))
            load.go_on()
    load.go_on(ended=True)
    return memory, rounds


def run(folder, options):
    otlp_port = harness.free_port()
    flags = ["-auth.enabled=true", "-store.retention=%dm" % KEPT_MINUTES, "-otlp.grpc-listen-port=%d" % otlp_port,
             "-validation.max-entries-limit=20000", "-memory.budget=%dMB" % BUDGET_MB]
    with harness.Narfid(folder, flags=flags) as server:
        load = Load(server, otlp_port, options)
        workers = [threading.Thread(target=work, daemon=True, args=(
            load, HTTP_ACTIONS if n else GRPC_ACTIONS, random.Random("%d %d" % (options.seed, n)))) for n in range(WORKERS + 1)]
        for worker in workers:
            worker.start()
        memory, rounds = drive(load, options.minutes)
        for worker in workers:
            worker.join(120)
        check(load.busy == 0, "every request has ended")
        for s in load.kept:
            s.close()
        load.client.close()
        healthy(load)
        for mark, since in rounds:
            if since > time.time_ns() - (KEPT_MINUTES - 2) * 60 * 10**9:
                look_at(load, mark, since - 61 * 10**9)
        sees_only_its_own(load)
        check(memory.most_files < MOST_FILES, "open files", memory.most_files)
        check(server.stop() == 0, "a stop with status 0", server.log_text()[-8000:])
        healthy_log = REPORTS.search(server.log_text())
        check(not healthy_log, "nothing of a sanitizer in the log", server.log_text()[-8000:])
        return "mixed load: %g minutes, %d lines pushed, each there once; no report of a sanitizer, status 0; %s" % (
            options.minutes, load.tally.count(), memory.verdict())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=1)
    parser.add_argument("--rate", type=float, default=40)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    options = parser.parse_args()
    with open(harness.program("narfid"), "rb") as program:
        check(b"__asan_init" in program.read(), "narfid has the sanitizers: `./dev mixed` builds it so")
    print("seed %d; %g requests a second" % (options.seed, options.rate), flush=True)
    for name, value in SANITIZERS.items():
        os.environ.setdefault(name, value)
    with harness.folder() as folder:
        harness.report(run(folder, options))


if __name__ == "__main__":
    main()
