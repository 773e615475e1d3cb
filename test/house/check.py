#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The rules of the house (docs/how-it-works.md), checked. Prints every offender.

    test/house/check.py [NAME…]     only the checks named

Needs universal-ctags, nm, gcc, and the objects of build/release.
"""
import base64
import functools
import pathlib
import re
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build/release"

# Which module may include which. What stands here is what docs/how-it-works.md draws.
CORE = ["base", "yaml", "kube", "diag", "plan"]
ARROWS = {
    "base": {"base"},
    "yaml": {"base", "yaml"},
    "kube": {"base", "yaml", "kube"},
    "diag": {"base", "yaml", "kube", "diag"},
    "plan": {"base", "yaml", "kube", "diag", "plan"},
    "host": {"base", "host"},
    "net": {"base", "net"},
    "api": {"base", "yaml", "kube", "net", "api"},
    "etcd": {"base", "yaml", "kube", "net", "etcd"},
    "kms": {"base", "yaml", "kube", "net", "kms"},
    "crypt": {"base", "yaml", "kube", "crypt"},
}
ARROWS["flow"] = set(ARROWS) | {"flow"}
ARROWS["cli"] = ARROWS["flow"] | {"cli"}

PURE = ["yaml", "kube", "diag", "plan"]
# All that a pure module may ask of the world: memory and bytes. No file, clock, environment, chance, global.
PURE_SYMBOLS = re.compile(r"""^(
    ar_\w+ | yaml_\w+ | cyaml_\w+ | _GLOBAL_OFFSET_TABLE_ |
    (malloc|calloc|realloc|reallocarray|free) |
    (mem|str)\w+ | __(mem|str)\w+_chk | __explicit_bzero_chk | explicit_bzero |
    (v?snprintf) | __v?snprintf_chk | qsort | bsearch | abs | labs |
    __stack_chk_fail | __assert_fail | __errno_location | __ctype_b_loc | __ctype_to(low|upp)er_loc | to(low|upp)er |
    __isoc23_strto\w+ | inet_pton
)$""", re.VERBOSE)
IMPURE_SYMBOLS = {"strerror", "strtok", "strcoll", "strxfrm", "strftime", "strptime", "strsignal"}

BANNED = re.compile(r"\b(strcpy|strcat|strncpy|strncat|sprintf|vsprintf|strtok|gets|atoi|atol|mktemp|tmpnam|"
                    r"system|popen|localtime|gmtime|ctime|asctime|alloca|setjmp|longjmp|goto)\b\s*[(\w]")
STATEMENT = re.compile(r"^(?!static|struct \w+ \{|enum|typedef|extern \"C\"|return)[a-z][\w \t*]*\b(ar_\w+|\w+)\(",
                       re.MULTILINE)


@functools.cache
def files(*patterns):
    return [path for pattern in patterns for path in sorted(ROOT.glob(pattern))
            if not {"build", ".git", "__pycache__"} & set(path.relative_to(ROOT).parts)]


def tracked():
    """(name, bytes) of every file that is, or could be, committed; without git, of every file outside build/."""
    try:
        listing = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT,
                                 capture_output=True, check=True).stdout.decode()
        names = listing.rstrip("\0").split("\0")
    except (OSError, subprocess.CalledProcessError):
        names = [name_of(path) for path in files("*", ".ci/*", "*/**/*")]
    for name in names:
        path = ROOT / name
        if path.is_file() and not path.is_symlink():
            yield name, path.read_bytes()


def name_of(path):
    return str(path.relative_to(ROOT))


def code_of(path):
    """The file without comments and string contents, line numbers kept."""
    pattern = r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\''
    return re.sub(pattern, lambda m: ('""' if m[0][0] == '"' else " ") + "\n" * m[0].count("\n"),
                  path.read_text(), flags=re.DOTALL)


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def check_arrows():
    """includes go along the arrows of the house, and no others"""
    for path in files("src/*/*.[ch]"):
        module = path.parent.name
        if module not in ARROWS:
            yield f"src/{module}: not a module of the house"
            continue
        for number, line in enumerate(path.read_text().split("\n"), 1):
            found = re.match(r'\s*#\s*include\s*"(?:(\w+)/)?([\w.]+)"', line)
            if re.match(r"\s*#\s*include\s*<curl/", line) and module != "net":
                yield f"{name_of(path)}:{number}: only src/net knows libcurl"
            if found and found[1] and found[1] not in ARROWS[module]:
                yield f"{name_of(path)}:{number}: {module} includes {found[1]}/{found[2]}"
            elif found and not found[1] and found[2] != "atrest.h" and not found[2].endswith(".inc"):
                yield f'{name_of(path)}:{number}: write "{module}/{found[2]}"'


def check_purity():
    """yaml, kube, diag, plan ask nothing of the world: their undefined symbols are on a short list"""
    for module in PURE:
        objects = sorted((BUILD / "src" / module).glob("*.o"))
        wanted = {path.stem for path in files(f"src/{module}/*.c")}
        if not wanted <= {path.stem for path in objects}:
            yield f"src/{module}: not built yet; run `make`"
        for path in objects:
            symbols = subprocess.run(["nm", "-u", path], capture_output=True, text=True, check=True)
            for name in symbols.stdout.split()[1::2]:
                if name in IMPURE_SYMBOLS or not PURE_SYMBOLS.match(name):
                    yield f"src/{module}/{path.stem}.c: uses {name}"
            # By section, since nm calls a table of pointers data too: the loader fills it, then it is read-only.
            data = subprocess.run(["objdump", "-t", path], capture_output=True, text=True, check=True)
            for section, name in re.findall(r" O (\.(?:data|bss)\S*|\*COM\*)\t\S+ +(\S+)", data.stdout):
                if not section.startswith(".data.rel.ro") and not name.startswith("__"):
                    yield f"src/{module}/{path.stem}.c: {name} can change: a global in {section}"


def functions():
    """(file, name, first line, lines, parameters) of each function of src."""
    form = "%N\t%F\t%n\t%{end}\t%{signature}"
    listing = subprocess.run(["ctags", "-x", "--sort=no", "--languages=C", "--langmap=C:.c.h", "--c-kinds=f",
                              f"--_xformat={form}", *map(name_of, files("src/*/*.[ch]"))],
                             cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for row in listing.splitlines():
        name, path, first, last, signature = row.split("\t")
        # The error that goes along with every call is not counted.
        signature = re.sub(r",? ?struct ar_(err|message) ?\* ?\w+\)$|, ?(const char ?\* ?fmt, ?)?\.\.\.\)$", ")", signature)
        depth, parameters = 0, signature not in ("()", "(void)")
        for letter in signature[1:-1]:
            depth += (letter in "([{") - (letter in ")]}")
            parameters += letter == "," and depth == 0
        yield path, name, int(first), int(last) - int(first) + 1, int(parameters)


def check_functions():
    """no function over 60 lines or 5 parameters besides the error; the median is at most 15 lines"""
    lengths = []
    for path, name, first, lines, parameters in functions():
        lengths.append(lines)
        if lines > 60:
            yield f"{path}:{first}: {name} has {lines} lines"
        if parameters > 5:
            yield f"{path}:{first}: {name} has {parameters} parameters"
    if lengths:
        median, most = statistics.median(lengths), max(lengths)
        print(f"note: {len(lengths)} functions, median {median:g} lines, longest {most}")
        if median > 15:
            yield f"the median function has {median:g} lines"


def check_files():
    """no file over 600 lines"""
    for path in files("src/*/*.[ch]", "include/*.h", "test/*/*.[ch]"):
        lines = path.read_text().count("\n")
        if lines > 600:
            yield f"{name_of(path)}: {lines} lines"
        elif lines > 400 and path.parts[-3] == "src":
            print(f"note: {name_of(path)} has {lines} lines, over the 400 aimed at")


def check_headers():
    """each header compiles alone"""
    flags = subprocess.run(["pkg-config", "--cflags", "yaml-0.1", "libcyaml", "libsodium", "jansson", "libcurl"],
                           capture_output=True, text=True, check=True).stdout.split()
    for path in files("src/*/*.h", "include/*.h"):
        done = subprocess.run(["gcc", "-std=c17", "-D_GNU_SOURCE", "-Isrc", "-Iinclude", *flags, "-Wall", "-Wextra",
                               "-fsyntax-only", "-Werror", "-x", "c", "-include", name_of(path), "/dev/null"],
                              cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            yield f"{name_of(path)}: {done.stderr.splitlines()[0]}"


def check_comments():
    """each function in a header has a comment above it, or above its group"""
    for path in files("src/*/*.h", "include/*.h"):
        described = False
        depth = 0
        for number, line in enumerate(path.read_text().split("\n"), 1):
            if re.match(r"\s*(/\*|\*|//)", line):
                described = True
            elif not line.strip():
                described = False
            found = depth == 0 and STATEMENT.match(line)
            if found and not described:
                yield f"{name_of(path)}:{number}: {found[1]} has no comment"
            depth += line.count("{") - line.count("}")


def check_banned():
    """no function that cannot be used safely, and no goto"""
    for path in files("src/*/*.[ch]", "include/*.h", "test/*/*.[ch]"):
        code = code_of(path)
        for found in BANNED.finditer(code):
            yield f"{name_of(path)}:{line_of(code, found.start())}: {found[1]}"


def check_spdx():
    """each source file names its licence in the first two lines"""
    for path in files("src/*/*.[ch]", "include/*.h", "test/**/*.[ch]", "test/**/*.py", "test/**/*.sh",
                      "test/**/*.go", "docs/*.py", "docs/*.sh", "Makefile", ".ci/run"):
        if "SPDX-License-Identifier: Apache-2.0" not in "".join(path.read_text().split("\n")[:3]):
            yield name_of(path)


def check_text():
    """no trailing blanks, no CR, a newline at the end, no line over 100 columns in C (fixtures are as they must be)"""
    for name, content in tracked():
        if name.startswith("fixtures/") or b"\0" in content or name == "LICENSE":
            continue
        for number, line in enumerate(content.split(b"\n"), 1):
            if line.rstrip(b" \t\r") != line and not (name.endswith(".md") and line.endswith(b"  ")):
                yield f"{name}:{number}: blanks at the end"
            width = len(line.decode("utf-8", "replace").expandtabs(8))
            if name.endswith((".c", ".h")) and width > 100:
                yield f"{name}:{number}: {width} columns"
        if content and not content.endswith(b"\n"):
            yield f"{name}: no newline at the end"


def check_paths():
    """no path of somebody's machine, no key, no token in any file"""
    machine = re.compile(rb"/(?:home|Users)/(?!user\b|admin\b|USER\b)\w+|/root/\w|/work/\w|/tmp/(?!\$|atrest|\.)\w{6,}|" +
                         rb"\.(?:internal|corp|local)/")
    for name, content in tracked():
        if name == "test/house/check.py":
            continue
        for found in machine.finditer(content):
            yield f"{name}:{content.count(10, 0, found.start()) + 1}: {found[0].decode()}"


def looks_made_up(key):
    """A key that nobody can mistake for a real one: text, a run of numbers, or few different bytes."""
    steps = {(b - a) % 256 for a, b in zip(key, key[1:])}
    return all(32 <= byte < 127 for byte in key) or len(steps) == 1 or len(set(key)) <= len(key) // 4


def check_secrets():
    """no real-looking key, token or private key in any file: test keys decode to text or a pattern"""
    base64_key = re.compile(rb"(?<![A-Za-z0-9+/=_-])(?:[A-Za-z0-9+/]{43}=|[A-Za-z0-9+/]{22}==|[A-Za-z0-9+/]{32})(?![A-Za-z0-9+/=_-])")
    token = re.compile(rb"(?<![\w.-])[a-z0-9]{6}\.[a-z0-9]{16}(?![\w.-])")
    for name, content in tracked():
        if name.endswith((".svg", "go.sum")):
            continue
        for found in base64_key.finditer(content):
            key = base64.b64decode(found[0])
            if len(key) == 24 and name.endswith((".c", ".h", ".go", ".py")):
                continue  # 32 letters and digits: an alphabet, an identifier
            hexadecimal = re.fullmatch(rb"[0-9a-f]+", found[0])
            mixed = re.search(rb"[A-Z]", found[0]) and re.search(rb"[a-z]", found[0]) and re.search(rb"[0-9]", found[0])
            if mixed and not hexadecimal and not looks_made_up(key):
                yield f"{name}:{content.count(10, 0, found.start()) + 1}: looks like a key of {len(key)} bytes"
        for found in token.finditer(content):
            if found[0] != b"abcdef.0123456789abcdef" and re.search(rb"\d", found[0][:6]):
                yield f"{name}:{content.count(10, 0, found.start()) + 1}: looks like a bootstrap token"
        if re.search(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----\s+[A-Za-z0-9+/]{40}", content):
            yield f"{name}: a private key"


def main():
    checks = {name[6:]: check for name, check in globals().items() if name.startswith("check_")}
    failed = 0
    chosen = {name: check for name, check in checks.items() if name in sys.argv[1:] or len(sys.argv) == 1}
    for name, check in chosen.items():
        offenders = list(check())
        if offenders:
            failed += 1
            print(f"{name}: {check.__doc__}")
            for offender in offenders:
                print(f"  {offender}")
    print(f"{len(chosen) - failed} passed, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
