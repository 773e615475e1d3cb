# SPDX-License-Identifier: Apache-2.0
"""Measures atrest against /bin/true, against its own size of input, and against other editors."""
import argparse
import difflib
import glob
import os
import resource
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "test/prop"))
import generate  # noqa: E402

FLAG = '"--encryption-provider-config=/etc/kubernetes/enc.yaml"'
YQ = ('(.spec.containers[] | select(.name == "kube-apiserver") | .command) += [' + FLAG + '] | '
      '(.spec.containers[] | select(.name == "kube-apiserver") | .volumeMounts) += '
      '[{"mountPath": "/etc/kubernetes/enc.yaml", "name": "encryption-config", "readOnly": true}] | '
      '.spec.volumes += [{"hostPath": {"path": "/etc/kubernetes/enc.yaml", "type": "File"}, "name": "encryption-config"}]')


def once(argv, env=None):
    """(seconds, stdout) of one run; stdout is None where it failed."""
    start = time.perf_counter()
    done = subprocess.run(argv, capture_output=True, env=env, check=False)
    seconds = time.perf_counter() - start
    return seconds, done.stdout if done.returncode == 0 else None


def peak_kib(argv, env=None):
    """Peak memory by time(1): a child of this process would be charged for this process' own size."""
    with tempfile.NamedTemporaryFile("r") as out:
        subprocess.run(["/usr/bin/time", "-q", "-f", "%M", "-o", out.name] + argv, capture_output=True, env=env,
                       check=False)
        return int(out.read().split()[-1])


def best(argv, n, env=None):
    """(best seconds of n runs, peak KiB, stdout)."""
    runs = [once(argv, env) for _ in range(n)]
    return min(r[0] for r in runs), peak_kib(argv, env), runs[0][1]


def grown(plain, size):
    """The pod grown to `size` bytes by comments, environment variables and annotations of ordinary length."""
    head, tail = plain.split(b"    image:", 1)
    env, n = [b"    env:\n"], 0
    total = len(plain)
    while total < size:
        part = (b"    # setting %06d is here for a reason that somebody once knew\n"
                b"    - name: SETTING_%06d\n      value: some ordinary value of this setting %06d\n" % (n, n, n))
        env.append(part)
        total += len(part)
        n += 1
    return head + b"".join(env) + b"    image:" + tail


def start_and_size(binary, plain):
    print("## Start, memory and growth\n")
    print("| what | best of | time | over /bin/true | peak memory |\n|---|---|---|---|---|")
    base, mem, _ = best(["/bin/true"], 60)
    print("| /bin/true | 60 | %.2f ms | | %.1f MB |" % (base * 1e3, mem / 1024))
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "pod.yaml")
        for name, data, n in (("4 KB", plain, 60), ("1 MB", grown(plain, 1 << 20), 15),
                              ("5 MB", grown(plain, 5 << 20), 5), ("10 MB", grown(plain, (10 << 20) - 4096), 5)):
            with open(path, "wb") as f:
                f.write(data)
            seconds, mem, out = best([binary, "patch", "--dry-run", path], n)
            assert out, "refused at " + name
            print("| patch --dry-run, %s | %d | %.2f ms | +%.2f ms | %.1f MB = %.1f bytes per byte |"
                  % (name, n, seconds * 1e3, (seconds - base) * 1e3, mem / 1024, mem * 1024 / len(data)))
    print()


def changed(old, new):
    """(old lines lost, new lines added)."""
    old, new = old.split(b"\n"), new.split(b"\n")
    lost = added = 0
    for tag, i1, i2, j1, j2 in difflib.SequenceMatcher(None, old, new, False).get_opcodes():
        if tag != "equal":
            lost, added = lost + i2 - i1, added + j2 - j1
    return lost, added


def collateral(old, new, needed):
    """Lines changed beyond those that hold an inserted byte (as test/prop proves of atrest's, law 3)."""
    lost, added = changed(old, new)
    return max(0, lost - needed[0]) + max(0, added - needed[1])


def editors(binary, cache, plain):
    print("## The same edit with other editors\n")
    env = dict(os.environ, PYTHONPATH=os.path.join(cache, "py"), NODE_PATH=os.path.join(cache, "node_modules"))
    rows = [("atrest", lambda p: [binary, "patch", "-"], True)]
    if os.path.exists(os.path.join(cache, "bin/yq")):
        rows.append(("yq v4", lambda p: [os.path.join(cache, "bin/yq"), YQ, p], False))
        rows.append(("yq v4 -c", lambda p: [os.path.join(cache, "bin/yq"), "-c", YQ, p], False))
    if os.path.isdir(os.path.join(cache, "py/ruamel")):
        rows.append(("ruamel.yaml", lambda p: [sys.executable, os.path.join(HERE, "edit_ruamel.py"), p], False))
    if os.path.isdir(os.path.join(cache, "node_modules/yaml")):
        rows.append(("eemeli/yaml", lambda p: ["node", os.path.join(HERE, "edit_eemeli.js"), p], False))
    inputs = [plain] + [generate.manifest(seed)[1] for seed in range(1, 28)]
    print("28 manifests: kubeadm's own, and 27 of test/prop's generator (seeds 1 to 27).\n")
    print("| editor | time | against atrest | peak memory | clean files | collateral lines | failed |\n|---|---|---|---|---|---|---|")
    first, needed = None, {}
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "pod.yaml")
        for name, argv, stdin in rows:
            clean = lines = failed = 0
            for data in inputs:
                with open(path, "wb") as f:
                    f.write(data)
                out = subprocess.run(argv(path), stdin=open(path, "rb") if stdin else subprocess.DEVNULL,
                                     capture_output=True, env=env, check=False)
                if out.returncode != 0 or not out.stdout:
                    failed += 1
                    continue
                if stdin:
                    needed[data] = changed(data, out.stdout)
                n = collateral(data, out.stdout, needed[data])
                clean, lines = clean + (n == 0), lines + n
            with open(path, "wb") as f:
                f.write(plain)
            args = [binary, "patch", "--dry-run", path] if stdin else argv(path)
            seconds, mem, _ = best(args, 20, env)
            first = first or seconds
            print("| %s | %.1f ms | %.0f× | %.1f MB | %d of %d | %d | %d |"
                  % (name, seconds * 1e3, seconds / first, mem / 1024, clean, len(inputs), lines, failed))
    print()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True)
    parser.add_argument("--cache", required=True)
    args = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with open(sorted(glob.glob(os.path.join(ROOT, "fixtures/kubeadm/1.34*/file/plain.yaml")))[-1], "rb") as f:
        plain = f.read()
    binary = os.path.abspath(args.bin)
    start_and_size(binary, plain)
    editors(binary, args.cache, plain)


if __name__ == "__main__":
    main()
