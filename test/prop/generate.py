# SPDX-License-Identifier: Apache-2.0
"""Kube-apiserver manifests in every style that YAML allows and the kubelet reads.

A manifest is first a value (made from a seed), then a text: each collection draws its own
indentation, style, quotes and comments. So the value is known, and the text is as odd as
what people write by hand.
"""
import json
import random

WORDS = ["alpha", "état", "ключ", "日本", "emoji 😀", "a: b", "# not a comment", "yes", "0777", "1e3", "it's", 'q"q',
         "", " lead", "trail ", "tab\there", "a,b", "[x]", "{y}", "-", "null", "~", "@at", "%pc", "*star", "&amp", "!bang"]
FLAGS = ["advertise-address=10.0.0.1", "allow-privileged=true", "authorization-mode=Node,RBAC",
         "client-ca-file=/etc/kubernetes/pki/ca.crt", "enable-admission-plugins=NodeRestriction",
         "etcd-servers=https://127.0.0.1:2379", "secure-port=6443", "tls-cert-file=/etc/kubernetes/pki/apiserver.crt",
         "feature-gates=A=true,B=false", "service-cluster-ip-range=10.96.0.0/12", "v=2",
         "audit-log-path=/var/log/kubernetes/audit.log", "encryption-provider-config-automatic-reload=false"]
VOLUMES = ["ca-certs", "etc-ca-certificates", "k8s-certs", "usr-share", "audit", "zz-last", "aa-first"]


class Style:
    """What one text looks like: drawn once, consulted at every node."""

    def __init__(self, rng):
        self.rng = rng
        self.newline = "\r\n" if rng.random() < 0.15 else "\n"
        self.comments = rng.choice([0, 0, 0.1, 0.4])
        self.flow = rng.choice([0, 0, 0.1, 0.3])
        self.quotes = rng.choice([0, 0, 0.2, 1])
        self.steps = rng.choice([[2], [2], [4], [2, 3, 4, 6]])
        self.dashes = rng.choice([[0], [0], [2], [0, 2], [0, 1, 2, 4]])
        self.gaps = rng.choice([[1], [1], [1, 3], [2]])
        self.anchors = rng.choice([0, 0, 0.05])
        self.named = 0

    def comment(self):
        if self.rng.random() >= self.comments:
            return ""
        return self.rng.choice(["  # why", "   # ünïcode ✓", " # - item: {x}"])

    def anchor(self):
        if self.rng.random() >= self.anchors:
            return ""
        self.named += 1
        return "&a%d " % self.named


def make_value(rng):
    flags = rng.sample(FLAGS, rng.randint(0, 9))
    if rng.random() < 0.6:
        flags.sort(key=lambda f: f.split("=")[0])
    items = ["--" + f for f in flags]
    container = {"name": "kube-apiserver", "image": "registry.k8s.io/kube-apiserver:v1.%d.%d"
                 % (rng.randint(14, 37), rng.randint(0, 9))}
    if rng.random() < 0.2:
        container["command"] = ["kube-apiserver"]
        container["args"] = items
    else:
        container["command"] = ["kube-apiserver"] + items
    names = rng.sample(VOLUMES, rng.randint(0, 5))
    if rng.random() < 0.6:
        names.sort()
    mounts = [{"mountPath": "/mnt/" + n, "name": n, "readOnly": True} for n in names]
    volumes = [{"hostPath": {"path": "/host/" + n, "type": "DirectoryOrCreate"}, "name": n} for n in names]
    put_list(rng, container, "volumeMounts", mounts)
    if rng.random() < 0.5:
        container["env"] = [{"name": "E%d" % i, "value": rng.choice(WORDS)} for i in range(rng.randint(1, 3))]
    if rng.random() < 0.5:
        container["resources"] = {"requests": {"cpu": "250m"}}
    containers = [shuffle(rng, container)]
    if rng.random() < 0.2:
        containers.insert(rng.randint(0, 1), {"name": "sidecar", "image": "x", "command": ["sleep", "1"]})
    spec = {"containers": containers, "hostNetwork": True, "priorityClassName": "system-node-critical"}
    put_list(rng, spec, "volumes", volumes)
    meta = {"name": "kube-apiserver", "namespace": "kube-system",
            "annotations": {"note%d" % i: rng.choice(WORDS) for i in range(rng.randint(1, 4))}}
    value = {"apiVersion": "v1", "kind": "Pod", "metadata": shuffle(rng, meta), "spec": shuffle(rng, spec)}
    if rng.random() < 0.5:
        value["status"] = {}
    return value


def put_list(rng, owner, key, items):
    """A list may be there, empty, null or missing: where nothing is in it, all four mean the same."""
    if items:
        owner[key] = items
    else:
        choice = rng.randint(0, 2)
        if choice < 2:
            owner[key] = [[], None][choice]


def shuffle(rng, mapping):
    if rng.random() < 0.6:
        return mapping
    keys = list(mapping)
    rng.shuffle(keys)
    return {k: mapping[k] for k in keys}


PLAIN_OK = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ/-")
NOT_STRINGS = {"y", "n", "yes", "no", "on", "off", "true", "false", "null", "~", ""}


def plain_ok(text, flow):
    if text.lower() in NOT_STRINGS or not text or text[0] not in PLAIN_OK or text[-1] in " :":
        return False
    if text[0] == "-" and (len(text) < 2 or text[1] in " \t"):
        return False
    if any(ord(c) < 32 for c in text) or ": " in text or " #" in text:
        return False
    return not (flow and any(c in ",[]{}" for c in text))


def scalar(style, value, flow=False):
    if value is None:
        return style.rng.choice(["null", "~"]) if flow else style.rng.choice(["null", "~", ""])
    if value is True:
        return style.rng.choice(["true", "yes", "on", "True"])
    if value is False:
        return "false"
    if isinstance(value, int):
        return str(value)
    quoted = style.rng.random() < style.quotes
    if plain_ok(value, flow) and not quoted:
        return value
    if any(ord(c) < 32 for c in value) or style.rng.random() < 0.5:
        return json.dumps(value, ensure_ascii=style.rng.random() < 0.2 and value.isascii())
    return "'" + value.replace("'", "''") + "'"


def flow_text(style, value):
    rng = style.rng
    pad = rng.choice(["", " "])
    if isinstance(value, dict):
        body = [scalar(style, k, True) + ": " + flow_text(style, v) for k, v in value.items()]
        return "{" + pad + (", ".join(body)) + pad + "}"
    if isinstance(value, list):
        tail = "," if value and rng.random() < 0.2 else ""
        return "[" + pad + ", ".join(flow_text(style, v) for v in value) + tail + pad + "]"
    return scalar(style, value, True)


def flow_lines(style, value, indent):
    """A flow list over several lines."""
    pad = " " * (indent + 2)
    lines = ["["]
    for i, item in enumerate(value):
        comma = "," if i + 1 < len(value) or style.rng.random() < 0.3 else ""
        lines.append(pad + flow_text(style, item) + comma + style.comment())
    return lines + [" " * indent + "]"]


def block(style, value, indent):
    """Lines of a non-empty collection at `indent`; the first is to be put there as it is."""
    lines = []
    if isinstance(value, dict):
        step = style.rng.choice(style.steps)
        for key, item in value.items():
            noise(style, lines, indent)
            lines += entry(style, scalar(style, key) + ":", item, indent, step)
    else:
        gap = " " * style.rng.choice(style.gaps)
        for item in value:
            noise(style, lines, indent)
            lines += list_item(style, item, indent, gap)
    return lines


def noise(style, lines, indent):
    """Comments and blank lines between siblings (not before the first: it may follow a dash)."""
    if not lines or style.rng.random() >= style.comments:
        return
    if len(lines) > 1 and lines[-2].endswith("|-"):
        return  # below a block scalar it might be text
    column = style.rng.choice([0, indent, indent + 2])
    lines.append(style.rng.choice(["", " " * column + "# remark: - x", " " * column + "#--flag=old"]))


def entry(style, key, item, indent, step):
    pad = " " * indent
    if isinstance(item, (dict, list)) and item:
        if style.rng.random() < style.flow:
            return flow_entry(style, pad + key, item, indent)
        deeper = indent + (style.rng.choice(style.dashes) if isinstance(item, list) else step)
        return [pad + key + (" " + style.anchor()).rstrip() + style.comment()] + block(style, item, deeper)
    if isinstance(item, (dict, list)):
        return [pad + key + " " + ("{}" if isinstance(item, dict) else "[]") + style.comment()]
    if isinstance(item, str) and "\n" not in item and item and style.rng.random() < 0.05 and plain_ok(item, False):
        return [pad + key + " |-", pad + "  " + item]
    text = scalar(style, item)
    return [(pad + key + " " + (style.anchor() if text and item is not None else "") + text).rstrip() + style.comment()]


def flow_entry(style, head, item, indent):
    if isinstance(item, list) and style.rng.random() < 0.5:
        lines = flow_lines(style, item, indent)
        return [head + " " + lines[0]] + lines[1:]
    return [head + " " + flow_text(style, item) + style.comment()]


def list_item(style, item, indent, gap):
    dash = " " * indent + "-"
    if isinstance(item, dict) and item and style.rng.random() >= style.flow:
        lines = block(style, item, indent + 1 + len(gap))
        return [dash + gap + lines[0].lstrip(" ")] + lines[1:]
    if isinstance(item, (dict, list)):
        return [dash + gap + flow_text(style, item) + style.comment()]
    return [dash + gap + scalar(style, item) + style.comment()]


def make_text(style, value):
    rng = style.rng
    if rng.random() < 0.1:
        return json.dumps(value, indent=rng.choice([None, 2, 4, "\t"]),
                          ensure_ascii=rng.random() < 0.5) + rng.choice(["", "\n"])
    lines = block(style, value, 0)
    if rng.random() < 0.2:
        lines = ["# head", "---"] + lines
    if rng.random() < 0.1:
        lines.append("...")
    text = "\n".join(lines)
    if rng.random() < 0.8:
        text += "\n"
    text = text.replace("\n", style.newline)
    return ("\ufeff" if rng.random() < 0.05 else "") + text


def manifest(seed):
    """(value, bytes) of manifest number `seed`."""
    rng = random.Random(seed)
    value = make_value(rng)
    return value, make_text(Style(rng), value).encode()
