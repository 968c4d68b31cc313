"""Checks that need no test to run: layers, coroutines, format, clang-tidy, the client's types and style."""
import concurrent.futures
import hashlib
import json
import re
import time

from testing import native
from testing.run import ROOT, folder, jobs, run

FOLDERS = ("protocol", "storage", "federation", "server", "tools", "tests")
# The box holds on two cores, where about forty files take it; what does not fit is named as skipped.
TIDY_SECONDS = 230


def sources(*suffixes):
    return [path for name in FOLDERS for path in sorted((ROOT / name).rglob("*"))
            if path.suffix in suffixes and "node_modules" not in path.parts]


def command(report, name, arguments, seconds=300):
    finished = run(arguments, seconds)
    if finished.good:
        report.ok()
    else:
        report.fail(f"{name}: {finished.why()}", finished.output)


def quick(report):
    for check in ("check-layers", "check-coroutines"):
        command(report, f"{check} finds what is planted", [ROOT / "tools" / check, "--self-test"])
        command(report, check, [ROOT / "tools" / check])
    command(report, "clang-format", ["clang-format-19", "--dry-run", "-Werror", *sources(".h", ".cpp")])
    command(report, "types and style of the client", ["npm", "--prefix", "web", "run", "check"])
    command(report, "types of the tests in a browser", ["node", "web/node_modules/typescript/bin/tsc", "--noEmit", "-p", "tests/e2e"])


def tidy(report):
    """clang-tidy over the compile commands of release; a file is looked at again when it or what it includes changed."""
    if not native.build(report, "release", ["xom_schema"]):
        return
    entries = {}
    for entry in json.loads((folder("release") / "compile_commands.json").read_text()):
        path = (ROOT / entry["file"]).resolve()
        # Files that only compile a library's own sources hold nothing of ours.
        if path.is_relative_to(ROOT) and not path.is_relative_to(ROOT / "build") and not path.name.endswith("_impl.cpp"):
            entries[path] = entry
    stamps = folder("tidy")
    common = (ROOT / ".clang-tidy").read_bytes()
    deadline = time.monotonic() + TIDY_SECONDS

    def look(path):
        stamp = stamps / hashlib.sha256(common + fingerprint(path)).hexdigest()
        if stamp.exists():
            return path, None
        left = deadline - time.monotonic()
        if left <= 0:
            return path, "late"
        finished = run(["clang-tidy-19", "-p", folder("release"), "--quiet", "--extra-arg=-Wno-unknown-warning-option",
                        "--extra-arg=-Wno-everything", path], max(left, 30))
        if finished.late:
            return path, "late"
        if finished.good:
            stamp.touch()
            return path, None
        return path, finished.output

    with concurrent.futures.ThreadPoolExecutor(jobs()) as pool:
        # Tests last: where the box is too small, they are what is left out.
        for path, problem in pool.map(look, sorted(entries, key=lambda p: (p.is_relative_to(ROOT / "tests"), p))):
            name = f"clang-tidy {path.relative_to(ROOT)}"
            if problem is None:
                report.ok()
            elif problem == "late":
                report.skip(name, f"clang-tidy's time box of {TIDY_SECONDS} s was over")
            else:
                report.fail(name, re.sub(r"^\d+ warnings? .*\n?", "", problem, flags=re.M))


INCLUDE = re.compile(rb'^[ \t]*#[ \t]*include[ \t]*"([^"]+)"', re.M)


def fingerprint(path):
    """The file and all files of the project that it includes, at any depth."""
    seen, waiting, parts = set(), [path], []
    while waiting:
        file = waiting.pop()
        if file in seen:
            continue
        seen.add(file)
        content = file.read_bytes()
        parts.append(str(file.relative_to(ROOT)).encode() + b"\0" + hashlib.sha256(content).digest())
        for target in INCLUDE.findall(content):
            for base in (ROOT, file.parent, folder("release") / "protocol"):
                candidate = base / target.decode()
                if candidate.is_file():
                    waiting.append(candidate.resolve())
                    break
    return b"".join(sorted(parts))
