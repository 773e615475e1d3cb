# SPDX-License-Identifier: Apache-2.0
"""Under a trace of every system call: enable writes its files, its records and its lock, and nothing else anywhere."""
import re

from story import CONFIG, MANIFEST, claim

CHOSEN = False
WRITES = re.compile(r'(?:openat|creat|rename\w*|link\w*|unlink\w*|mkdir\w*|chmod|fchmodat|truncate)\(.*?"([^"]+)"(?:.*?"([^"]+)")?')


def story(node):
    before = node.files()
    node.run(["strace", "-f", "-y", "-s", "300", "-o", "/opt/trace", "-e",
              "trace=openat,openat2,creat,rename,renameat,renameat2,link,linkat,unlink,unlinkat,mkdir,mkdirat,chmod,"
              "fchmodat,truncate", node.binary, "enable", "--yes", "--fast"]).exits(0)
    written = set()
    for line in node.sh("cat /opt/trace").splitlines():
        if " = -1 " in line or ("open" in line and not re.search(r"O_(WRONLY|RDWR|CREAT|TMPFILE)", line)):
            continue
        folder = re.search(r"(?:openat2?|\w+at2?)\(\d+<([^>]*)>", line)
        for name in re.findall(r'"([^"]*)"', line):
            written.add(name if name.startswith("/") else f"{folder.group(1) if folder else '?'}/{name}")
    # A file without a name (#NUMBER) is what becomes the config, whole or not at all.
    allowed = re.compile(r"^(/etc/kubernetes(/manifests)?(/#\d+)?(/\.?[\w.-]*)?|/var/lib/atrest(/.*)?|/dev/(null|tty|log)|/proc/self/.*"
                         r"|/proc/\d+/fd/\d+|/)$")
    strange = sorted(name for name in written if not allowed.match(name))
    claim(not strange, f"it wrote to {strange}")
    claim(any(name.startswith("/etc/kubernetes/manifests/.") for name in written), "the trace shows the temp file")
    node.only_changed(before, CONFIG, MANIFEST)
