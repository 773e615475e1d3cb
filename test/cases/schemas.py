#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Every JSON document that a case of fixtures/ expects is one that docs/schema describes, and the other way round:
each schema is met by some case, or by one made here of what the live commands print.

Of JSON Schema it knows what the schemas use, and refuses a keyword that it does not know.
"""
import functools
import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCHEMAS = ROOT / "docs/schema"
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int, "number": (int, float),
         "null": type(None)}
SILENT = {"$schema", "title", "description", "$defs", "format", "properties"}

# What needs a running API server: no case can print it.
EVENTS = [{"schema": "atrest.event/v1", "event": "done", "id": "ready", "text": "its /readyz says ok", "elapsed_ms": 9},
          {"schema": "atrest.event/v1", "event": "note", "id": "log", "text": "its log ended with: …", "elapsed_ms": None},
          {"schema": "atrest.progress/v1", "id": "reencrypt", "what": "values re-encrypted", "done": 9, "total": None,
           "failed": 0, "per_second": 1.5, "elapsed_ms": 9},
          {"schema": "atrest.reencrypt/v1", "atrest": "0.1.0", "exit": 4, "servers": [], "state": "stopped",
           "resources": [{"resource": "secrets", "provider": "aescbc", "key": "key1", "stale": 9, "total": 9,
                          "cannot_rewrite": None}],
           "forecast": {"stale": 9, "total": 9, "growth_bytes": 9, "db_size": None, "db_in_use": None, "quota": None,
                        "waits": False},
           "error": {"class": "resumable", "message": "1 values could not be re-encrypted", "hint": None},
           "stale_before": 9, "stale_after": 1, "total": 9, "rewritten": 8, "gone": 0, "refused_count": 1, "failed": 0,
           "retries": 0, "refused": [{"object": "secrets default/a", "reason": "Invalid", "message": "no"}],
           "proved": False, "revision": 9, "elapsed_s": 1.5, "held_s": 0.0},
          {"schema": "atrest.plan/v1", "move": "reencrypt", "text": "re-encrypt what is stored, …", "diff": ""},
          {"schema": "atrest.plan/v1", "move": "promote", "text": "make aescbc/key2 the writer …", "diff": "…"},
          {"schema": "atrest.climb/v1", "atrest": "0.1.0", "exit": 3, "servers": [], "command": "rotate", "state": "planned",
           "goal": "aescbc/key2", "resources": ["configmaps", "secrets"], "rung": "wait-readers", "waits_for": ["cp2", "cp3"]},
          {"schema": "atrest.verify/v1", "atrest": "0.1.0", "exit": 3, "servers": [], "verdict": "not-all", "revision": 9,
           "first_revision": 8, "object": None,
           "resources": [{"resource": "secrets", "writer": {"provider": "aescbc", "key": "key2"}, "unseen": None, "total": 3,
                          "current": 1, "stale": 2, "plain": 1, "unknown": 0, "revision": 9, "proved": False,
                          "groups": [{"kind": "kms:v2", "name": "a", "key_id": "1", "count": 1, "current": False},
                                     {"kind": "plain (protobuf)", "name": None, "key_id": None, "count": 1,
                                      "current": False}],
                          "offenders": [{"object": "default/a", "what": "plain (protobuf)"}], "offenders_more": 1,
                          "decrypted": {"checked": 3, "ok": 1, "plain": 1, "no_key": 0, "wrong_key": 0, "other": 0,
                                        "kms": 1, "unknown": 0}}],
           "leftovers": {"revision": 9, "since_rewrite": True, "compacted": False, "copies": ["/var/backups/etcd.db"], "unseen": None,
                         "members": [{"name": "a", "answered": True, "db_size": 9, "db_in_use": 8}]}},
          {"schema": "atrest.status/v1", "atrest": "0.1.0", "exit": 3, "servers": [{"name": None, "version": "1.34.4"}],
           "manifest": {"path": "/m", "flag": None, "mount": None, "reloads": False}, "process": None, "config": None,
           "keys": [{"provider": "aescbc", "name": "key1", "made": "2026-11-24", "days": 12}],
           "loaded": {"state": "nothing", "sha256": None}, "kubeadm_config": "other", "stored": None, "unseen": None,
           "records": 0, "findings": [],
           "cluster": {"all_told": False, "missing": "etcd was not asked", "odd": "no", "servers": [
               {"host": "cp1", "address": "10.0.0.1", "here": True, "answered": True, "version": "1.34.4", "ready": "yes",
                "started": 9, "why": None, "loaded": "file", "sha256": "a" * 64, "current": False, "told_by_node": False,
                "entries": [{"resources": ["secrets"], "writer": "aescbc/key1", "reads": ["aescbc/key1", "plain"]}],
                "reloaded": 9, "reload_failed": None, "lag_s": 9},
               {"host": None, "address": "10.0.0.2", "here": False, "answered": False, "version": None, "ready": "away",
                "started": None, "why": "nothing listens", "loaded": "unknown", "sha256": None, "current": False,
                "told_by_node": False, "entries": None, "reloaded": None, "reload_failed": None, "lag_s": None}],
               "goal": {"key": "aescbc/key2", "what": "rotate", "by": "cp1", "at": "2026-11-24T10:00:00Z",
                        "resources": "configmaps,secrets"},
               "holder": {"node": "cp1", "since": "2026-11-24T10:00:00Z", "renewed": "2026-11-24T10:00:00Z"},
               "nodes": [{"node": "cp1", "sha256": None, "loaded": True, "rung": "load", "at": "2026-11-24T10:00:00Z"}]}},
          {"schema": "atrest.verify/v1", "atrest": "0.1.0", "exit": 0, "servers": [], "verdict": "plain", "revision": 9,
           "first_revision": 9, "resources": [], "leftovers": None,
           "object": {"resource": "secrets", "name": "default/a", "kind": "plain (JSON)", "key": None, "current": True,
                      "writer": {"provider": "identity", "key": None}, "mod_revision": 7, "decrypted": None}},
          {"schema": "atrest.verify/v1", "atrest": "0.1.0", "exit": 3, "servers": [], "verdict": "not-all", "revision": 9,
           "first_revision": 9, "resources": [], "leftovers": None,
           "object": {"resource": "secrets", "name": "default/a", "kind": "aescbc:v1", "key": "key1", "current": True,
                      "writer": {"provider": "aescbc", "key": "key1"}, "mod_revision": 7, "decrypted": "wrong_key"}}]


@functools.cache
def loaded(name):
    return json.loads((SCHEMAS / name).read_text())


def resolved(name, reference):
    """The schema behind a $ref, and the file that it stands in."""
    file, _, path = reference.partition("#")
    schema = loaded(file or name)
    for step in path.strip("/").split("/"):
        schema = schema[step]
    return file or name, schema


def is_type(value, name):
    wanted = TYPES[name]
    return isinstance(value, wanted) and (wanted is bool or not isinstance(value, bool))


def keyword_holds(word, rule, value, file):
    if word == "type":
        return any(is_type(value, name) for name in ([rule] if isinstance(rule, str) else rule))
    if word in ("const", "enum"):
        return value in ([rule] if word == "const" else rule)
    if word == "pattern":
        return not isinstance(value, str) or re.search(rule, value) is not None
    if word in ("minimum", "maximum"):
        return not is_type(value, "integer") or (value >= rule if word == "minimum" else value <= rule)
    if word == "minItems":
        return not isinstance(value, list) or len(value) >= rule
    if word == "required":
        return not isinstance(value, dict) or all(name in value for name in rule)
    if word == "oneOf":
        return sum(not problems(value, one, file, "") for one in rule) == 1
    raise SystemExit(f"{file}: the checker does not know '{word}'")


def problems(value, schema, file, where):
    """Where `value` is not what the schema says, as a list of texts."""
    found = []
    if "$ref" in schema:
        other, behind = resolved(file, schema["$ref"])
        found += problems(value, behind, other, where)
    for part in schema.get("allOf", []):
        found += problems(value, part, file, where)
    for word, rule in schema.items():
        if word not in SILENT | {"$ref", "allOf", "items", "additionalProperties"} and not keyword_holds(word, rule, value, file):
            found.append(f"{where or 'the document'}: {word} {json.dumps(rule)[:80]}: {json.dumps(value)[:80]}")
    if isinstance(value, dict):
        named, others = schema.get("properties", {}), schema.get("additionalProperties", {})
        for name, item in value.items():
            found += problems(item, named.get(name, others), file, f"{where}/{name}")
    if isinstance(value, list) and "items" in schema:
        for index, item in enumerate(value):
            found += problems(item, schema["items"], file, f"{where}/{index}")
    return found


def documents(text):
    """The JSON documents that stand one behind the other; none where it is no JSON."""
    decoder, rest = json.JSONDecoder(), text.strip()
    while rest.startswith("{"):
        document, end = decoder.raw_decode(rest)
        yield document
        rest = rest[end:].strip()


def judged(name, document, seen):
    match = re.fullmatch(r"atrest\.([a-z-]+)/(v\d+)", document.get("schema", ""))
    file = f"{match[1]}-{match[2]}.json" if match else ""
    if not (SCHEMAS / file).is_file():
        return [f"{name}: no schema for {document.get('schema')!r}"]
    seen.add(file)
    return [f"{name}: {file}: {text}" for text in problems(document, loaded(file), file, "")]


def main():
    seen, failed, count = set(), [], 0
    for path in sorted((ROOT / "fixtures").glob("*/*/stdout")):
        text = path.read_text(errors="replace")
        if re.match(r'\{\s*"schema": ?"atrest\.', text):
            count += 1
            for document in documents(text):
                failed += judged(str(path.parent.relative_to(ROOT)), document, seen)
    for event in EVENTS:
        failed += judged("an event", event, seen)
    unmet = {path.name for path in SCHEMAS.glob("*.json")} - seen - {"common-v1.json"}
    failed += [f"{name}: no case prints such a document" for name in sorted(unmet)]
    print("".join(f"{text}\n" for text in failed), end="")
    print(f"{count - min(count, len(failed))} passed, {len(failed)} failed")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
