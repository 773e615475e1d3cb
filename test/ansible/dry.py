# SPDX-License-Identifier: Apache-2.0
"""The role over a play-world: what it asks of whom, in which order, and what it does with each exit code."""
import json
import shutil
import sys

from run import HERE, ROLES, ROOT, WORK, Book, claim, tell

STEPS = ("enable", "rotate", "continue", "disable")
KEY1, KEY2 = "aescbc/key1", "aescbc/key2"


class World:
    def __init__(self, programs, name, nodes=3):
        self.folder = WORK / "dry" / name
        shutil.rmtree(self.folder, ignore_errors=True)
        names = [f"cp{number + 1}" for number in range(nodes)]
        for node in names:
            (self.folder / node / "etc").mkdir(parents=True)
            (self.folder / node / "atrest").symlink_to(HERE / "fake.py")
        hosts = {node: {"atrest_path": str(self.folder / node / "atrest"), "atrest_etc": str(self.folder / node / "etc")}
                 for node in names}
        group = {"hosts": hosts, "vars": {"ansible_connection": "local", "ansible_become": False,
                                          "ansible_python_interpreter": sys.executable}}
        self.book = Book(programs, self.folder, json.dumps({"all": {"children": {"control_plane": group}}}))
        plain = {"reads": [], "writer": "plain", "loaded": [[], "plain"]}
        self.put({"nodes": {node: plain for node in names}, "goal": None, "minted": 0, "force": {}, "calls": [],
                  "writes": 0})

    def put(self, state):
        (self.folder / "world.json").write_text(json.dumps(state), encoding="utf-8")

    def get(self):
        return json.loads((self.folder / "world.json").read_text(encoding="utf-8"))

    def force(self, node, *codes):
        self.put(self.get() | {"force": {node: list(codes)}})

    def enabled(self, key=KEY1):
        """As after enable: without the time that it takes."""
        state = self.get()
        for node in state["nodes"].values():
            node.update(reads=[key, "plain"], writer=key, loaded=[[key, "plain"], key])
        self.put(state | {"minted": 1})
        return self

    def ends(self, key, minted):
        """Every server has loaded a file that writes with this key, and reads no other one."""
        state = self.get()
        want = [[], "plain"] if key == "plain" else [[key, "plain"], key]
        for name, node in state["nodes"].items():
            claim(node["loaded"] == want, f"{name} has loaded {node['loaded']}, not {want}")
        claim(state["goal"] is None, f"{state['goal']} is under way still")
        claim(state["minted"] == minted, f"{state['minted']} keys were made, not {minted}")

    def steps(self):
        return [call for call in self.get()["calls"] if call[1].split()[0] in STEPS]


def one_at_a_time(world):
    steps = world.steps()
    for before, after in zip(steps, steps[1:]):
        claim(after[3] >= before[4], f"two at once: {before[:2]} and {after[:2]}")


def test_enable(programs):
    """enable on three nodes; again: nothing is changed"""
    world = World(programs, "enable")
    world.book.play("enable").exits(0).changes(True).says_not("WARNING").says_not("DEPRECAT")
    world.ends(KEY1, 1)
    one_at_a_time(world)
    claim({words.split()[0] for _, words, *_ in world.steps()} == {"enable"}, "other steps than enable")
    recipients = {(world.folder / node / "etc/recipients").read_text(encoding="ascii") for node in ("cp1", "cp2", "cp3")}
    claim(len(recipients) == 1, f"not the same recipients: {recipients}")
    writes = world.get()["writes"]
    world.book.play("enable").exits(0).changes(False)
    claim(world.get()["writes"] == writes, "the second run changed the world")


def test_rotate(programs):
    """rotate: one node makes one key, all others continue; again: the key is young"""
    world = World(programs, "rotate").enabled()
    world.book.play("rotate", atrest_if_older_than='""').exits(0).changes(True)
    world.ends(KEY2, 2)
    one_at_a_time(world)
    rotates = [call[:2] for call in world.steps() if call[1].startswith("rotate")]
    claim(rotates == [["cp1", "rotate --yes -o json"]], f"rotate was said so: {rotates}")
    claim({call[0] for call in world.steps() if call[1].startswith("continue")} == {"cp1", "cp2", "cp3"},
          "not every node was told to continue")
    world.book.play("rotate").exits(0).changes(False)
    world.ends(KEY2, 2)
    claim(world.steps()[-3][1].startswith("rotate --if-older-than 90d"), f"asked: {world.steps()[-3:]}")


def test_provider(programs):
    """another algorithm is a reason to rotate, however young the key is; again: nothing is changed"""
    world = World(programs, "provider").enabled()
    world.book.play("rotate", atrest_provider='"secretbox"').exits(0).changes(True)
    world.ends("secretbox/key2", 2)
    world.book.play("rotate", atrest_provider='"secretbox"').exits(0).changes(False)
    world.ends("secretbox/key2", 2)


def test_disable(programs):
    """disable; again: nothing is changed"""
    world = World(programs, "disable").enabled()
    world.book.play("disable").exits(0).changes(True)
    world.ends("plain", 1)
    one_at_a_time(world)
    claim(not [call for call in world.get()["calls"] if call[1].split()[0] == "export"], "something was carried")
    world.book.play("disable").exits(0).changes(False)


def test_check_mode(programs):
    """--check says what would be done on a new plane, and changes nothing"""
    world = World(programs, "check-mode")
    world.book.play("enable", "--check").exits(0).changes(True)
    claim(world.get()["writes"] == 0 and not (world.folder / "cp1/etc/identity").exists(), "the world was changed")
    claim(all("--check" in call[1] or call[1].startswith("status") for call in world.get()["calls"]),
          f"asked: {world.get()['calls']}")
    world.enabled()
    world.book.play("rotate", "--check").exits(0)
    claim(world.steps()[-1][1].startswith("continue --check"), f"asked: {world.steps()[-3:]}")
    (world.folder / "cp2/atrest").unlink()
    world.book.play("enable", "--check").exits(0)


def test_again(programs):
    """exit 4: the same node is asked again"""
    world = World(programs, "again").enabled()
    world.force("cp2", 4, 4)
    world.book.play("rotate", atrest_if_older_than='""').exits(0)
    world.ends(KEY2, 2)


def test_stop(programs):
    """exit 6 on one node: nothing more is done on any"""
    world = World(programs, "stop").enabled()
    world.force("cp2", 6)
    world.book.play("rotate", atrest_if_older_than='""').fails("cp2: 'atrest continue --yes -o json' ends with 6",
                                                               "as the test says")
    claim(world.get()["calls"][-1][:3] == ["cp2", "continue --yes -o json", 6], f"asked: {world.get()['calls'][-3:]}")


def test_resume(programs):
    """a run that ended right behind the new key: the next one makes no other"""
    world = World(programs, "resume").enabled()
    world.force("cp1", 5)
    world.book.play("rotate", atrest_if_older_than='""').fails("cp1: 'atrest rotate --yes -o json' ends with 5")
    world.book.play("rotate", atrest_if_older_than='""').exits(0)
    world.ends(KEY2, 2)


def test_elsewhere(programs):
    """a rotation that another node began: its key is carried from there"""
    world = World(programs, "elsewhere").enabled()
    state = world.get()
    state["nodes"]["cp3"]["reads"] = [KEY2, KEY1, "plain"]
    world.put(state | {"goal": KEY2, "minted": 2})
    world.book.play("rotate").exits(0).changes(True)
    world.ends(KEY2, 2)


def test_end(programs):
    """exit 7 for ever: given up after the rounds, with what was said"""
    world = World(programs, "end").enabled()
    world.force("cp3", *[7] * 9)
    world.book.play("disable", atrest_rounds=2).fails("after 2 rounds it is not done on cp3", "cp3: atrest: as the test")
    claim(len(world.get()["force"]["cp3"]) == 7, "it was not asked twice")


def test_limit(programs):
    """a part of the control plane is refused where nodes are named; one node alone is a control plane"""
    world = World(programs, "limit")
    world.book.play("enable", "--limit", "cp1", atrest_nodes='["cp1", "cp2", "cp3"]').fails("has to be reached at once")
    claim(not world.get()["calls"], f"asked: {world.get()['calls']}")
    alone = World(programs, "alone", nodes=1)
    alone.book.play("enable").exits(0).changes(True)
    alone.ends(KEY1, 1)


def test_sealed_copy(programs):
    """a sealed copy on the controller, for somebody else; again: the same copy"""
    world = World(programs, "sealed-copy").enabled()
    copy = world.folder / "copy"
    world.book.play("enable", atrest_sealed_copy=f'"{copy}"').fails("only the nodes themselves could open it")
    words = {"atrest_sealed_copy": f'"{copy}"', "atrest_recipients": '["atrest1operator"]'}
    world.book.play("enable", **words).exits(0).changes(True)
    text = copy.read_text(encoding="ascii")
    claim(text.startswith("atrest sealed file") and copy.stat().st_mode & 0o777 == 0o600, f"the copy: {text[:40]}")
    claim("atrest1operator" in (world.folder / "cp2/etc/recipients").read_text(encoding="ascii"), "no recipient")
    world.book.play("enable", **words).exits(0).changes(False)
    claim(copy.read_text(encoding="ascii") == text, "another copy")


def test_syntax(programs):
    """the playbooks, with the example's inventory"""
    world = World(programs, "syntax")
    shutil.copy(ROOT / "deploy/ansible/inventory.example.yml", world.book.inventory)
    for path in sorted((ROOT / "deploy/ansible").glob("*.yml")):
        if path.name != "inventory.example.yml":
            world.book.play(path.stem, "--syntax-check").exits(0).says_not("WARNING")
    claim((ROLES / "atrest/README.md").exists(), "no README")


def run(programs, options):
    tests = {name[5:].replace("_", "-"): test for name, test in globals().items() if name.startswith("test_")}
    return [tell(name, test.__doc__, lambda test=test: test(programs)) for name, test in tests.items()
            if not options.names or name in options.names]
