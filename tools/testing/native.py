"""Builds the C++ side and runs its tests: GoogleTest binaries, counted case by case."""
import json
import re
import tempfile

from testing.run import ROOT, Finished, folder, jobs, run, start, wait

# Generous: a machine that others use too takes three times as long.
BUILD_SECONDS = 45 * 60
BINARY_SECONDS = 15 * 60

# The first error of a sanitizer ends a test; RocksDB and protobuf are not compiled with them.
SANITIZER_ENVIRONMENT = {
    "ASAN_OPTIONS": "abort_on_error=1:detect_stack_use_after_return=1:strict_string_checks=1",
    "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
    "TSAN_OPTIONS": f"halt_on_error=1:second_deadlock_stack=1:suppressions={ROOT}/tests/support/tsan.supp",
}


def build(report, preset, targets=()):
    """Configures and builds a preset; answers whether that worked. Counts as one case."""
    name = f"build {preset}" + (f" ({', '.join(targets)})" if targets else "")
    configured = run(["cmake", "--preset", preset], 300)
    if not configured.good:
        report.fail(f"{name}: configure", configured.output)
        return False
    built = run(["cmake", "--build", "--preset", preset, "-j", jobs(), *(["--target", *targets] if targets else [])],
                BUILD_SECONDS)
    if not built.good:
        report.fail(f"{name}: {built.why()}", errors_of(built.output))
        return False
    report.ok()
    return True


def errors_of(output):
    """From the first failed command on, and not all of it: what went well before is of no use, nor is the hundredth error."""
    match = re.search(r"^FAILED: .*\n.*\n", output, re.M)
    return "".join(output[match.end():].splitlines(keepends=True)[:60]) if match else output


def registered(preset):
    """What the build registers with CTest: {program: is it GoogleTest}."""
    listed = run(["ctest", "--test-dir", folder(preset), "--show-only=json-v1"], 300)
    programs = {}
    for test in json.loads(listed.output).get("tests", []):
        command = test.get("command")
        if command:
            programs[command[0]] = any(part.startswith("--gtest_filter") for part in command)
    return programs


def test(report, preset, wanted, select="*"):
    """Runs the GoogleTest binaries whose name `wanted` accepts, in as many shards as there are processors."""
    binaries = [path for path, gtest in registered(preset).items() if gtest and wanted(path.rsplit("/", 1)[-1])]
    for binary in sorted(binaries):
        shards = jobs()
        running = []
        for shard in range(shards):
            environment = {**SANITIZER_ENVIRONMENT, "GTEST_TOTAL_SHARDS": str(shards), "GTEST_SHARD_INDEX": str(shard)}
            output = tempfile.TemporaryFile()
            running.append((start([binary, f"--gtest_filter={select}", "--gtest_color=no"], environment, ROOT, output), output))
        for process, output in running:
            with output:
                count_gtest(report, binary.rsplit("/", 1)[-1], wait(process, output, BINARY_SECONDS))
    return len(binaries)


def count_gtest(report, binary, finished: Finished):
    """Counts by the lines that GoogleTest prints, which a crash leaves behind as well."""
    current, begin = None, 0
    failed = 0
    pattern = re.compile(r"^\[( RUN      |       OK |  FAILED  |  SKIPPED )\] ([^\s,(]+)", re.M)
    body = finished.output
    summary = re.search(r"^\[==========\] .* ran\.", body, re.M)
    for match in pattern.finditer(body, 0, summary.start() if summary else len(body)):
        what, name = match.group(1).strip(), match.group(2)
        if what == "RUN":
            current, begin = name, match.end()
        elif name == current:
            text = body[begin:match.start()]
            if what == "OK":
                report.ok()
            elif what == "SKIPPED":
                report.skip(name, skip_reason(text))
            else:
                report.fail(f"{binary}: {name}", text)
                failed += 1
            current = None
    if current is not None:
        report.fail(f"{binary}: {current}: {finished.why()}", body[begin:])
    elif not finished.good and not failed:
        report.fail(f"{binary}: {finished.why()}", body)


def skip_reason(text):
    match = re.search(r": Skipped\n(.+)", text)
    return match.group(1).strip() if match else "no reason given"
