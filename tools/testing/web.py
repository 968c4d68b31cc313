"""Builds the client and runs its tests: vitest, and Playwright against real nodes."""
import json

from testing import native
from testing.run import ROOT, folder, run

UNIT_SECONDS = 15 * 60
E2E_SECONDS = 15 * 60
# A page for each byte of a warning.
FLIPS_SECONDS = 45 * 60


def build(report, identity=False):
    """The core as WebAssembly and the client's files; its budgets are checked by the build itself."""
    steps = [("build the core as WebAssembly", ["tools/build-wasm", "--tests"], {}),
             ("build the client", ["npm", "--prefix", "web", "run", "build"], {})]
    if identity:
        steps.append(("build the client without encryption, the control of the plaintext scan",
                      ["npm", "--prefix", "web", "run", "build"], {"XOM_IDENTITY_CRYPTO": "1"}))
    for name, command, environment in steps:
        finished = run(command, 900, environment)
        if not finished.good:
            report.fail(f"{name}: {finished.why()}", finished.output)
            return False
        report.ok()
    return True


def vitest(report):
    result = folder("results") / "vitest.json"
    # Some cases start a real node.
    if not native.build(report, "release", ["xom-node", "xom", "xom_store_scan"]):
        return
    programs = folder("release") / "bin"
    environment = {"XOM_NODE_BIN": str(programs / "xom-node"), "XOM_BIN": str(programs / "xom")}
    if not run(["node", "schema.mjs"], 120, folder=ROOT / "web").good:
        report.fail("generate the client's schema")
        return
    run_vitest(report, result, environment, [])
    # The control of the plaintext scan: without encryption every word must be found.
    run_vitest(report, result, environment | {"XOM_IDENTITY_CRYPTO": "1"}, ["tests/integration"])


def run_vitest(report, result, environment, what):
    result.unlink(missing_ok=True)
    finished = run(["npx", "--no-install", "vitest", "run", *what, "--reporter=default", "--reporter=json",
                    f"--outputFile.json={result}"], UNIT_SECONDS, environment, ROOT / "web")
    failed = count_vitest(report, result) if result.exists() else 0
    # What fails outside of a case (an import, a hook) is in the output alone.
    if not finished.good and not failed:
        report.fail(f"vitest: {finished.why()}", finished.output)


def count_vitest(report, result):
    failed = 0
    for suite in json.loads(result.read_text())["testResults"]:
        for case in suite["assertionResults"]:
            name = case["fullName"].strip()
            if case["status"] == "passed":
                report.ok()
            elif case["status"] == "failed":
                report.fail(f"{suite['name'].rsplit('/web/', 1)[-1]}: {name}", "\n".join(case.get("failureMessages") or []))
                failed += 1
            else:
                note = (case.get("meta") or {}).get("reason") or "skipped by the test itself"
                report.skip(name, note)
        if suite["status"] == "failed" and not any(c["status"] == "failed" for c in suite["assertionResults"]):
            report.fail(suite["name"].rsplit("/web/", 1)[-1], suite.get("message", ""))
            failed += 1
    return failed


def playwright(report):
    """The story, and a short form of the changed bytes."""
    end_to_end(report, "e2e", [], E2E_SECONDS)


def flips(report):
    """Every byte of a warning, changed under the whole page."""
    end_to_end(report, "flips", ["flips.spec.ts"], FLIPS_SECONDS, {"XOM_FLIP_EVERY": "1"}, show=True)


def end_to_end(report, name, files, seconds, environment=None, show=False):
    tests = ROOT / "tests" / "e2e"
    result = folder("results") / f"{name}.json"
    result.unlink(missing_ok=True)
    if not native.build(report, "release", ["xom-node", "xom"]) or not build(report):
        return
    finished = run(["node", ROOT / "web/node_modules/@playwright/test/cli.js", "test", *files, "--config", tests],
                   seconds, {"XOM_RESULT_FILE": str(result)} | (environment or {}), tests)
    if show:
        print("".join(f"{line}\n" for line in finished.output.splitlines() if line.startswith("    ")), end="")
    failed = count_playwright(report, json.loads(result.read_text())) if result.exists() else 0
    if not finished.good and not failed:
        report.fail(f"Playwright: {finished.why()}", finished.output)


def views(report):
    """The pages in a browser, over a core that the test plays: pictures, axe-core, what people do."""
    result = folder("results") / "views.json"
    result.unlink(missing_ok=True)
    finished = run(["npx", "--no-install", "playwright", "test", "-c", "tests/views"], UNIT_SECONDS,
                   {"XOM_RESULT_FILE": str(result)}, ROOT / "web")
    failed = count_playwright(report, json.loads(result.read_text())) if result.exists() else 0
    if not finished.good and not failed:
        report.fail(f"the views in a browser: {finished.why()}", finished.output)


def count_playwright(report, result):
    failed = 0
    suites = list(result.get("suites", []))
    while suites:
        suite = suites.pop()
        suites.extend(suite.get("suites", []))
        for spec in suite.get("specs", []):
            for case in spec["tests"]:
                last = case["results"][-1] if case["results"] else {"status": "skipped"}
                if case["status"] == "skipped":
                    notes = [a.get("description") for a in case.get("annotations", []) if a.get("type") == "skip"]
                    report.skip(spec["title"], (notes and notes[0]) or "skipped by the test itself")
                elif case["status"] in ("expected", "flaky") and last["status"] == "passed":
                    report.ok()
                else:
                    output = "".join(o.get("text", "") for o in last.get("stdout", []) + last.get("stderr", []))
                    errors = "\n".join(e.get("message", "") for e in last.get("errors", []))
                    report.fail(f"{spec['file']}: {spec['title']}", output + errors)
                    failed += 1
    return failed
