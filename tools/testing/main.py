"""The stages of tools/test, in the order in which a mistake is found soonest."""
import os
import pathlib
import signal
import sys

from testing import faults, fuzz, lint, native, vectors, walks, web
from testing.report import Report

USAGE = """tools/test [STAGE...]   without a stage: all of them, with the short forms of fault and fuzz

  lint         layers, coroutines, clang-format, clang-tidy, the client's types and style
  unit         the C++ unit tests with AddressSanitizer and UBSan, storage, hub and sessions with ThreadSanitizer, vitest,
               and the client's pages in Chromium
  integration  real nodes on loopback ports
  e2e          the story in Chromium; every 16th byte of a warning changed under the whole page
  flips        the same with every byte, which takes minutes
  fault        200 kills of a node and 200 power losses, with the sabotage that they must find
  fuzz         every decoder and a group in any state under libFuzzer: planted bugs are found, then 10 minutes a target
               (--minutes N), then the coverage of the decoders
  vectors [DIR]  the MLS working group's test vectors in DIR (default: ../shared/vectors/mls), natively and as WebAssembly
  walks        a random walk of 10,000 steps over groups of up to 60 members, also with AddressSanitizer and UBSan
  build        the release build and the client
  asan, tsan, vitest, views   parts of unit

The last line is `N passed, N failed`. The exit code is 1 if anything failed."""

# Threads meet in storage (the writer) and where the server waits for it.
TSAN_TARGETS = ("xom_storage_tests", "xom_server_tests")


def is_integration(binary):
    return "integration" in binary


# What runs as release; the tests themselves are built with a sanitizer, once.
RELEASE_TARGETS = ("xom-node", "xom", "xom_store_scan", "xom_power_loss", "xom_kill_rounds")


def stage_build(report):
    if native.build(report, "release", RELEASE_TARGETS):
        web.build(report)


def stage_lint(report):
    lint.quick(report)
    lint.tidy(report)


def stage_asan(report):
    if native.build(report, "asan"):
        native.test(report, "asan", lambda binary: not is_integration(binary))


def stage_tsan(report):
    if native.build(report, "tsan", TSAN_TARGETS):
        native.test(report, "tsan", lambda binary: binary == "xom_storage_tests")
        native.test(report, "tsan", lambda binary: binary == "xom_server_tests", "*Hub*:*Session*:*hub*:*session*")


def stage_integration(report):
    if native.build(report, "asan"):
        native.test(report, "asan", is_integration)


STAGES = {
    "lint": [("lint", stage_lint)],
    "build": [("build", stage_build)],
    "asan": [("unit, AddressSanitizer and UBSan", stage_asan)],
    "tsan": [("unit, ThreadSanitizer", stage_tsan)],
    "vitest": [("unit, client", lambda report: web.build(report) and web.vitest(report))],
    "views": [("unit, pages in a browser", web.views)],
    "integration": [("integration", stage_integration)],
    "e2e": [("end to end", web.playwright)],
    "flips": [("every byte of a warning", web.flips)],
    "fault": [("fault", lambda report: faults.fault(report, faults.FULL))],
    "fuzz": [("fuzz", fuzz.full)],
    "walks": [("random walks", walks.walk)],
    "vectors": [("vectors", lambda report: vectors.check(report, vectors.DEFAULT))],
}
STAGES["unit"] = STAGES["asan"] + STAGES["tsan"] + STAGES["vitest"] + STAGES["views"]
ALL = (STAGES["build"] + STAGES["lint"] + STAGES["unit"] + [("vectors", vectors.beside_the_repository)] + STAGES["integration"] + STAGES["e2e"]
       + [("fault, short form", lambda report: faults.fault(report, faults.SHORT)), ("fuzz, short form", fuzz.short)])


def main(arguments):
    if "--help" in arguments or "-h" in arguments:
        print(USAGE)
        return 0
    if "--minutes" in arguments[:-1]:
        at = arguments.index("--minutes")
        minutes = float(arguments[at + 1])
        arguments = arguments[:at] + arguments[at + 2:]
        STAGES["fuzz"] = [("fuzz", lambda report: fuzz.full(report, minutes))]
    if arguments[:1] == ["vectors"] and len(arguments) == 2 and arguments[1] not in STAGES:
        # As the caller wrote it, who may stand elsewhere than in the repository.
        where = pathlib.Path(os.environ.get("XOM_CALLED_FROM", "."), arguments.pop())
        STAGES["vectors"] = [("vectors", lambda report: vectors.check(report, where))]
    unknown = [name for name in arguments if name not in STAGES]
    if unknown:
        print(f"tools/test: unknown stage {unknown[0]!r}\n\n{USAGE}", file=sys.stderr)
        return 2
    chosen = ALL if not arguments else [stage for name in arguments for stage in STAGES[name]]
    # A polite end, so that what was started is ended too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    report = Report()
    for name, stage in chosen:
        report.stage(name)
        try:
            stage(report)
        except Exception:
            import traceback
            report.fail(f"{name}: the stage itself broke", traceback.format_exc())
    return report.finish()


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        sys.exit(130)
