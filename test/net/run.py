#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""src/net and src/api against servers with faults, on this machine's loopback, over real TLS.

    test/net/run.py [--bin build/release/drive-net] [NAME…]     NAME: a part of a case's name

Needs openssl (the program) and python3-h2; one case needs strace. Exit 77: it cannot run here; the last line says why.
"""
import argparse
import functools
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import traceback
import warnings

import apiserver
import leases
import server

try:
    import calls
    import flights
    import listing
    import rewriting
except ModuleNotFoundError:
    calls = None

ROOT = pathlib.Path(__file__).resolve().parents[2]
CASES = {}


def case(function):
    CASES[function.__name__] = function
    return function


class World:
    """Certificates and servers, made when first asked for; `run` drives the program."""

    def __init__(self, binary, folder):
        self.binary, self.folder = binary, folder

    @functools.cached_property
    def good(self):
        return server.Certificates(self.folder)

    @functools.cached_property
    def other(self):
        return server.Certificates(self.folder, "other-ca")

    @functools.cached_property
    def pair(self):
        return self.good.sign("server")

    @functools.cached_property
    def client(self):
        return self.good.sign("tester", "", usage="clientAuth")

    @functools.cached_property
    def faulty(self):
        return server.http1(server.faults, server.context(self.pair)).port

    def drive(self, *words, env=None, before=()):
        done = subprocess.run([*before, self.binary, *map(str, words)], capture_output=True, text=True, check=False,
                              env={**os.environ, **(env or {})})
        if done.returncode not in (0, 1) or done.stderr:
            raise AssertionError(f"exit {done.returncode}: {done.stderr}{done.stdout}")
        return done.stdout

    def http(self, port, path, *words, ca=None, method="GET", **more):
        return self.drive("http", "-p", port, "-c", ca or self.good.ca, *words, method, path, **more)


def shows(text, *wanted):
    for part in wanted:
        assert part in text, f"no {part!r} in:\n{text}"


def hides(text, *unwanted):
    for part in unwanted:
        assert part not in text, f"{part!r} in:\n{text}"


# --- what works ----------------------------------------------------------------------------------

@case
def request_arrives_as_asked(w):
    out = w.http(w.faulty, "/echo/a%2Fb?c=d", "-b", '{"x":1}', "-T", "application/merge-patch+json", method="PATCH")
    shows(out, "status: 200 http2: 0", "PATCH /echo/a%2Fb?c=d\n", "Content-Type: application/merge-patch+json\n",
          "Content-Length: 7\n", "Accept: application/json\n", "User-Agent: atrest/", '{"x":1}')
    hides(out, "Authorization", "Expect", "Accept-Encoding")


@case
def body_less_request_has_no_content_type(w):
    hides(w.http(w.faulty, "/echo"), "Content-Type", "Content-Length: 0")


@case
def token_is_sent(w):
    shows(w.http(w.faulty, "/echo", "-t", "some.token-1"), "Authorization: Bearer some.token-1\n")


@case
def http2_where_the_server_has_it(w):
    port = server.Listener(server.http2, server.context(w.pair, alpn=("h2", "http/1.1"))).port
    out = w.http(port, "/", "-r", 3)
    shows(out, "status: 200 http2: 1", "connection 1 request 3\n")


@case
def one_connection_for_many_requests(w):
    listener = server.http1(server.faults, server.context(w.pair))
    shows(w.http(listener.port, "/count", "-r", 3), "connection 1 request 3\n")


@case
def fresh_is_a_new_connection(w):
    listener = server.http1(server.faults, server.context(w.pair))
    shows(w.http(listener.port, "/count", "-f", "-r", 3), "connection 3 request 1\n")


@case
def secret_keeps_no_connection(w):
    listener = server.http1(server.faults, server.context(w.pair))
    shows(w.http(listener.port, "/count", "-s", "-r", 2), "connection 2 request 1\n")


@case
def connects_to_an_address_and_verifies_a_name(w):
    pair = w.good.sign("named", "DNS:kubernetes.example,IP:10.96.0.1")
    port = server.http1(server.faults, server.context(pair)).port
    for name in ("kubernetes.example", "10.96.0.1"):
        shows(w.http(port, "/echo", "-h", name, "-a", "127.0.0.1"), "status: 200", f"Host: {name}:{port}\n")
    shows(w.http(port, "/echo", "-h", "elsewhere.example", "-a", "127.0.0.1"),
          f"elsewhere.example:{port} (at 127.0.0.1)", "is not valid for 'elsewhere.example'")


@case
def client_certificate_is_shown(w):
    port = server.http1(server.faults, server.context(w.pair, client_ca=w.good.ca)).port
    shows(w.http(port, "/count", "-C", w.client[0], "-K", w.client[1]), "status: 200")


@case
def large_body_within_the_limit(w):
    shows(w.http(w.faulty, "/big/1000000", "-m", 1000000), "status: 200", "length: 1000000")


# --- what must not be ----------------------------------------------------------------------------

@case
def redirect_is_an_answer(w):
    out = w.http(w.faulty, "/redirect")
    shows(out, "status: 302", "elsewhere")
    hides(out, "GET /echo")


@case
def proxies_of_the_environment_are_ignored(w):
    nobody = "http://127.0.0.1:1"
    names = ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
    env = {**{name: nobody for name in names}, "no_proxy": "", "NO_PROXY": ""}
    shows(w.http(w.faulty, "/count", env=env), "status: 200")


@case
def session_keys_are_not_logged(w):
    log = w.folder / "keylog"
    shows(w.http(w.faulty, "/count", env={"SSLKEYLOGFILE": str(log)}), "status: 200")
    assert not log.exists()


@case
def netrc_is_not_read(w):
    home = w.folder / "home"
    home.mkdir()
    (home / ".netrc").write_text("machine 127.0.0.1 login somebody password something\n")
    hides(w.http(w.faulty, "/echo", env={"HOME": str(home)}), "Authorization")


@case
def cas_of_the_system_are_not_asked(w):
    if not shutil.which("strace"):
        print("skipped: no strace here")
        return
    log = w.folder / "trace"
    # Nothing looks for leaks under strace, in a build that otherwise does.
    shows(w.http(w.faulty, "/", ca=w.other.ca, before=("strace", "-f", "-qq", "-e", "trace=%file", "-o", log),
                 env={"ASAN_OPTIONS": "detect_leaks=0"}), "not signed by the CA of CA-FILE")
    hides(log.read_text(), "/etc/ssl/certs", "/usr/lib/ssl/certs", "/usr/lib/ssl/cert.pem", "ca-certificates")


# --- what fails, in words ------------------------------------------------------------------------

@case
def nobody_listens(w):
    port = server.free_port()
    shows(w.http(port, "/"), f"nothing listens on 127.0.0.1:{port}: connection refused",
          "hint: see whether kube-apiserver runs", "away: 1 maybe: 0")


@case
def no_such_host(w):
    shows(w.http(1, "/", "-h", "no-such-host.invalid"), "no such host: 'no-such-host.invalid'", "USER-FILE", "away: 0")


@case
def signed_by_another_ca(w):
    shows(w.http(w.faulty, "/", ca=w.other.ca), f"the certificate of 127.0.0.1:{w.faulty} is not signed by the CA of CA-FILE",
          "from another cluster", "away: 0")


@case
def certificate_is_for_other_names(w):
    pair = w.good.sign("wrong-name", "DNS:kubernetes,IP:10.96.0.1")
    port = server.http1(server.faults, server.context(pair)).port
    shows(w.http(port, "/"), "is not valid for '127.0.0.1'; it is for DNS:kubernetes, IP Address:10.96.0.1", "certSANs")


@case
def certificate_has_expired(w):
    port = server.http1(server.faults, server.context(w.good.sign("expired", days=-1))).port
    shows(w.http(port, "/"), "or its CA's, has expired", "kubeadm certs renew apiserver", "away: 0")


@case
def client_certificate_is_asked_for(w):
    port = server.http1(server.faults, server.context(w.pair, client_ca=w.good.ca)).port
    shows(w.http(port, "/"), "refuses the client certificate of USER-FILE: it asks for one, and there is none",
          "kubeadm certs check-expiration")


@case
def client_certificate_of_another_ca(w):
    port = server.http1(server.faults, server.context(w.pair, client_ca=w.good.ca)).port
    pair = w.other.sign("stranger", "", usage="clientAuth")
    shows(w.http(port, "/", "-C", pair[0], "-K", pair[1]), "refuses the client certificate of USER-FILE", "away: 0")


@case
def client_certificate_has_expired(w):
    port = server.http1(server.faults, server.context(w.pair, client_ca=w.good.ca)).port
    pair = w.good.sign("old-tester", "", days=-1, usage="clientAuth")
    shows(w.http(port, "/", "-C", pair[0], "-K", pair[1]), "refuses the client certificate of USER-FILE", "expired")


@case
def client_key_of_another_certificate(w):
    shows(w.http(w.faulty, "/", "-C", w.client[0], "-K", w.pair[1]),
          "the client certificate and key of USER-FILE cannot be used", "belong together")


@case
def client_certificate_without_key(w):
    shows(w.http(w.faulty, "/", "-C", w.client[0]), "a client certificate or its key, but not both")


@case
def ca_is_no_certificate(w):
    shows(w.http(w.faulty, "/", ca=w.client[1]), "the CA of CA-FILE cannot be used", "/etc/kubernetes/pki/ca.crt")


@case
def token_with_a_line_break(w):
    shows(w.http(w.faulty, "/", "-t", "a\r\nX: y"), "the token of USER-FILE has characters that no token has")


@case
def not_tls(w):
    port = server.http1(server.faults, None).port
    shows(w.http(port, "/"), f"127.0.0.1:{port} does not speak TLS", "away: 0")


@case
def tls_too_old(w):
    tls = server.context(w.pair)
    warnings.simplefilter("ignore")
    tls.set_ciphers("DEFAULT:@SECLEVEL=0")
    tls.minimum_version = tls.maximum_version = server.ssl.TLSVersion.TLSv1_1
    shows(w.http(server.http1(server.faults, tls).port, "/"), "offers no TLS 1.2 or newer")


@case
def closed_in_the_handshake(w):
    port = server.Listener(lambda connection, number: connection.recv(1)).port
    shows(w.http(port, "/"), f"127.0.0.1:{port} broke the connection off", "away: 1 maybe: 1")


@case
def body_too_large(w):
    for path in ("/big/1000001", "/endless"):
        shows(w.http(w.faulty, path, "-m", 1000000), "is larger than 976 KiB", "away: 0")


@case
def body_too_slow(w):
    shows(w.http(w.faulty, "/slow", "-w", 300), "did not give a whole answer within 0.3 s", "away: 1 maybe: 1")


@case
def handshake_too_slow(w):
    port = server.Listener(lambda connection, number: connection.makefile("rb").read()).port
    shows(w.http(port, "/", "-w", 300), "did not give a whole answer within 0.3 s", "away: 1 maybe: 0")


@case
def reset_in_the_body(w):
    shows(w.http(w.faulty, "/reset"), "broke the connection off", "away: 1 maybe: 1")


@case
def body_too_short(w):
    shows(w.http(w.faulty, "/short"), "broke the connection off", "away: 1 maybe: 1")


@case
def not_http(w):
    def speak(connection, number):
        connection.recv(1)
        connection.sendall(b"220 mail.example ESMTP\r\n")
    shows(w.http(server.Listener(speak, server.context(w.pair)).port, "/"), "does not answer in HTTP", "away: 0")


@case
def retry_after_is_told(w):
    shows(w.http(w.faulty, "/status/429"), "status: 429 http2: 0 retry: 7 length: 7\ntold so")


# --- the tally -----------------------------------------------------------------------------------

def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", default=ROOT / "build/release/drive-net", type=pathlib.Path)
    parser.add_argument("names", nargs="*")
    args = parser.parse_args()
    if not shutil.which("openssl"):
        print("skipped: no openssl here")
        return 77
    if not calls:
        print("skipped: no python3-h2 here")
        return 77
    if not args.bin.exists():
        parser.error(f"{args.bin} is not there: make {args.bin}")
    cases = {**CASES, **apiserver.CASES, **calls.CASES, **flights.CASES, **rewriting.CASES, **listing.CASES,
             **leases.CASES}
    chosen = {name: function for name, function in cases.items()
              if not args.names or any(part in name for part in args.names)}
    failed = 0
    with tempfile.TemporaryDirectory(prefix="atrest-net.") as folder:
        world = World(args.bin.resolve(), pathlib.Path(folder))
        for name, function in chosen.items():
            try:
                function(world)
            except Exception:  # pylint: disable=broad-except
                failed += 1
                print(f"FAILED {name}\n{re.sub('(?m)^', '    ', traceback.format_exc(limit=-2))}")
    print(f"{len(chosen) - failed} passed, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
