"""The fuzzers of the trusted core (libFuzzer): each decoder, and any bytes handed to a group."""
import concurrent.futures
import json
import re
import shutil
import time

from testing import native
from testing.run import ROOT, folder, jobs, run

# Of each target in every run of all tests, and in `tools/test fuzz` without --minutes.
SHORT_SECONDS, FULL_MINUTES = 3, 10
# A planted bug must be found in this time.
PLANTED_SECONDS = 180
LEAST_COVERAGE = 90
COMPILER = ("-DCMAKE_CXX_COMPILER=clang++-19", "-DCMAKE_C_COMPILER=clang-19", "-DCMAKE_CXX_COMPILER_LAUNCHER=ccache",
            "-DCMAKE_BUILD_TYPE=RelWithDebInfo", "-DXOM_FUZZ=ON")
# Where bytes from outside are read; whole files, with what writes and checks the same structures.
DECODERS = re.compile(
    r"protocol/(mls/(input|leaf_node|key_package|proposal|commit|group_context|framing|welcome|\w+_codec|\w+_records)"
    r"|codec/(reader|text)|admission/facts|trust/statement|outline/\w+)\.cpp")


def short(report):
    targets = build(report, ("xom_fuzz_all",))
    fuzz(report, targets, SHORT_SECONDS)


def full(report, minutes=FULL_MINUTES):
    targets = build(report, ("xom_fuzz_all", "xom_fuzz_planted"))
    if targets:
        planted(report, targets)
        fuzz(report, targets, minutes * 60)
        coverage(report)


def make(report, name, configure, targets):
    configured = run(["cmake", "-G", "Ninja", "-B", folder(name), *configure], 300)
    built = configured.good and run(["ninja", "-C", folder(name), "-j", jobs(), *targets], native.BUILD_SECONDS)
    if not built or not built.good:
        report.fail(f"build of {name}", (built or configured).output)
        return False
    report.ok()
    return True


def build(report, what):
    """Builds the fuzzers and writes their seeds; answers the names of the targets."""
    if not shutil.which("clang++-19"):
        report.skip("fuzz", "no clang++-19")
        return []
    if not make(report, "fuzz", COMPILER, what):
        return []
    seeds = folder("fuzz/seeds")
    shutil.rmtree(seeds)
    made = run([folder("fuzz/bin") / "xom_make_seeds", seeds], 300)
    if not made.good:
        report.fail(f"seeds of the fuzzers: {made.why()}", made.output)
        return []
    return sorted(path.name for path in seeds.iterdir())


def fuzz_one(name, binary, seconds):
    begin = time.monotonic()
    finished = run([folder("fuzz/bin") / binary, f"-max_total_time={seconds}", "-timeout=30", "-print_final_stats=1",
                    f"-artifact_prefix={folder('fuzz/findings')}/{binary}-",
                    folder(f"fuzz/corpus/{name}" if binary.endswith(name) else f"fuzz/planted-corpus/{name}"),
                    folder(f"fuzz/seeds/{name}")], seconds + 120)
    return finished, time.monotonic() - begin


def each(targets, binary, seconds):
    """Runs as many at a time as there are processors; gives (target, how it ended, seconds) as they end."""
    with concurrent.futures.ThreadPoolExecutor(int(jobs())) as pool:
        started = {pool.submit(fuzz_one, name, binary.format(name), seconds): name for name in targets}
        for done in concurrent.futures.as_completed(started):
            yield started[done], *done.result()


def fuzz(report, targets, seconds):
    for name, finished, took in each(targets, "xom_fuzz_{}", seconds):
        executed = re.search(r"number_of_executed_units: (\d+)", finished.output)
        edges = re.findall(r"cov: (\d+)", finished.output)
        print(f"fuzz {name}: {executed.group(1) if executed else '?'} runs, {edges[-1] if edges else '?'} edges, "
              f"{took:.0f} s", flush=True)
        if finished.good:
            report.ok()
        else:
            report.fail(f"fuzz {name}: {finished.why()}", finished.output)


def planted(report, targets):
    """A control: each fuzzer must find the bug that tests/protocol/fuzz/plants.cmake puts into its decoder."""
    shutil.rmtree(folder("fuzz/planted-corpus"))
    for name, finished, took in each(targets, "xom_fuzz_{}_planted", PLANTED_SECONDS):
        found = re.search(r"ERROR: (\w+: .*)", finished.output)
        if found and not finished.good:
            print(f"planted bug of {name}: found after {took:.0f} s ({found.group(1)[:60]})", flush=True)
            report.ok()
        else:
            report.fail(f"planted bug of {name}: not found in {PLANTED_SECONDS} s", finished.output)


def coverage(report):
    """Lines of the decoders that the seeds and what the fuzzers added to them reach."""
    if not make(report, "coverage", ("--preset", "debug", "-DXOM_COVERAGE=ON"), ("xom_fuzz_replay",)):
        return
    objects = folder("coverage") / "protocol/CMakeFiles/xom_core.dir"
    for counts in objects.rglob("*.gcda"):
        counts.unlink()
    for corpus in ("seeds", "corpus"):
        replayed = run([folder("coverage/bin") / "xom_fuzz_replay", folder(f"fuzz/{corpus}")], native.BUILD_SECONDS)
        if not replayed.good:
            report.fail(f"replay of the fuzzers' {corpus}: {replayed.why()}", replayed.output)
            return
    reached, lines = 0, 0
    for counts in sorted(objects.rglob("*.gcda")):
        source = counts.relative_to(objects).with_suffix("").as_posix()
        if not DECODERS.fullmatch(f"protocol/{source}"):
            continue
        here = lines_of(counts, f"protocol/{source}")
        reached, lines = reached + sum(here), lines + len(here)
        print(f"coverage: {100 * sum(here) / max(1, len(here)):5.1f} % of {len(here):4} lines  protocol/{source}")
    share = 100 * reached / max(1, lines)
    print(f"coverage of the decoders: {share:.1f} % of {lines} lines", flush=True)
    if share >= LEAST_COVERAGE:
        report.ok()
    else:
        report.fail(f"coverage of the decoders: {share:.1f} %, less than {LEAST_COVERAGE} %")


def lines_of(counts, source):
    """Of each line with code: was it run?"""
    told = run(["gcov-12", "--json-format", "--stdout", counts], 300, folder=counts.parent)
    hits = {}
    for report in (json.loads(line) for line in told.output.splitlines() if line.startswith("{")):
        for file in report["files"]:
            if file["file"].endswith(source) or str(ROOT / source) == file["file"]:
                for line in file["lines"]:
                    hits[line["line_number"]] = hits.get(line["line_number"], False) or line["count"] > 0
    return list(hits.values())
