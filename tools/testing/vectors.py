"""The MLS working group's vectors against the core, natively and as WebAssembly; both must count alike."""
import pathlib
import re

from testing import native
from testing.run import ROOT, folder, run

# Beside the repository; they are no part of it.
DEFAULT = ROOT.parent / "shared" / "vectors" / "mls"
FILE_SECONDS = 5 * 60
LINE = re.compile(r"^(?P<format>\S+) (?P<passed>\d+) (?P<failed>\d+) (?P<skipped>\d+)(?: (?P<failure>.*))?$")


def files_of(where):
    return [path for place in (where, where / "mls") if place.is_dir() for path in sorted(place.glob("*.json"))]


def beside_the_repository(report):
    if files_of(DEFAULT):
        check(report, DEFAULT)
    else:
        report.skip("the MLS working group's vectors", f"there are none in {DEFAULT}; tools/test vectors DIR takes others")


def check(report, where):
    files = files_of(pathlib.Path(where))
    if not files:
        report.fail(f"vectors: no *.json in {where} or {where}/mls")
        return
    if not native.build(report, "release", ["xom-vectors"]):
        return
    built = run([ROOT / "tools" / "build-wasm", "--vectors"], native.BUILD_SECONDS)
    if not built.good:
        report.fail(f"build-wasm --vectors: {built.why()}", built.output)
        return
    report.ok()
    programs = {
        "native": [folder("release") / "bin" / "xom-vectors"],
        "WebAssembly": ["node", ROOT / "tests" / "vectors" / "run_wasm.mjs", folder("wasm") / "xom_vectors.wasm"],
    }
    width = max(len(path.name) for path in files)
    print(f"{'passed failed skipped':{width + 2}}" + "".join(f"  {name:>22}" for name in programs), flush=True)
    tested = 0
    for path in files:
        counts = {name: outcome(path, command) for name, command in programs.items()}
        shown = "".join(f"  {'-' if isinstance(found, str) else '{:d} {:d} {:d}'.format(*found[1]):>22}" for found in counts.values())
        print(f"{path.name:{width + 2}}{shown}", flush=True)
        tested += judge(report, path.name, counts)
    if not tested:
        report.fail(f"vectors: no file in {where} holds a vector that applies")


def judge(report, file, counts):
    """Counts each vector once for each of the two; answers how many passed or failed."""
    tested = 0
    for name, found in counts.items():
        if isinstance(found, str):
            report.fail(f"vectors: {file}, {name}: it did not run to its end", found)
            continue
        form, (passed, failed, skipped), failure = found
        tested += passed + failed
        report.ok(passed)
        if failed:
            report.fail(f"vectors: {file}, {name}: {failed} failed", f"vector {failure}" if failure else "")
        if form == "-" and not failed:
            report.skip(file, f"{name}: not one of the working group's formats that are known here")
        elif skipped:
            report.skip(f"{file} ({skipped})", f"{name}: vectors of other cipher suites")
    found = list(counts.values())
    if not any(isinstance(one, str) for one in found) and any(one != found[0] for one in found):
        report.fail(f"vectors: {file}: the native and the WebAssembly build differ", "\n".join(map(str, found)))
    return tested


def outcome(path, command):
    """(format, (passed, failed, skipped), first failure), or the output of a program that gave none."""
    finished = run([*command, path], FILE_SECONDS)
    prefix = f"{path}: "
    for line in finished.output.splitlines():
        match = LINE.match(line.removeprefix(prefix)) if line.startswith(prefix) else None
        if match and finished.code in (0, 1) and not finished.late:
            return match["format"], tuple(int(match[key]) for key in ("passed", "failed", "skipped")), match["failure"]
    return f"{finished.why()}\n{finished.output}"
