#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A client that reads every Secret once a second, on a node of the lab, until it is ended (SIGTERM).

    watch.py KUBECONFIG ADDRESS      one line per try: seconds, HTTP status (0: no answer), what was said

It lists the Secrets from etcd (resourceVersion unset), so an answer of 500 is a value that the server could not read.
"""
import base64
import json
import re
import signal
import ssl
import sys
import tempfile
import http.client
import time


def context_of(kubeconfig):
    text = open(kubeconfig).read()

    def blob(field):
        return base64.b64decode(re.search(rf"{field}: (\S+)", text).group(1)).decode()

    made = ssl.create_default_context(cadata=blob("certificate-authority-data"))
    with tempfile.NamedTemporaryFile("w") as pem:
        pem.write(blob("client-certificate-data") + blob("client-key-data"))
        pem.flush()
        made.load_cert_chain(pem.name)
    return made


def ask(address, context):
    try:
        line = http.client.HTTPSConnection(address, 6443, timeout=10, context=context)
        line.request("GET", "/api/v1/secrets")
        answer = line.getresponse()
        body = answer.read()
    except (OSError, http.client.HTTPException) as error:
        return 0, type(error).__name__
    if answer.status == 200:
        return 200, f"{len(json.loads(body)['items'])} secrets"
    return answer.status, body[:200].decode(errors="replace").replace("\n", " ")


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    context, start = context_of(sys.argv[1]), time.monotonic()
    tick = 0
    while True:
        status, said = ask(sys.argv[2], context)
        print(f"{time.monotonic() - start:.1f} {status} {said}", flush=True)
        tick += 1
        time.sleep(max(0.0, start + tick - time.monotonic()))


if __name__ == "__main__":
    main()
