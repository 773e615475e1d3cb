#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Law 7: a planted key is in the config file, in the pipe it was asked for on, and nowhere else.

Looked through: standard output and error of every command, with --trace; the whole sandbox (records, lock); the
command lines and environments seen while it runs; and the image of a process (gcore) that waits at its prompt.

usage: run.py [--bin PATH]
"""
import argparse
import base64
import glob
import os
import pty
import select
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
# Neither random nor a word: nobody can take it for a real key, and nothing else has these bytes.
RAW = b"planted-key-planted-key-planted!"
KEY = base64.b64encode(RAW)
NEEDLES = [KEY, RAW, KEY[4:40], RAW.hex().encode()]
results = []


def check(name, ok, why=""):
    results.append(ok)
    if not ok:
        print("FAIL %s: %s" % (name, why))


def clean(name, data):
    found = [i for i, needle in enumerate(NEEDLES) if needle in data]
    check(name, not found, "the key's bytes are there (form %s)" % found)


def run(sandbox, args, stdin=b""):
    done = subprocess.run([BIN, "--root", sandbox] + args, input=stdin, capture_output=True, check=False)
    clean("stdout of " + " ".join(args), done.stdout)
    clean("stderr of " + " ".join(args), done.stderr)
    return done


def sandbox_clean(name, sandbox, but):
    for folder, _, files in os.walk(sandbox):
        for file in files:
            path = os.path.join(folder, file)
            if os.path.relpath(path, sandbox) in but:
                continue
            with open(path, "rb") as f:
                clean("%s: %s" % (name, os.path.relpath(path, sandbox)), f.read())


def make_sandbox():
    sandbox = tempfile.mkdtemp(prefix="atrest-keys.")
    manifests = os.path.join(sandbox, "etc/kubernetes/manifests")
    os.makedirs(manifests)
    plain = sorted(glob.glob(os.path.join(ROOT, "fixtures/kubeadm/1.34*/**/plain.yaml"), recursive=True))[0]
    shutil.copy(plain, os.path.join(manifests, "kube-apiserver.yaml"))
    os.makedirs(os.path.join(sandbox, "tmp"))
    with open(os.path.join(sandbox, "tmp/key"), "wb") as f:
        f.write(KEY + b"\n")
    return sandbox


def read_until(fd, word):
    got = b""
    while word not in got:
        ready, _, _ = select.select([fd], [], [], 60)
        if not ready:
            return got
        try:
            got += os.read(fd, 4096)
        except OSError:
            return got
    return got


def image_at_prompt(sandbox, args, folder):
    """The process image while it waits for an answer, and what it was started with."""
    pid, fd = pty.fork()
    if pid == 0:
        os.execv(BIN, [BIN, "--root", sandbox] + args)
    shown = read_until(fd, b"[y/N]")
    check("prompt of " + " ".join(args), b"[y/N]" in shown, "no prompt: %r" % shown[-300:])
    clean("terminal of " + " ".join(args), shown)
    for name in ("cmdline", "environ"):
        with open("/proc/%d/%s" % (pid, name), "rb") as f:
            clean("%s of %s" % (name, " ".join(args)), f.read())
    out = os.path.join(folder, "core")
    subprocess.run(["gcore", "-o", out, str(pid)], capture_output=True, check=False)
    os.write(fd, b"n\n")
    os.waitpid(pid, 0)
    os.close(fd)
    cores = glob.glob(out + "*")
    check("gcore of " + " ".join(args), bool(cores), "no image was taken")
    for core in cores:
        with open(core, "rb") as f:
            clean("process image of " + " ".join(args), f.read())
        os.unlink(core)


def story(sandbox, folder):
    config = "etc/kubernetes/enc.yaml"
    but = {"tmp/key", config}
    if shutil.which("gcore"):
        image_at_prompt(sandbox, ["config", "new", "--key-from", "/tmp/key"], folder)
    done = run(sandbox, ["--trace", "config", "new", "--yes", "--key-from", "/tmp/key"])
    check("config new", done.returncode == 0, done.stderr.decode())
    with open(os.path.join(sandbox, config), "rb") as f:
        check("the config file has the key", KEY in f.read())
    run(sandbox, ["config", "new", "--yes"])
    run(sandbox, ["config", "check"])
    run(sandbox, ["config", "show"])
    run(sandbox, ["-o", "json", "config", "show"])
    run(sandbox, ["-o", "json", "config", "check"])
    run(sandbox, ["--trace", "patch", "--dry-run"])
    if shutil.which("gcore"):
        image_at_prompt(sandbox, ["patch"], folder)
    done = run(sandbox, ["--trace", "patch", "--yes"])
    check("patch", done.returncode == 0, done.stderr.decode())
    run(sandbox, ["undo", "list"])
    run(sandbox, ["-o", "json", "undo", "list"])
    sandbox_clean("after patch", sandbox, but)
    sealed_files(sandbox, config, folder, but)
    wrong_keys(sandbox, config)


def sealed_files(sandbox, config, folder, but):
    """Neither the sealed file nor what is said of it has the key; and the passphrase is nowhere but in its file."""
    passphrase = b"planted passphrase of several words"
    with open(os.path.join(sandbox, "tmp/pass"), "wb") as f:
        f.write(passphrase + b"\n")
    NEEDLES.append(passphrase)
    take = ["--passphrase-from", "/tmp/pass"]
    but = but | {"tmp/pass"}
    done = run(sandbox, ["--trace", "export", "/tmp/x.sealed"] + take)
    check("export", done.returncode == 0, done.stderr.decode())
    done = run(sandbox, ["export", "-"] + take)
    check("export to a pipe", done.stdout.startswith(b"atrest sealed file"), done.stderr.decode())
    run(sandbox, ["-o", "json", "export", "/tmp/y.sealed"] + take)
    run(sandbox, ["--trace", "import", "/tmp/x.sealed"] + take)
    other = make_sandbox()
    try:
        for name in ("x.sealed", "pass"):
            shutil.copy(os.path.join(sandbox, "tmp", name), os.path.join(other, "tmp"))
        os.unlink(os.path.join(other, "tmp/key"))
        run(other, ["import", "/tmp/x.sealed", "--dry-run"] + take)
        run(other, ["-o", "json", "import", "/tmp/x.sealed", "--dry-run"] + take)
        if shutil.which("gcore"):
            image_at_prompt(other, ["import", "/tmp/x.sealed"] + take, folder)
        sandbox_clean("before import", other, {"tmp/pass"})
        done = run(other, ["--trace", "import", "/tmp/x.sealed", "--yes"] + take)
        check("import", done.returncode == 0, done.stderr.decode())
        with open(os.path.join(other, config), "rb") as f:
            check("the imported config has the key", KEY in f.read())
        sandbox_clean("after import", other, {"tmp/pass", config})
    finally:
        shutil.rmtree(other)
    sandbox_clean("after export", sandbox, but)
    NEEDLES.remove(passphrase)


def no_core_file(folder):
    """Of somebody who is not root: the process is nobody's to look into, and leaves no core file. It waits for its
    input meanwhile."""
    program = os.path.join(folder, "atrest")
    shutil.copy(BIN, program)
    os.chmod(folder, 0o755)
    child = subprocess.Popen([program, "config", "check", "-"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL, user=65534, group=65534, extra_groups=[])
    end = time.monotonic() + 60
    # What cannot be dumped belongs to root in /proc, whoever runs it.
    while os.stat("/proc/%d/environ" % child.pid).st_uid != 0 and time.monotonic() < end:
        time.sleep(0.01)
    check("not dumpable", os.stat("/proc/%d/environ" % child.pid).st_uid == 0, "its owner may look into its memory")
    with open("/proc/%d/limits" % child.pid) as f:
        limit = [line.split()[4:6] for line in f if line.startswith("Max core file size")]
    check("no core file", limit == [["0", "0"]], "the limit is %s" % limit)
    child.communicate(b"")


def wrong_keys(sandbox, config):
    """Not a wrong key either: each way of being wrong is reported without its bytes."""
    path = os.path.join(sandbox, config)
    with open(path, "rb") as f:
        good = f.read()
    for bad in (KEY + b"=", KEY[:-1], b"*" + KEY, KEY + KEY, b" '" + KEY + b"\"", b"[" + KEY + b"]", KEY[:40] + b"\t" + KEY[40:]):
        with open(path, "wb") as f:
            f.write(good.replace(KEY, bad).replace(b'"' + bad + b'"', bad))
        run(sandbox, ["--trace", "config", "check"])
        run(sandbox, ["config", "show"])
        run(sandbox, ["patch", "--dry-run"])
        with open(os.path.join(sandbox, "tmp/bad"), "wb") as f:
            f.write(bad)
        run(sandbox, ["config", "new", "/etc/kubernetes/other.yaml", "--key-from", "/tmp/bad", "--yes", "--dry-run"])
        os.unlink(os.path.join(sandbox, "tmp/bad"))
    with open(path, "wb") as f:
        f.write(good)


def main():
    global BIN
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", default=os.path.join(ROOT, "build/release/atrest"))
    BIN = os.path.abspath(parser.parse_args().bin)
    sandbox, folder = make_sandbox(), tempfile.mkdtemp(prefix="atrest-keys.")
    try:
        story(sandbox, folder)
        if os.geteuid() == 0:
            no_core_file(folder)
    finally:
        shutil.rmtree(sandbox)
        shutil.rmtree(folder)
    if not shutil.which("gcore"):
        print("note: no gcore here, so no process image was looked through")
    print("%d passed, %d failed" % (results.count(True), results.count(False)))
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
