# SPDX-License-Identifier: Apache-2.0
"""The order in which a run brings things to the disk: a kill cannot see it, so it is read from a trace. For crash.py."""
import os
import re

from sandbox import RECORDS

GOOD = "0"


class Order:
    """Finds calls in a trace, each after the one before; what is not found is a complaint."""

    def __init__(self, calls, top):
        self.calls, self.top, self.at = calls, top, -1
        self.checked, self.missing = 0, []

    def path(self, name):
        return os.path.join(self.top, name)

    def find(self, what, test, last=False):
        """Goes on to the next (or the last) call that fits."""
        self.checked += 1
        found = [i for i, call in enumerate(self.calls) if i > self.at and test(call)]
        if not found:
            self.missing.append(f"{what} does not come after what must be before it")
            return None
        self.at = found[-1 if last else 0]
        return self.calls[self.at]

    def never_after(self, what, test):
        self.checked += 1
        if any(test(call) for call in self.calls[self.at + 1:]):
            self.missing.append(what)


def is_sync(path):
    return lambda call: call.name == "fsync" and call.result == GOOD and path in call.paths()


def is_write(path):
    return lambda call: call.name == "write" and int(call.result) > 0 and path in call.paths()


def is_rename(folder, source, target):
    def test(call):
        texts = call.texts()
        return (call.name in ("rename", "renameat", "renameat2") and call.result == GOOD and folder in call.paths() and
                len(texts) == 2 and re.fullmatch(source, texts[0]) is not None and
                re.fullmatch(target, texts[1]) is not None)
    return test


def is_link(folder, name):
    return lambda call: (call.name == "linkat" and call.result == GOOD and folder in call.paths() and
                         call.texts()[-1] == name)


def nameless(order, folder, name):
    """A file made without a name: write, mode, fsync, and only then its name, and then the folder."""
    temp = order.find(f"making {name} without a name",
                      lambda call: call.name == "openat" and "O_TMPFILE" in call.arguments and folder in call.paths())
    if not temp:
        return
    order.find(f"the write of {name}", is_write(temp.path), last=False)
    order.find(f"the mode of {name}", lambda call: call.name == "fchmod" and temp.path in call.paths())
    order.find(f"the fsync of {name}", is_sync(temp.path))
    order.find(f"the link of {name}", is_link(folder, name))
    order.find(f"the fsync of the folder of {name}", is_sync(folder))


def record_first(order, has_old):
    """All of the record is on disk, under its name."""
    records, building = order.path(RECORDS), order.path(RECORDS + "/.new")
    order.find("making the record's folder", lambda call: call.name == "mkdirat" and records in call.paths())
    for name in ["old-0", "record.json"] if has_old else ["record.json"]:
        nameless(order, building, name)
    order.find("the fsync of the whole record", is_sync(building))
    order.find("the rename of the record", is_rename(records, r"\.new", r"\d{8}-\d{6}-\d{4}"))
    order.find("the fsync of the records", is_sync(records))


def replaced(order, path):
    folder, name = os.path.split(order.path(path))
    pattern = re.escape(f".atrest.{name}.") + "[0-9a-f]{16}"
    made = order.find("making the temp file", lambda call: call.name == "openat" and folder in call.paths() and
                      "O_CREAT|O_EXCL|O_NOFOLLOW" in call.arguments and call.arguments.endswith("0600") and
                      re.fullmatch(pattern, call.texts()[0]) is not None)
    if not made:
        return
    order.find("the write of the new content", is_write(made.path), last=True)
    order.find("its mode", lambda call: call.name == "fchmod" and made.path in call.paths())
    order.find("its fsync", is_sync(made.path))
    order.never_after("the new content is changed after its fsync",
                      lambda call: call.name in ("write", "fchmod", "fchown", "fsetxattr", "ftruncate") and
                      made.path in call.paths())
    order.find("its close", lambda call: call.name == "close" and call.result == GOOD and made.path in call.paths())
    order.find("the last look at the old file", lambda call: call.name == "read" and
               os.path.join(folder, name) in call.paths())
    order.find("the rename", is_rename(folder, pattern, re.escape(name)))
    order.find("the fsync of its folder", is_sync(folder))


def created(order, path):
    nameless(order, *os.path.split(order.path(path)))


def finished(order):
    """The record says that it is done, after it is."""
    order.find("the record's last word", lambda call: call.name.startswith("rename") and call.result == GOOD and
               call.texts()[-1] == "record.json")


def check(calls, top, path, old):
    """(how many assertions, complaints)"""
    order = Order(calls, top)
    record_first(order, old is not None)
    (created if old is None else replaced)(order, path)
    finished(order)
    return order.checked, order.missing
