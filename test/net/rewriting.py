# SPDX-License-Identifier: Apache-2.0
"""Rewrites against a server of HTTP/2 that keeps no objects, but the time and the words of each request."""
import json
import os
import re
import struct
import threading
import time

import apiserver
import server
import streams

CASES = {}
FOLDER = "/api/v1/namespaces/default/secrets/s-"
QUERY = "?includeObject=None"
TABLE = "application/json;as=Table;g=meta.k8s.io;v=v1"
COLUMNS = [{"name": "Name", "type": "string", "format": "name", "description": "x" * 300, "priority": 0},
           {"name": "Type", "type": "string", "format": "", "description": "y" * 200, "priority": 0}]
SECRET = "cGxhbnRlZC1zZWNyZXQ="


def case(function):
    CASES[function.__name__] = function
    return function


def slow(function):
    """Half a minute and more: only with SLOW=1."""
    return case(function) if os.environ.get("SLOW") else function


def text(thing):
    return thing if isinstance(thing, bytes) else json.dumps(thing, separators=(",", ":")).encode()


def table(version, *names, more=""):
    return {"kind": "Table", "apiVersion": "meta.k8s.io/v1",
            "metadata": {"resourceVersion": str(version), **({"continue": more} if more else {})},
            "columnDefinitions": COLUMNS, "rows": [{"cells": [name, "Opaque"], "object": None} for name in names]}


class Server:
    """`script` maps an object's number to answers: the first is for its first request, the last for all further ones.
    An answer is None (a Table), (status, body[, headers]), or a function of (connection, stream)."""

    def __init__(self, world, script=None, delay=0.0):
        self.world, self.script, self.delay, self.every = world, script or {}, delay, None
        self.log, self.asked, self.lock = [], {}, threading.Lock()
        self.listener = streams.listen(world, self.answer)
        self.cluster = apiserver.Cluster.__new__(apiserver.Cluster)
        self.cluster.world, self.cluster.port = world, self.listener.port

    def answer(self, connection, stream, headers, body):
        path = headers[":path"]
        number = int(re.search(r"s-(\d+)", path)[1])
        with self.lock:
            nth = self.asked[number] = self.asked.get(number, 0) + 1
            self.log.append((time.monotonic(), number, headers, body))
            chosen = self.every(len(self.log)) if self.every else None
            answers = self.script.get(number, [None])
            chosen = chosen or answers[min(nth, len(answers)) - 1]
        if callable(chosen):
            chosen(connection, stream)
            return
        status, content, more = (*(chosen or (200, table(1000 + number, f"s-{number}"))), {})[:3]
        connection.later(self.delay, lambda: self.send(connection, stream, status, text(content), more))

    @staticmethod
    def send(connection, stream, status, body, more):
        connection.headers(stream, status, **more)
        connection.data(stream, body)

    def run(self, count, *options, in_flight=32, rate=0):
        out = self.cluster.drive("rewrite", in_flight, rate, count, FOLDER, *options)
        return out

    def times(self):
        return [entry[0] for entry in self.log]


def sums(out, **wanted):
    found = {name: int(value) for name, value in re.findall(r"(\w+): (\d+)", out.splitlines()[-2])}
    for name, value in wanted.items():
        assert found[name] == value, f"{name} is {found[name]}, not {value}:\n{out}"
    return found


def result(out, number):
    return next(line for line in out.splitlines() if line.startswith(f"{number} "))


def status(code, reason, message, **details):
    return code, apiserver.status(code, reason, message, **details)


shows = apiserver.shows


# --- what works ----------------------------------------------------------------------------------

@case
def rewrite_all(w):
    it = Server(w)
    out = it.run(500)
    sums(out, ok=500, gone=0, refused=0, failed=0, retries=0, stopped=0, away=0)
    assert it.asked == dict.fromkeys(range(500), 1)
    assert it.listener.count == 1, it.listener.count
    for number in (0, 499):
        shows(result(out, number), f"{number} ok status: 200 tries: 1 version: {1000 + number} reason:  message: ")
    for _, number, headers, body in it.log:
        assert headers[":method"] == "PATCH" and headers[":path"] == f"{FOLDER}{number}{QUERY}"
        assert headers["accept"] == TABLE and headers["content-type"] == "application/merge-patch+json"
        assert headers["authorization"] == "Bearer test-token" and body == b"{}"


@case
def rewrite_over_http1(w):
    seen = []

    def answer(handler, body):
        seen.append((handler.command, handler.path, body))
        handler.reply(200, text(table(7)))
    cluster = apiserver.Cluster.__new__(apiserver.Cluster)
    cluster.world, cluster.port = w, server.http1(answer, server.context(w.pair)).port
    out = cluster.drive("rewrite", 8, 0, 60, FOLDER)
    sums(out, ok=60, retries=0)
    assert sorted(seen) == sorted(("PATCH", f"{FOLDER}{i}{QUERY}", b"{}") for i in range(60))


@case
def rewrite_nothing(w):
    it = Server(w)
    sums(it.run(0), ok=0, stopped=0)
    assert not it.log


@case
def rewrite_keeps_to_its_number_in_flight(w):
    most = [0, 0]

    def one(connection, stream):
        most[0] += 1
        most[1] = max(most)

        def end():
            most[0] -= 1
            Server.send(connection, stream, 200, text(table(5)), {})
        connection.later(0.02, end)
    it = Server(w)
    it.every = lambda count: one
    sums(it.run(60, in_flight=7), ok=60)
    assert most[1] == 7, most


# --- what is for good ----------------------------------------------------------------------------

@case
def rewrite_tells_what_is_refused(w):
    quota = 'secrets "s-1" is forbidden: exceeded quota: small, requested: count=1, used: 5, limited: 5'
    it = Server(w, {
        0: [status(404, "NotFound", 'secrets "s-0" not found', name="s-0")],
        1: [status(403, "Forbidden", quota)],
        2: [status(409, "Conflict", "somebody was first")],
        3: [status(422, "Invalid", 'Secret "s-3" is invalid: type: Invalid value')],
        4: [status(404, "NotFound", "the server could not find the requested resource")],
        5: [(404, b"404 page not found\n")],
        6: [status(413, "RequestEntityTooLarge", "too large")],
        7: [status(406, "NotAcceptable", "only the following media types are accepted")],
        8: [(302, b"elsewhere", {"location": "https://elsewhere/"})],
        9: [(403, b"\x1b[2Jhello\nthere")],
        10: [status(400, "BadRequest", "admission webhook \"deny.example.com\" denied the request: no")],
    })
    out = it.run(20)
    sums(out, ok=9, gone=1, refused=10, failed=0, retries=0)
    shows(result(out, 0), "gone status: 404")
    shows(result(out, 1), "refused status: 403", "reason: Forbidden", quota)
    shows(result(out, 2), "refused status: 409", "somebody was first")
    shows(result(out, 3), "refused status: 422", "reason: Invalid")
    for number in (4, 5, 6, 7, 8, 10):
        shows(result(out, number), "refused")
    shows(result(out, 9), r"message: \x1b[2Jhello there")


# --- what is for a moment ------------------------------------------------------------------------

@case
def rewrite_tries_a_broken_one_again_later_each_time(w):
    it = Server(w, {3: [(500, apiserver.status(500, "InternalError", "failed calling webhook \"x\""))] * 3 + [None]})
    out = it.run(200)
    sums(out, ok=200, failed=0, retries=3)
    shows(result(out, 3), "3 ok status: 200 tries: 4 version: 1003 reason:  message: ")
    times = [entry[0] for entry in it.log if entry[1] == 3]
    waits = [b - a for a, b in zip(times, times[1:])]
    for wait, least in zip(waits, (0.25, 0.5, 1.0)):
        assert least - 0.05 <= wait < least * 1.25 + 2, waits
    # The others did not wait for it.
    assert any(times[0] < entry[0] < times[1] for entry in it.log if entry[1] > 40)


@case
def rewrite_pauses_when_told_to(w):
    busy = (429, b"Too many requests, please try again later.\n", {"retry-after": "1"})
    it = Server(w, {5: [busy, None], 6: [busy, None], 7: [busy, None]}, delay=0.005)
    out = it.run(100, in_flight=4)
    sums(out, ok=100, retries=3)
    times = it.times()
    gap = max(b - a for a, b in zip(times, times[1:]))
    assert 0.95 <= gap < 4, gap


@case
def rewrite_obeys_retry_after_of_a_status(w):
    busy = status(429, "TooManyRequests", "the watch cache is not ready", retryAfterSeconds=2)
    it = Server(w, {0: [busy, None]})
    sums(it.run(1), ok=1, retries=1)
    assert 1.95 <= it.times()[1] - it.times()[0] < 5, it.times()


@case
def rewrite_probes_while_the_server_says_503(w):
    it = Server(w, delay=0.002)
    it.every = lambda count: (503, b"starting", {"retry-after": "1"}) if 50 <= count <= 90 else None
    started = time.monotonic()
    out = it.run(300, in_flight=16)
    sums(out, ok=300, failed=0)
    # Those that were in flight, and then one question each half a second.
    times = it.times()[50 + 16:90]
    assert (times[-1] - times[0]) / (len(times) - 1) > 0.45, times
    assert time.monotonic() - started < 60


@case
def rewrite_survives_a_closed_connection(w):
    it = Server(w, delay=0.003)
    it.every = lambda count: {100: lambda c, s: c.drop(True), 200: lambda c, s: c.drop(False),
                              250: lambda c, s: c.h2.reset_stream(s), 300: lambda c, s: c.h2.close_connection()}.get(count)
    out = it.run(400)
    sums(out, ok=400, failed=0)
    assert set(it.asked) == set(range(400))


@case
def rewrite_waits_for_a_server_that_is_gone(w):
    it = Server(w, delay=0.003)

    def leave(connection, stream):
        it.listener.close()
        threading.Timer(2.5, it.listener.reopen).start()
        connection.drop(True)
    it.every = lambda count: leave if count == 150 else None
    out = it.run(400)
    sums(out, ok=400, failed=0, away=0)
    times = it.times()
    gap = max(b - a for a, b in zip(times, times[1:]))
    assert 2.4 < gap < 7, gap


@case
def rewrite_tries_forbidden_again_while_the_server_starts(w):
    it = Server(w, {number: [None] for number in range(50)}, delay=0.003)
    denied = status(403, "Forbidden", 'secrets is forbidden: User "x" cannot patch resource "secrets"')
    it.every = lambda count: ((lambda c, s: c.drop(True)) if count == 20 else denied if 20 < count < 60 else None)
    sums(it.run(100, in_flight=8), ok=100, refused=0)


# --- how it is led -------------------------------------------------------------------------------

@case
def rewrite_stops(w):
    it = Server(w, {2: [(500, b"broken")]}, delay=0.01)
    out = it.run(1000, "stop=50", in_flight=16)
    found = sums(out, stopped=1, failed=1)
    assert 49 <= found["ok"] <= 49 + 17, out
    assert len(set(it.asked)) == found["ok"] + 1, "what was in flight was not awaited"
    shows(result(out, 2), "failed status: 500", "stopped before it was done; last: broken")


@case
def rewrite_that_stops_at_its_end_is_done(w):
    sums(Server(w).run(50, "stop=50"), ok=50, stopped=0)


@case
def rewrite_does_not_wait_for_ever_to_stop(w):
    if not os.environ.get("SLOW"):
        return
    it = Server(w, {40: [lambda c, s: None]})
    started = time.monotonic()
    out = it.run(100, "stop=20", in_flight=50)
    sums(out, stopped=1, failed=1)
    assert 39 < time.monotonic() - started < 43


@case
def rewrite_holds(w):
    it = Server(w, delay=0.005)
    sums(it.run(200, "hold=60:900", in_flight=8), ok=200, stopped=0, retries=0)
    times = it.times()
    gap = max(b - a for a, b in zip(times, times[1:]))
    assert 0.85 < gap < 4, gap


@case
def rewrite_keeps_to_its_rate(w):
    it = Server(w)
    begin = time.monotonic()
    sums(it.run(200, rate=100), ok=200)
    # A busy machine makes it slower, and bunches what arrives; nothing makes it faster.
    assert time.monotonic() - begin > 1.9


# --- answers of another kind ---------------------------------------------------------------------

@case
def rewrite_does_not_read_what_is_no_table(w):
    full = {"kind": "Secret", "apiVersion": "v1", "metadata": {"name": "s-0", "resourceVersion": "77"},
            "data": {"a": SECRET}}
    it = Server(w, {
        0: [(200, full)],
        1: [(200, b"")],
        2: [(200, b"not json: " + SECRET.encode())],
        3: [(200, text(table(1)).replace(b'"1"', b'"1x"'))],
        4: [(200, text(table(1)).replace(b'"resourceVersion":"1"', b""))],
        5: [(200, text(table(4)).replace(b'"metadata":{', b'"metadata":{"selfLink":"/x",'))],
        6: [(200, text(table("9" * 80)))],
        7: [(200, text(table(1))[:70])],
        8: [(200, text({**full, "padding": "x" * 2000000}))],
        9: [(201, text(table(8)))],
    })
    out = it.run(11)
    sums(out, ok=11)
    for number in (0, 1, 2, 3, 4, 6, 7, 8):
        shows(result(out, number), "version:  reason:")
    shows(result(out, 5), "version: 4 ")
    shows(result(out, 9), "version: 8 ")
    assert SECRET not in out


@case
def rewrite_drops_what_is_too_large(w):
    it = Server(w, {0: [(200, b"x" * 5000000)], 1: [(422, b"[" * 200000)], 2: [(403, b"{" + b'"a":1,' * 100000)]})
    out = it.run(10)
    sums(out, ok=7, failed=1, refused=2)
    shows(result(out, 0), "failed status: 0 tries: 1", "is larger than 3072 KiB")
    shows(result(out, 1), "refused status: 422", "[[[[")


@case
def rewrite_ends_where_nothing_can_help(w):
    it = Server(w)
    it.cluster.port = server.http1(server.faults, server.context(w.good.sign("elsewhere", "DNS:elsewhere"))).port
    shows(it.run(10), "error: the certificate of 127.0.0.1", "is not valid for '127.0.0.1'")


# --- long ones -----------------------------------------------------------------------------------

def canned(connection, number):
    """HTTP/2 without looking at what is asked: the same Table for each request."""
    frame, body = server.frame, text(table(4711, "some-name"))
    for stream, length in server.http2_requests(connection):
        # The window for what comes in is given back at once.
        connection.sendall(frame(1, 4, stream, b"\x88") + frame(0, 1, stream, body) +
                           frame(8, 0, 0, struct.pack(">I", max(length, 1))))


@case
def rewrite_of_many_needs_no_more_memory(w):
    it = Server(w)
    it.cluster.port = server.Listener(canned, server.context(w.pair, alpn=("h2",))).port
    sanitized = b"__asan_init" in w.binary.read_bytes()
    few, many = (500, 3000) if sanitized else (2000, 50000)
    peaks = []
    for count in (few, many):
        out = it.run(count, "quiet")
        sums(out, ok=count, retries=0)
        peaks.append(int(re.search(r"peak KiB: (\d+)", out)[1]))
    assert sanitized or peaks[1] - peaks[0] < 512, peaks


@slow
def rewrite_gives_one_up_in_the_end(w):
    it = Server(w, {1: [(500, apiserver.status(500, "InternalError", "no"))], 2: [lambda c, s: c.h2.reset_stream(s)]})
    out = it.run(100)
    sums(out, ok=98, failed=2)
    shows(result(out, 1), "failed status: 500 tries: 8", "message: no")
    shows(result(out, 2), "failed status: 0 tries: 8", "broke the connection off")


@slow
def rewrite_ends_when_nobody_believes_us(w):
    it = Server(w)
    it.every = lambda count: status(401, "Unauthorized", "Unauthorized")
    shows(it.run(10, in_flight=2), "cannot rewrite objects as 'tester'", "does not believe who this is (401)")


@slow
def rewrite_ends_when_the_server_stays_away(w):
    it = Server(w, delay=0.003)

    def leave(connection, stream):
        it.listener.close()
        connection.drop(True)
    it.every = lambda count: leave if count == 50 else None
    started = time.monotonic()
    out = it.run(400, in_flight=8)
    found = sums(out, away=1, stopped=0)
    assert 119 < time.monotonic() - started < 124
    assert found["failed"] >= 1 and found["ok"] <= 50, out
    shows(out, "stayed away for two minutes; last: nothing listens on")
