# SPDX-License-Identifier: Apache-2.0
"""Servers with faults, and certificates made for them. Everything listens on 127.0.0.1, on a port of its own."""
import http.server
import json
import socket
import ssl
import struct
import subprocess
import threading


class Certificates:
    """A CA and what it signs, in a folder, by the openssl program."""

    def __init__(self, folder, name="ca"):
        self.folder, self.name = folder, name
        self.ca = folder / f"{name}.pem"
        self._key(name)
        self._run("req", "-x509", "-new", "-key", self._path(name, "key"), "-subj", f"/CN={name}", "-days", "30",
                  "-addext", "keyUsage=critical,keyCertSign,digitalSignature", "-out", self.ca)

    def _path(self, name, suffix):
        return self.folder / f"{name}.{suffix}"

    def _run(self, *words):
        subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)

    def _key(self, name):
        self._run("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", self._path(name, "key"))

    def sign(self, name, alternatives="IP:127.0.0.1,DNS:localhost", days=30, usage="serverAuth"):
        """(certificate, key) as paths."""
        self._key(name)
        request, extensions = self._path(name, "csr"), self._path(name, "ext")
        extensions.write_text(f"extendedKeyUsage={usage}\n" +
                              (f"subjectAltName={alternatives}\n" if alternatives else ""))
        self._run("req", "-new", "-key", self._path(name, "key"), "-subj", f"/O=testers/CN={name}", "-out", request)
        self._run("x509", "-req", "-in", request, "-CA", self.ca, "-CAkey", self._path(self.name, "key"),
                  "-CAcreateserial", "-days", days, "-extfile", extensions, "-out", self._path(name, "pem"))
        return self._path(name, "pem"), self._path(name, "key")


def context(pair, client_ca=None, alpn=("http/1.1",)):
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(*pair)
    tls.set_alpn_protocols(list(alpn))
    if client_ca:
        tls.load_verify_locations(client_ca)
        tls.verify_mode = ssl.CERT_REQUIRED
    return tls


def drain(connection):
    """Until the client goes: what it sends must not turn the alert that tells it why into a reset."""
    try:
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(4096):
            pass
    except OSError:
        pass


class Listener:
    """Accepts on a port of its own and gives each connection, numbered from 1, to `serve`."""

    def __init__(self, serve, tls=None):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.serve, self.tls, self.count = serve, tls, 0
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        """Nothing listens any more; connections stay as they are."""
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()

    def reopen(self):
        """On the same port."""
        self.socket = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        listening = self.socket
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            self.count += 1
            threading.Thread(target=self._one, args=(connection, self.count), daemon=True).start()

    def _one(self, connection, number):
        raw = connection.dup()
        try:
            if self.tls:
                connection = self.tls.wrap_socket(connection, server_side=True)
            self.serve(connection, number)
        except ssl.SSLError:
            drain(raw)
        except (OSError, ValueError):
            pass
        finally:
            connection.close()
            raw.close()


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        return nobody.getsockname()[1]


class Handler(http.server.BaseHTTPRequestHandler):
    """HTTP/1.1 on one connection; `answer(handler, body)` says what to do."""
    protocol_version = "HTTP/1.1"
    answer = staticmethod(lambda handler, body: None)

    def __init__(self, connection, number, answer):
        self.number, self.answer, self.requests = number, answer, 0
        super().__init__(connection, ("127.0.0.1", 0), None)

    def log_message(self, format, *args):  # pylint: disable=redefined-builtin
        pass

    def reply(self, status, body=b"", **headers):
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def _any(self):
        self.requests += 1
        length = int(self.headers.get("Content-Length", 0))
        self.answer(self, self.rfile.read(length))

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _any


def http1(answer, tls):
    return Listener(lambda connection, number: Handler(connection, number, answer), tls)


def reset(handler):
    """Ends the connection by a reset, whatever was promised before."""
    handler.wfile.flush()
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    raise ConnectionResetError


def faults(handler, body):
    """What the paths of the faulty server do."""
    path, _, rest = handler.path.strip("/").partition("/")
    if path == "echo":
        handler.reply(200, f"{handler.command} {handler.path}\n{handler.headers}".encode() + body)
    elif path == "count":
        handler.reply(200, f"connection {handler.number} request {handler.requests}\n".encode())
    elif path == "big":
        handler.reply(200, b"x" * int(rest))
    elif path == "endless":
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        while True:
            handler.wfile.write(b"1000\r\n" + b"x" * 4096 + b"\r\n")
    elif path == "slow":
        handler.send_response(200)
        handler.send_header("Content-Length", "100")
        handler.end_headers()
        handler.wfile.write(b"x")
        handler.rfile.read(1)  # until the client goes
    elif path == "reset":
        handler.send_response(200)
        handler.send_header("Content-Length", "100")
        handler.end_headers()
        handler.wfile.write(b"x")
        reset(handler)
    elif path == "short":
        handler.send_response(200)
        handler.send_header("Content-Length", "100")
        handler.end_headers()
        handler.wfile.write(b"x")
        handler.close_connection = True
    elif path == "redirect":
        handler.reply(302, b"elsewhere", Location="/echo")
    elif path == "status":
        handler.reply(int(rest), b"told so", Retry_After="7")
    else:
        handler.reply(404, b"no such fault")


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def http2_requests(connection):
    """As much of HTTP/2 as it takes: the stream of each request, and how long its last frame is, as they come."""
    def read(length):
        data = b""
        while len(data) < length:
            part = connection.recv(length - len(data))
            if not part:
                raise ConnectionError
            data += part
        return data

    read(24)
    connection.sendall(frame(4, 0, 0))
    while True:
        head = read(9)
        length, kind, flags = int.from_bytes(head[:3], "big"), head[3], head[4]
        read(length)
        if kind == 4 and not flags & 1:
            connection.sendall(frame(4, 1, 0))
        if kind in (0, 1) and flags & 1:
            yield int.from_bytes(head[5:], "big"), length


def http2(connection, number):
    """Every request is answered with 200 and a line."""
    if connection.selected_alpn_protocol() != "h2":
        return
    for requests, (stream, _) in enumerate(http2_requests(connection), 1):
        connection.sendall(frame(1, 4, stream, b"\x88"))
        connection.sendall(frame(0, 1, stream, f"connection {number} request {requests}\n".encode()))
