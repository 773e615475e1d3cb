# SPDX-License-Identifier: Apache-2.0
"""What gRPC calls do with servers that answer as they should, and that do not."""
import re
import struct

import h2.errors

import server
from streams import listen

CASES = {}


def case(function):
    CASES[function.__name__] = function
    return function


def frame(message, compressed=0):
    return bytes([compressed]) + struct.pack(">I", len(message)) + message


def shows(text, *wanted):
    for part in wanted:
        assert part in text, f"no {part!r} in:\n{text}"


def reply(connection, stream, data, **trailers):
    connection.headers(stream, content_type="application/grpc")
    connection.data(stream, data, trailers or {"grpc-status": "0"})


def echo(connection, stream, headers, body):
    words = [f"{name}={headers.get(name)}" for name in (":method", ":path", "content-type", "te", "user-agent", "expect")]
    reply(connection, stream, frame("\n".join([f"connection {connection.number} request {connection.requests}", *words,
                                               repr(body)]).encode()))


def big(connection, stream, headers, body):
    reply(connection, stream, frame(b"x" * int(headers[":path"].rpartition("/")[2])))


def endless(connection, stream, headers, body):
    connection.headers(stream, content_type="application/grpc")
    connection.data(stream, frame(b"x" * (4 << 20)) * 4, end=False)


def trailers_only(connection, stream, headers, body):
    connection.headers(stream, end=True, content_type="application/grpc", grpc_status=11,
                       grpc_message="etcdserver: mvcc: required revision has been compacted")


def percent(connection, stream, headers, body):
    connection.headers(stream, end=True, content_type="application/grpc+proto", grpc_status=3,
                       grpc_message="a%20b%0Ac %C3%B6 %1b[31m 100% %4 %zz \xff".encode("latin-1").decode("utf-8", "replace"))


def long_message(connection, stream, headers, body):
    connection.headers(stream, end=True, content_type="application/grpc", grpc_status=2, grpc_message="xx%C3%B6" * 500)


def code_behind_a_body(connection, stream, headers, body):
    reply(connection, stream, frame(b"half of it"), **{"grpc-status": "14", "grpc-message": "no leader"})


def no_status(connection, stream, headers, body):
    connection.headers(stream, content_type="application/grpc")
    connection.data(stream, frame(b"whole"))


def status_before_the_body(connection, stream, headers, body):
    connection.headers(stream, content_type="application/grpc", grpc_status=0)
    connection.data(stream, frame(b"whole"))


def status_in_an_early_answer(connection, stream, headers, body):
    connection.headers(stream, status=103, grpc_status=0)
    no_status(connection, stream, headers, body)


def status_no_number(connection, stream, headers, body):
    reply(connection, stream, frame(b"whole"), **{"grpc-status": "0x"})


def status_empty(connection, stream, headers, body):
    reply(connection, stream, frame(b"whole"), **{"grpc-status": ""})


def compressed(connection, stream, headers, body):
    reply(connection, stream, frame(b"whole", 1))


def cut_off(connection, stream, headers, body):
    reply(connection, stream, frame(b"whole")[:-1])


def huge_length(connection, stream, headers, body):
    reply(connection, stream, b"\0\xff\xff\xff\xffwhole")


def head_cut_off(connection, stream, headers, body):
    reply(connection, stream, b"\0\0\0")


def no_message(connection, stream, headers, body):
    connection.headers(stream, end=True, content_type="application/grpc", grpc_status=0)


def empty(connection, stream, headers, body):
    reply(connection, stream, frame(b""))


def two(connection, stream, headers, body):
    reply(connection, stream, frame(b"one") + frame(b"two"))


def bytes_behind(connection, stream, headers, body):
    reply(connection, stream, frame(b"one") + b"x")


def unavailable(connection, stream, headers, body):
    connection.headers(stream, status=503, content_type="text/plain")
    connection.data(stream, b"not now")


def html(connection, stream, headers, body):
    connection.headers(stream, content_type="text/html", grpc_status=0)
    connection.data(stream, frame(b"whole"), {"grpc-status": "0"})


def grpcish(connection, stream, headers, body):
    connection.headers(stream, content_type="application/grpc-web")
    connection.data(stream, frame(b"whole"), {"grpc-status": "0"})


def reset_stream(connection, stream, headers, body):
    connection.headers(stream, content_type="application/grpc")
    connection.data(stream, frame(b"whole")[:-1], end=False)
    connection.h2.reset_stream(stream, h2.errors.ErrorCodes.INTERNAL_ERROR)


def silent(connection, stream, headers, body):
    pass


def silent_after_the_first(connection, stream, headers, body):
    if connection.requests == 1:
        echo(connection, stream, headers, body)


def goaway_midway(connection, stream, headers, body):
    connection.headers(stream, content_type="application/grpc")
    connection.data(stream, frame(b"whole")[:-1], end=False)
    connection.flush()
    connection.leave(stream)
    connection.drop()


def closed_before_the_trailers(connection, stream, headers, body):
    connection.headers(stream, content_type="application/grpc")
    connection.data(stream, frame(b"whole"), end=False)
    connection.drop()


def grpc(w, answer, *words, method="/etcdserverpb.KV/Range", message="hello"):
    port = answer if isinstance(answer, int) else listen(w, answer).port
    return w.drive("grpc", "-p", port, "-c", w.good.ca, *words, method, message)


@case
def grpc_call_arrives_as_it_should(w):
    out = w.drive("grpc", "-p", listen(w, lambda c, s, h, b: big(c, s, {":path": "/1000"}, b)).port, "-c", w.good.ca,
                  "/a.B/C", "hi")
    shows(out, "code: 0 message: [] guarded: 0 length: 1000 [xxxx")
    seen = []
    grpc(w, lambda c, s, h, b: (seen.append((h, b)), empty(c, s, h, b)), method="/a.B/C", message="hi")
    headers, body = seen[0]
    assert body == frame(b"hi"), body
    assert headers[":method"] == "POST" and headers[":path"] == "/a.B/C", headers
    assert headers["content-type"] == "application/grpc" and headers["te"] == "trailers", headers
    assert "expect" not in headers and "grpc-encoding" not in headers, headers


@case
def grpc_calls_share_a_connection(w):
    listener = listen(w, echo)
    shows(grpc(w, listener.port, "-r", 3), "connection 1 request 3\n")
    assert listener.count == 1


@case
def grpc_secret_answer_is_guarded_and_keeps_no_connection(w):
    listener = listen(w, echo)
    shows(grpc(w, listener.port, "-r", 2, "-s"), "guarded: 1", "connection 2 request 1\n")
    assert listener.count == 2


@case
def grpc_empty_message(w):
    shows(grpc(w, empty, message=""), "code: 0 message: [] guarded: 0 length: 0 []")


@case
def grpc_large_message_within_the_limit(w):
    port = listen(w, big).port
    shows(grpc(w, port, method="/x/20000000"), "code: 0 message: [] guarded: 0 length: 20000000 [xxxx")
    shows(grpc(w, port, "-m", 2048, method="/x/2048"), "length: 2048 [")
    shows(grpc(w, port, "-m", 2048, "-s", method="/x/2048"), "guarded: 1 length: 2048 [")


@case
def grpc_message_too_large(w):
    port = listen(w, big).port
    for length in (2049, 1000000):
        shows(grpc(w, port, "-m", 2048, method=f"/x/{length}"), "is larger than 2 KiB", "away: 0 maybe: 1")
    shows(grpc(w, endless, "-m", 1000000), "is larger than 976 KiB", "away: 0")


@case
def grpc_code_without_a_body(w):
    shows(grpc(w, trailers_only), "code: 11 message: [etcdserver: mvcc: required revision has been compacted]",
          "length: 0 []")


@case
def grpc_code_behind_a_body(w):
    shows(grpc(w, code_behind_a_body), "code: 14 message: [no leader] guarded: 0 length: 0 []")


@case
def grpc_message_is_decoded_and_printable(w):
    shows(grpc(w, percent), "code: 3 message: [a b\\x0ac \u00f6 \\x1b[31m 100% %4 %zz")


@case
def grpc_message_is_cut_between_characters(w):
    out = grpc(w, long_message)
    text = re.search(r"message: \[(.*?)\]", out).group(1)
    assert re.fullmatch("(xxö)*xx", text) and len(text.encode()) == 398, text


@case
def grpc_without_a_code_is_no_answer(w):
    for answer in (no_status, status_before_the_body, status_in_an_early_answer, status_no_number, status_empty):
        shows(grpc(w, answer), "ends without a grpc-status", "a server that is just stopping", "away: 1 maybe: 1")


@case
def grpc_frames_that_are_wrong(w):
    for answer, what in ((compressed, "compressed"), (cut_off, "cut off"), (huge_length, "cut off"),
                         (head_cut_off, "there is no message"), (no_message, "there is no message"),
                         (two, "more than one message"), (bytes_behind, "more than one message")):
        shows(grpc(w, answer), "does not answer in gRPC: ", what, "away: 0")


@case
def grpc_from_something_else(w):
    shows(grpc(w, unavailable), "does not answer in gRPC: HTTP status 503", "correct address and port", "away: 0")
    for answer in (html, grpcish):
        shows(grpc(w, answer), "does not answer in gRPC: the content type is another", "away: 0")


@case
def grpc_over_http1(w):
    shows(grpc(w, w.faulty), "does not answer in gRPC: it has HTTP/1 only, and gRPC needs HTTP/2", "away: 0")


@case
def grpc_broken_off(w):
    for answer in (reset_stream, goaway_midway, closed_before_the_trailers):
        shows(grpc(w, answer), "broke the connection off", "away: 1 maybe: 1")


@case
def grpc_too_slow(w):
    shows(grpc(w, silent, "-w", 300), "did not give a whole answer within 0.3 s", "away: 1 maybe: 1")


@case
def grpc_too_slow_on_a_connection_in_use(w):
    shows(grpc(w, silent_after_the_first, "-w", 300, "-r", 2), "did not give a whole answer within 0.3 s",
          "away: 1 maybe: 1")


@case
def grpc_leaving_right_behind_the_answer(w):
    """The whole answer, or one that counts as broken off: never half of it."""
    def once(connection, stream, headers, body):
        echo(connection, stream, headers, body)
        connection.flush()
        connection.leave(stream)
        connection.drop()
    out = grpc(w, once)
    if "code: 0" not in out:
        shows(out, "127.0.0.1:", "away: 1 maybe: 1")


@case
def grpc_to_nobody(w):
    port = server.free_port()
    shows(grpc(w, port), f"nothing listens on 127.0.0.1:{port}", "away: 1 maybe: 0")
