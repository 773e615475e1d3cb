# SPDX-License-Identifier: Apache-2.0
"""Others create, change and delete Secrets all the time, through enable and re-encryption: none lost, none left in plain."""
import subprocess

from story import claim

CHOSEN = True


def story(node):
    node.bulk("create -n 1000 -prefix still")
    node.bulk("record /opt/still -only still")
    churn = subprocess.Popen(node.argv("bulk churn /opt/churn -workers 4 -prefix churn -size 300"),
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    node.until("some of it is there", lambda: len(node.stored()) > 1050)
    node.watch()
    node.atrest("enable --yes --fast").exits(0).says("proved")
    node.atrest("reencrypt --yes").exits(0)
    node.run(["pkill", "-TERM", "-x", "bulk"]).exits(0)
    said = churn.communicate(timeout=60)[0]
    print(said, file=node.log)
    claim(churn.returncode == 0 and " 0 mistakes" in said, f"the others were wronged:\n{said}")
    claim(int(said.split()[0]) > 500, f"the others hardly changed anything: {said}")
    node.all_under(b"k8s:enc:aescbc:v1:key1:")
    node.atrest("verify --decrypt=all").exits(0).says("proved:")
    node.bulk("check /opt/churn")
    node.bulk("check /opt/still")
