# SPDX-License-Identifier: Apache-2.0
"""Somebody edits the manifest between look and apply: their change stays, and nothing of ours is lost."""
from story import MANIFEST, claim

CHOSEN = False
ASK = """
import os, pty, subprocess, sys
binary, manifest = sys.argv[1:3]
pid, terminal = pty.fork()
if pid == 0:
    os.execv(binary, [binary, "enable"])
seen = b""
while b"[y/N]" not in seen:
    seen += os.read(terminal, 4096)
text = open(manifest).read()
folder = os.path.dirname(manifest)
with open(folder + "/.edited", "w") as new:
    new.write(text.replace("spec:", "# edited meanwhile\\nspec:", 1))
os.rename(folder + "/.edited", manifest)
os.write(terminal, b"y\\n")
try:
    while True:
        part = os.read(terminal, 4096)
        if not part:
            break
        seen += part
except OSError:
    pass
print(seen.decode())
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"""


def story(node):
    before = node.files()
    node.watch()
    done = node.run(["/usr/bin/python3", "-c", ASK, node.binary, MANIFEST])
    claim(done.code == 1, f"exits {done.code}, not 1")
    done.says("after it was shown", "nothing was changed")
    text = node.read(MANIFEST)
    claim(b"# edited meanwhile\n" in text, "the other's change is there")
    claim(b"encryption-provider-config" not in text, "and nothing else is")
    node.only_changed(before, MANIFEST)
