#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Breaks the rules of src/plan/ladder.c one at a time, and shows that the checker notices each.

    test/model/rules.py [--objects BUILD/test/model] [--markdown] [WORD…]   only rules with WORD in their name

A rule is a text of ladder.c (which has to occur once) and what stands there instead.
"""
import argparse
import concurrent.futures
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
LADDER = ROOT / "src/plan/ladder.c"

# rung, what the rule says, the text of it, the text without it
RULES = [
    ("all", "what a server would load after a start counts: does it read",
     "~(server->loaded.reads & server->disk.reads)", "~server->loaded.reads"),
    ("all", "what a server would load after a start counts: may it write",
     "(keys & (bit(server->loaded.writer) | bit(server->disk.writer)))", "(keys & bit(server->loaded.writer))"),
    ("all", "a server that does not answer blocks", "return !server->known || !server->told;", "return false;"),
    ("all", "a server whose disk was not told blocks", "return !server->known || !server->told;", "return !server->known;"),
    ("all", "a server that may be missing in the count blocks what writes",
     "return v->seen->all_told && others(v, is_blind, bit(key)) == 0;", "return others(v, is_blind, bit(key)) == 0;"),
    ("all", "a server that may be missing in the count blocks what takes away",
     "if (servers == 0 && v->seen->all_told)", "if (servers == 0)"),
    ("all", "a server that is gone for good is not waited for", "if (i != v->seen->self && !server->gone && test(",
     "if (i != v->seen->self && test("),
    ("all", "needed is what values are stored under", "seen->counted ? seen->live : 0;", "0;"),
    ("all", "needed is what servers write", "if (seen->servers[i].known && (i == seen->self ||", "if (false && (i == seen->self ||"),
    ("all", "needed is what older revisions have and this server reads", "if (seen->past_known)\n\t\tneed",
     "if (false)\n\t\tneed"),
    ("reader", "the file gets the goal's key and what is needed", "if (!v->flag || (lacks == 0", "if (true || (lacks == 0"),
    ("reader", "not the goal's key alone", "= (v->key | v->need | (seen->file ? 0 : PLAIN)) & ~has;",
     "= (v->key | (seen->file ? 0 : PLAIN)) & ~has;"),
    ("reader", "only keys that are at hand", "const ar_keyset absent = lacks & ~(seen->keys_here | PLAIN);",
     "const ar_keyset absent = 0;"),
    ("reader", "what starts for the first time lacks nothing", "if (seen->flag && !seen->file && is_unfit(",
     "if (false && is_unfit("),
    ("reader", "the goal's key writes at once only where all others read it",
     "\tif (is_harmless(v, v->goal->writer))\n\t\t*ret = v->goal->writer;",
     "\tif (true)\n\t\t*ret = v->goal->writer;"),
    ("reader", "a writer that does harm is put back", "return v->seen->file && is_harmless(v, writer) && !skips;",
     "return v->seen->file && !skips;"),
    ("reader", "a server that is down does not write what others cannot read",
     "\telse if (v->running)\n\t\t*ret = v->mine.writer;\n\telse\n\t\treturn false;",
     "\telse\n\t\t*ret = v->running ? v->mine.writer : v->goal->writer;"),
    ("load", "what this server would lose is not written any more",
     "if (wait_for(v, step, AR_LADDER_WAIT_LOAD, others(v, may_write, lost)))", "if (false)"),
    ("load", "nor stored, as far as that is known", "\tif (!v->seen->counted)\n\t\treturn refuse(step, AR_LADDER_UNCOUNTED, lost);\n",
     ""),
    ("load", "nor in older revisions", "if (v->seen->past_known || !v->running)", "if (true)"),
    ("load", "a server of which nothing is known may write anything", "\tif (v->seen->down)\n", "\tif (true)\n"),
    ("load", "a server that is down may be started", "\tif (v->seen->down)\n", "\tif (false)\n"),
    ("load", "the manifest gets the flag", "const bool misses_flag = v->flag && !v->seen->flag;",
     "const bool misses_flag = false;"),
    ("load", "a server in plain text gets it back where keys are in use", "v.key != PLAIN || (v.need & ~PLAIN) != 0;", "v.key != PLAIN;"),
    ("load", "a flag whose file is lost goes where nothing needs one", "v.flag = (seen->flag && seen->file) ||", "v.flag = seen->flag ||"),
    ("load", "a changed file is loaded", "if (v->seen->current && !misses_flag)", "if (!misses_flag)"),
    ("wait-readers", "nobody writes before all read", "\treturn wait_for(v, step, AR_LADDER_WAIT_READERS,\n",
     "\treturn false && wait_for(v, step, AR_LADDER_WAIT_READERS,\n"),
    ("promote", "the goal's key writes", "\tstep->kind = AR_LADDER_PROMOTE;", "\treturn false;"),
    ("wait-writers", "nothing goes before all write with it", "\treturn wait_for(v, step, AR_LADDER_WAIT_WRITERS,\n",
     "\treturn false && wait_for(v, step, AR_LADDER_WAIT_WRITERS,\n"),
    ("persist", "kubeadm-config gets the flag", "if (v->goal->persist && !v->seen->persisted && v->key != PLAIN)", "if (false)"),
    ("persist", "only once every server writes with the key",
     "\t{ AR_LADDER_READER, needs_reader },", "\t{ AR_LADDER_PERSIST, needs_persistence },\n\t{ AR_LADDER_READER, needs_reader },"),
    ("persist", "plain text is persisted later", "!v->seen->persisted && v->key != PLAIN)", "!v->seen->persisted)"),
    ("rewrite", "what is stored is written anew", "step->keys = v->seen->live & ~v->key;", "step->keys = 0;"),
    ("rewrite", "what is not counted may be anything",
     "static bool needs_rewrite(const struct view *v, struct ar_ladder_step *step)\n{\n\tif (!v->seen->counted)",
     "static bool needs_rewrite(const struct view *v, struct ar_ladder_step *step)\n{\n\tif (false)"),
    ("compact", "older revisions are waited for", "{ AR_LADDER_COMPACT, needs_compaction },", ""),
    ("compact", "those that are not known have everything", "(v->seen->past_known ? v->seen->past : ~(ar_keyset)0);",
     "(v->seen->past_known ? v->seen->past : 0);"),
    ("unpersist", "kubeadm-config loses the flag", "{ AR_LADDER_UNPERSIST, needs_forgetting },", ""),
    ("unpersist", "last of all", "\t{ AR_LADDER_REWRITE, needs_rewrite },",
     "\t{ AR_LADDER_UNPERSIST, needs_forgetting },\n\t{ AR_LADDER_REWRITE, needs_rewrite },"),
    ("prune", "old keys go", "{ AR_LADDER_PRUNE, needs_pruning },", ""),
    ("prune", "only once the new one lies somewhere else too", "if (v->key != PLAIN && !v->seen->escrowed)", "if (false)"),
    ("prune", "plain text: the flag goes", "step->out = v->key == PLAIN;", "step->out = false;"),
    ("done", "said only when nothing is left on any server", "{ AR_LADDER_WAIT_PRUNED, awaits_pruned },", ""),
]


def build_and_run(rule, objects, folder, number):
    rung, name, old, new = rule
    source = LADDER.read_text()
    if source.count(old) != 1:
        return rule, f"the text of the rule occurs {source.count(old)} times in ladder.c", False
    path = folder / f"ladder-{number}.c"
    program = folder / f"model-{number}"
    path.write_text(source.replace(old, new))
    command = ["gcc", "-std=c17", "-O2", "-w", "-I", ROOT / "src", "-o", program, path,
               ROOT / "src/plan/ladder_first.c", *objects]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    if built.returncode != 0:
        return rule, "does not compile: " + built.stderr.splitlines()[-1], False
    ran = subprocess.run([program], capture_output=True, text=True, check=False, errors="replace")
    program.unlink()
    found = re.search(r"^(HARM|STUCK): (.*)", ran.stdout, re.MULTILINE)
    size = re.findall(r"^note: (.*?): ", ran.stdout, re.MULTILINE)
    if not found or ran.returncode == 0:
        return rule, "not noticed" + (f" (status {ran.returncode})" if ran.returncode else ""), False
    return rule, f"{found[2]} ({size[-1]})", True


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--objects", default="build/release/test/model")
    parser.add_argument("--markdown", action="store_true")
    parser.add_argument("words", nargs="*")
    args = parser.parse_args()
    objects = sorted((ROOT / args.objects).glob("*.o"))
    rules = [rule for rule in RULES if not args.words or any(word in " ".join(rule[:2]) for word in args.words)]
    if args.markdown:
        print("| rung | the rule | without it |\n|---|---|---|")
    passed = 0
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(2) as pool:
        jobs = [pool.submit(build_and_run, rule, objects, pathlib.Path(folder), i) for i, rule in enumerate(rules)]
        for job in jobs:
            (rung, name, *_), what, good = job.result()
            passed += good
            print(f"| {rung} | {name} | {what} |" if args.markdown else f"{rung}: {name}: {what}", flush=True)
    if not args.markdown:
        print(f"{passed} passed, {len(rules) - passed} failed")
    return passed != len(rules)


if __name__ == "__main__":
    sys.exit(main())
