# SPDX-License-Identifier: Apache-2.0
"""Many requests in flight over one connection, and what becomes of them when it breaks."""
import collections
import re

import h2.errors

import server
from streams import listen

CASES = {}


def case(function):
    CASES[function.__name__] = function
    return function


def shows(text, *wanted):
    for part in wanted:
        assert part in text, f"no {part!r} in:\n{text}"


def number_of(headers):
    return int(headers[":path"].rpartition("/")[2])


def text(connection, stream, headers, body=b"", status=200, **more):
    connection.headers(stream, status=status, **more)
    connection.data(stream, f"{headers[':method']} {headers[':path']} on {connection.number} ".encode() + body)


def flight(w, port, *words, method="GET", path="/o/"):
    return w.drive("flight", "-p", port, "-c", w.good.ca, *words, method, path)


def paths_of(out):
    return [int(number) for number in re.findall(r"(?m)^/o/(\d+) ", out)]


def total(out, answered, failed, lanes):
    shows(out, f"answered: {answered} failed: {failed} busy: 0 free: {lanes} ")


@case
def flight_answers_belong_to_their_requests(w):
    """Out of order, and each with its own path and tag, over one connection."""
    listener = listen(w, lambda c, s, h, b: c.later((number_of(h) * 7 % 10) / 100, lambda: text(c, s, h)))
    out = flight(w, listener.port, "-n", 32, "-r", 300)
    total(out, 300, 0, 32)
    order = paths_of(out)
    assert sorted(order) == list(range(300)) and order != list(range(300)), order
    for number in order:
        shows(out, f"/o/{number} status: 200 retry: 0 length: {len(f'GET /o/{number} on 1 ')} [GET /o/{number} on 1 ]")
    assert listener.count == 1, listener.count


@case
def flight_is_as_many_at_once_as_there_are_lanes(w):
    """No request is answered before as many as there are lanes have come."""
    for lanes in (1, 7, 32, 256):
        seen = collections.Counter()

        def answer(connection, stream, headers, body, lanes=lanes, seen=seen):
            def done():
                if seen[turn] < lanes:
                    connection.later(0.1, done)
                else:
                    text(connection, stream, headers)
            turn = number_of(headers) // lanes
            seen[turn] += 1
            assert not seen[turn + 1], "more in flight than there are lanes"
            done()
        listener = listen(w, answer, streams=256)
        total(flight(w, listener.port, "-n", lanes, "-r", lanes * 3), lanes * 3, 0, lanes)
        # Until it has the server's settings, libcurl keeps to 100.
        assert listener.count == 1 or lanes > 100, listener.count


@case
def flight_sends_bodies(w):
    port = listen(w, lambda c, s, h, b: text(c, s, h, h["content-type"].encode() + b)).port
    out = flight(w, port, "-n", 8, "-r", 50, "-b", "{}", "-T", "application/merge-patch+json", method="PATCH")
    total(out, 50, 0, 8)
    for number in range(50):
        shows(out, f"[PATCH /o/{number} on 1 application/merge-patch+json{{}}]")


@case
def flight_lanes_are_used_again_with_bodies_of_any_length(w):
    """A long body must leave nothing behind for the short one that follows."""
    def answer(connection, stream, headers, body):
        connection.headers(stream)
        number = number_of(headers)
        connection.data(stream, b"y" * 60000 if number % 2 else b"%d" % number)
    out = flight(w, listen(w, answer).port, "-n", 3, "-r", 60)
    for number in range(60):
        shows(out, f"/o/{number} status: 200 retry: 0 length: " +
              ("60000 [yyyy" if number % 2 else f"{len(str(number))} [{number}]"))


@case
def flight_retry_after(w):
    def answer(connection, stream, headers, body):
        if number_of(headers) % 3:
            text(connection, stream, headers)
        else:
            text(connection, stream, headers, status=429, retry_after=number_of(headers) + 1)
    out = flight(w, listen(w, answer).port, "-n", 16, "-r", 100)
    total(out, 100, 0, 16)
    for number in range(100):
        shows(out, f"/o/{number} status: {200 if number % 3 else 429} retry: {0 if number % 3 else number + 1} length:")


@case
def flight_slow_ones_hold_up_nobody(w):
    def answer(connection, stream, headers, body):
        if number_of(headers) % 10 != 3:
            text(connection, stream, headers)
    listener = listen(w, answer)
    out = flight(w, listener.port, "-n", 8, "-r", 40, "-w", 400)
    total(out, 40, 4, 8)
    for number in range(40):
        shows(out, f"/o/{number} " + ("status: 200" if number % 10 != 3 else
                                      f"error: 127.0.0.1:{listener.port} did not give a whole answer within 0.4 s "
                                      "away: 1 maybe: 1"))
    assert listener.count == 1, listener.count


@case
def flight_stream_that_is_reset(w):
    def answer(connection, stream, headers, body):
        if number_of(headers) % 5:
            text(connection, stream, headers)
        else:
            connection.h2.reset_stream(stream, h2.errors.ErrorCodes.INTERNAL_ERROR)
    listener = listen(w, answer)
    out = flight(w, listener.port, "-n", 8, "-r", 50)
    total(out, 50, 10, 8)
    shows(out, "/o/5 error: ", "broke the connection off", "away: 1 maybe: 1")
    assert listener.count == 1, listener.count


@case
def flight_stream_that_was_not_looked_at_is_sent_again(w):
    refused = set()

    def answer(connection, stream, headers, body):
        if number_of(headers) % 5 or number_of(headers) in refused:
            text(connection, stream, headers)
        else:
            refused.add(number_of(headers))
            connection.h2.reset_stream(stream, h2.errors.ErrorCodes.REFUSED_STREAM)
    out = flight(w, listen(w, answer).port, "-n", 8, "-r", 50)
    failed = int(re.search(r"failed: (\d+)", out).group(1))
    total(out, 50, failed, 8)
    # libcurl 7.88 gives up at a lane's sixth, over all of its requests.
    assert failed <= 1 and len(re.findall("tried 5 times .* away: 1 maybe: 1", out)) == failed, out


@case
def flight_answer_too_large(w):
    def answer(connection, stream, headers, body):
        connection.headers(stream)
        connection.data(stream, b"x" * (65537 if number_of(headers) % 10 == 5 else 65536))
    listener = listen(w, answer)
    out = flight(w, listener.port, "-n", 4, "-r", 20)
    total(out, 20, 2, 4)
    shows(out, "/o/15 error: ", "is larger than 64 KiB away: 0 maybe: 1")
    total(flight(w, listener.port, "-n", 4, "-r", 20, "-m", 65537), 20, 0, 4)


def dropping(how):
    """Ends the first connection at its 20th request, with the last five unanswered."""
    def answer(connection, stream, headers, body):
        if connection.number > 1 or connection.requests <= 15:
            text(connection, stream, headers)
        elif connection.requests == 20:
            how(connection, stream)
    return answer


@case
def flight_goes_on_over_a_new_connection(w):
    """What was in flight when the connection ended either failed or was, as nothing was done, sent again."""
    def closed(connection, stream):
        connection.drop()

    def by_reset(connection, stream):
        connection.drop(by_reset=True)

    def left(connection, stream):
        connection.leave(stream)
        connection.drop()
    for how in (closed, by_reset, left):
        listener = listen(w, dropping(how))
        out = flight(w, listener.port, "-n", 8, "-r", 100)
        failed = int(re.search(r"failed: (\d+)", out).group(1))
        total(out, 100, failed, 8)
        assert failed <= 8 and listener.count <= 5, (how.__name__, listener.count, out)
        assert len(re.findall("broke the connection off: .* away: 1 maybe: 1", out)) == failed, (how.__name__, out)
        assert sorted(paths_of(out)) == list(range(100)), out


@case
def flight_server_that_leaves_in_order(w):
    """GOAWAY as a server sends it that stops: what it took it answers, the rest was not looked at."""
    def answer(connection, stream, headers, body):
        if connection.number == 1 and connection.requests > 15:
            if connection.requests == 16:
                connection.leave(stream - 2)
                connection.later(0.05, connection.drop)
            return
        text(connection, stream, headers)
    out = flight(w, listen(w, answer).port, "-n", 8, "-r", 100)
    failed = int(re.search(r"failed: (\d+)", out).group(1))
    total(out, 100, failed, 8)
    # libcurl 7.88 sends again all of them but the one that reads the GOAWAY.
    assert failed <= 1 and len(re.findall(": .* away: 1 maybe: 1", out)) == failed, out
    assert sorted(paths_of(out)) == list(range(100)), out


@case
def flight_server_that_asks_to_go(w):
    """GOAWAY as Go's servers send it first: no stream is refused, and no more are wanted."""
    def answer(connection, stream, headers, body):
        if connection.number == 1 and connection.requests == 16:
            connection.later(0, lambda: connection.leave(2 ** 31 - 1))
        connection.later(0.01, lambda: text(connection, stream, headers))
    listener = listen(w, answer)
    out = flight(w, listener.port, "-n", 8, "-r", 100)
    total(out, 100, 0, 8)
    assert sorted(paths_of(out)) == list(range(100)) and listener.count <= 5, (listener.count, out)


@case
def flight_server_that_is_gone(w):
    port = server.free_port()
    out = flight(w, port, "-n", 8, "-r", 20)
    total(out, 20, 20, 8)
    shows(out, f"/o/19 error: nothing listens on 127.0.0.1:{port}: connection refused away: 1 maybe: 0")


@case
def flight_server_that_allows_few_streams(w):
    def answer(connection, stream, headers, body):
        connection.later(0.01, lambda: text(connection, stream, headers))
    out = flight(w, listen(w, answer, streams=5).port, "-n", 32, "-r", 300)
    failed = int(re.search(r"failed: (\d+)", out).group(1))
    total(out, 300, failed, 32)
    # What came before the settings did is refused, and sent again: five times for each lane.
    assert failed <= 3 and len(re.findall("tried 5 times .* away: 1 maybe: 1", out)) == failed, out


@case
def flight_over_http1(w):
    listener = server.http1(server.faults, server.context(w.pair))
    out = flight(w, listener.port, "-n", 4, "-r", 40, path="/echo/")
    total(out, 40, 0, 4)
    assert listener.count <= 4, listener.count


@case
def flight_lanes_are_bounded(w):
    for lanes in (0, 257):
        shows(flight(w, 1, "-n", lanes), f"{lanes} requests in flight are not possible: 1 to 256 are")


@case
def flight_of_another_ca(w):
    port = listen(w, text).port
    out = w.drive("flight", "-p", port, "-c", w.other.ca, "-n", 2, "-r", 3, "GET", "/o/")
    total(out, 3, 3, 2)
    shows(out, "is not signed by the CA of CA-FILE away: 0 maybe: 0")
