# SPDX-License-Identifier: Apache-2.0
"""Real etcds on this machine's loopback, with certificates made for them."""
import base64
import http.client
import json
import os
import pathlib
import re
import socket
import ssl
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "test/net"))
import server  # noqa: E402  pylint: disable=wrong-import-position

BOTH = "serverAuth,clientAuth"  # the gateway that loads values dials back with the server's certificate


def binaries(version, build):
    """The folder with etcd (and, for 3.4, etcdctl), or the reason why there is none."""
    lab = version in ("3.4", "3.6")
    script = ROOT / ("test/lab/build.sh" if lab else "test/etcd/build.sh")
    words = [script, f"etcd-{version}"] if lab else [script, *([] if build else ["--have"]), version]
    if version == "3.6" and not build and not list(_cache().glob("lab-etcd-3.6-*/etcd")):
        return None, "etcd 3.6 is not built here (run.py --build)"
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        return None, (done.stderr.strip().splitlines() or ["no reason given"])[-1]
    return pathlib.Path(done.stdout.strip()), ""


def _cache():
    return pathlib.Path(os.environ.get("ATREST_CACHE", pathlib.Path.home() / ".cache/atrest"))


GIVEN = set()


def free_ports(count):
    """Ports that nobody else of this run gets either: an etcd takes its own only some time later."""
    ports = []
    while len(ports) < count:
        with socket.create_server(("127.0.0.1", 0)) as one:
            port = one.getsockname()[1]
        if port not in GIVEN:
            GIVEN.add(port)
            ports.append(port)
    return ports


def text(value):
    return base64.b64encode(value if isinstance(value, bytes) else value.encode()).decode()


class Member:
    def __init__(self, cluster, name, ports):
        self.cluster, self.name, (self.port, self.peer) = cluster, name, ports
        self.process = None

    def start(self):
        cluster = self.cluster
        folder = cluster.folder / self.name
        folder.mkdir(exist_ok=True)
        cert, key = cluster.pair
        words = [cluster.etcd, "--name", self.name, "--data-dir", folder / "data",
                 "--listen-client-urls", f"https://127.0.0.1:{self.port}",
                 "--advertise-client-urls", f"https://127.0.0.1:{self.port}",
                 "--listen-peer-urls", f"https://127.0.0.1:{self.peer}",
                 "--initial-advertise-peer-urls", f"https://127.0.0.1:{self.peer}",
                 "--initial-cluster", ",".join(f"{m.name}=https://127.0.0.1:{m.peer}" for m in cluster.members),
                 "--initial-cluster-state", "new", "--initial-cluster-token", cluster.token,
                 "--client-cert-auth", "--trusted-ca-file", cluster.ca.ca, "--cert-file", cert, "--key-file", key,
                 "--peer-client-cert-auth", "--peer-trusted-ca-file", cluster.ca.ca, "--peer-cert-file", cert,
                 "--peer-key-file", key, "--max-request-bytes", "33554432", "--unsafe-no-fsync", *cluster.flags]
        if cluster.version == "3.4":
            words.remove("--unsafe-no-fsync")
        with open(folder / "log", "ab") as log:
            self.process = subprocess.Popen([str(word) for word in words], stdout=log, stderr=log)

    def stop(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    def heap(self):
        """MiB."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"RssAnon:\s+(\d+) kB", status)[1]) >> 10

    def sent(self):
        """Bytes that it has written so far, to sockets and files."""
        return int(re.search(r"wchar: (\d+)", pathlib.Path(f"/proc/{self.process.pid}/io").read_text())[1])


class Cluster:
    """One or three members. `put` loads values through etcd's own gateway, many in a transaction."""

    def __init__(self, folder, version, etcd, size=1, flags=(), token="one"):
        self.folder, self.version, self.flags, self.token = folder, version, flags, token
        folder.mkdir(parents=True)
        self.etcd = etcd / "etcd"
        self.ca = server.Certificates(folder)
        self.pair = self.ca.sign("server", usage=BOTH)
        self.client = self.ca.sign("tester", "", usage="clientAuth")
        ports = free_ports(2 * size)
        self.members = [Member(self, f"m{i}", ports[2 * i:2 * i + 2]) for i in range(size)]
        for member in self.members:
            member.start()
        self._connection = None
        self.await_ready()

    @property
    def servers(self):
        return ",".join(f"127.0.0.1:{member.port}" for member in self.members)

    def stop(self):
        for member in self.members:
            member.stop()

    def await_ready(self, seconds=60):
        """Until every member that runs answers."""
        self._connection = None
        end = time.monotonic() + seconds
        for member in self.members:
            while member.process and not self._is_ready(member):
                if time.monotonic() > end:
                    log = (self.folder / member.name / "log").read_text()[-3000:]
                    raise AssertionError(f"etcd {self.version} does not come up:\n{log}")
                time.sleep(0.05)

    def _is_ready(self, member):
        try:
            connection = self._connect(member)
            connection.request("POST", "/v3/kv/range", json.dumps({"key": text("x")}))
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False

    def _connect(self, member=None):
        tls = ssl.create_default_context(cafile=str(self.ca.ca))
        tls.load_cert_chain(*map(str, self.client))
        member = member or next(member for member in self.members if member.process)
        return http.client.HTTPSConnection("127.0.0.1", member.port, context=tls, timeout=60)

    def post(self, path, body):
        self._connection = self._connection or self._connect()
        self._connection.request("POST", f"/v3/{path}", json.dumps(body))
        answer = self._connection.getresponse()
        content = answer.read()
        assert answer.status == 200, f"{path}: {answer.status} {content[:300]}"
        return json.loads(content)

    def put(self, values):
        """{key: value}, text or bytes. The revision of the last transaction."""
        items, revision = list(values.items()), 0
        while items:
            part = items[:100]
            while len(part) > 1 and sum(len(v) for _, v in part) > 8 << 20:
                part.pop()
            del items[:len(part)]
            done = self.post("kv/txn", {"success": [
                {"requestPut": {"key": text(key), "value": text(value)}} for key, value in part]})
            revision = int(done["header"]["revision"])
        return revision

    def delete(self, key, end=None):
        return int(self.post("kv/deleterange", {"key": text(key), **({"range_end": text(end)} if end else {})})
                   ["header"]["revision"])

    def revision(self):
        return int(self.post("kv/range", {"key": text("x")})["header"]["revision"])

    def compact(self, revision):
        self.post("kv/compaction", {"revision": str(revision), "physical": True})

    def ctl(self, etcdctl, *words, pair=None, stdin=None):
        cert, key = pair or self.client
        port = next(member.port for member in self.members if member.process)
        done = subprocess.run([etcdctl, "--endpoints", f"https://127.0.0.1:{port}", "--cacert", self.ca.ca,
                               "--cert", cert, "--key", key, "--dial-timeout=5s", "--command-timeout=20s",
                               *map(str, words)],
                              capture_output=True, check=False, input=stdin,
                              env={"ETCDCTL_API": "3", "PATH": "/usr/bin:/bin"})
        assert done.returncode == 0, f"etcdctl {words}: {done.stderr.decode()}"
        return done.stdout
