# SPDX-License-Identifier: Apache-2.0
"""Another kube-apiserver, of no pod of this node, is visible: it is neither taken for this node's, nor touched."""
from story import CONFIG, MANIFEST, claim

CHOSEN = False
OTHER = """
import os, sys
pid = os.fork()
if pid:
    print(pid)
    sys.exit()
os.setsid()
nothing = os.open("/dev/null", os.O_RDWR)
for fd in range(3):
    os.dup2(nothing, fd)
os.execv(sys.executable, ["kube-apiserver", "-c", "import time; time.sleep(900)",
                          "--encryption-provider-config=/elsewhere.yaml"])
"""


def story(node):
    other = node.run(["/usr/bin/python3", "-c", OTHER]).exits(0).out.strip()
    before, want = node.files(), node.planned(node.read(MANIFEST))
    node.atrest("status").exits(0).says("without the flag")
    node.watch()
    node.atrest("enable --yes --fast").exits(0)
    node.is_bytes(MANIFEST, want)
    node.only_changed(before, CONFIG, MANIFEST)
    claim(node.run(["kill", "-0", other]).code == 0, "the other one was ended")
    node.sh(f"kill {other}")
