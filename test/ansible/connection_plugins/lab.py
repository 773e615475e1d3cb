# SPDX-License-Identifier: Apache-2.0
"""Ansible's way into a node of the lab: commands in its namespaces, files through their standard input and output."""
import os
import subprocess
import sys

from ansible.errors import AnsibleConnectionFailure
from ansible.module_utils.common.text.converters import to_bytes, to_text
from ansible.plugins.connection import ConnectionBase

DOCUMENTATION = """
name: lab
short_description: a node of test/lab
description: Runs commands and copies files by test/lab/lab.py exec.
author: the authors of atrest
options:
  remote_addr:
    description: The node's name.
    default: inventory_hostname
    vars: [{name: inventory_hostname}, {name: ansible_host}]
  lab:
    description: The lab's name.
    required: true
    vars: [{name: lab_name}]
  script:
    description: Where lab.py is.
    required: true
    vars: [{name: lab_script}]
"""


class Connection(ConnectionBase):
    transport = "lab"
    has_pipelining = True

    def _connect(self):
        self._connected = True
        return self

    def _argv(self, *words):
        return [sys.executable, self.get_option("script"), "exec", self.get_option("lab"),
                self.get_option("remote_addr"), "--", *words]

    def _run(self, words, data=None):
        how = {"stdin": subprocess.DEVNULL} if data is None else {"input": data}
        done = subprocess.run(self._argv(*words), capture_output=True, check=False, **how)
        if done.returncode == 1 and done.stderr.startswith(b"lab: "):
            raise AnsibleConnectionFailure(to_text(done.stderr))
        return done

    def exec_command(self, cmd, in_data=None, sudoable=True):
        super().exec_command(cmd, in_data=in_data, sudoable=sudoable)
        done = self._run(["/bin/sh", "-c", cmd], None if in_data is None else to_bytes(in_data))
        return done.returncode, done.stdout, done.stderr

    def put_file(self, in_path, out_path):
        super().put_file(in_path, out_path)
        with open(to_bytes(in_path), "rb") as file:
            done = self._run(["/bin/sh", "-c", 'cat >"$1"', "sh", out_path], file.read())
        if done.returncode != 0:
            raise AnsibleConnectionFailure(f"cannot write {out_path}: {to_text(done.stderr)}")

    def fetch_file(self, in_path, out_path):
        super().fetch_file(in_path, out_path)
        done = self._run(["/bin/cat", in_path])
        if done.returncode != 0:
            raise AnsibleConnectionFailure(f"cannot read {in_path}: {to_text(done.stderr)}")
        descriptor = os.open(out_path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(done.stdout)

    def close(self):
        self._connected = False
