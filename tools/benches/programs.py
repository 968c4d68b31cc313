"""Builds what is measured, and reads programs that write a line of JSON for each result while they run."""
import json
import os
import subprocess
import tempfile

from testing.run import ROOT, end_group, folder, jobs, run

BUILD_SECONDS = 25 * 60


class Broken(Exception):
    """A benchmark cannot go on; the text is for who called it."""


def build(*targets):
    """Builds targets of the release preset; answers the folder of the programs."""
    must(["cmake", "--preset", "release"], "configure")
    must(["cmake", "--build", "--preset", "release", "-j", jobs(), "--target", *targets], f"build of {', '.join(targets)}")
    return folder("release") / "bin"


def must(command, what):
    finished = run(command, BUILD_SECONDS)
    if not finished.good:
        raise Broken(f"{what}: {finished.why()}\n{finished.output}")


def results(command, environment=None):
    """Yields the JSON of each line of the program's output as it comes."""
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen([str(part) for part in command], cwd=ROOT, env=os.environ | (environment or {}),
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, start_new_session=True)
        try:
            for line in process.stdout:
                yield json.loads(line)
            code = process.wait()
        finally:
            # Also those that the program has started and forgotten.
            end_group(process)
        if code != 0:
            errors.seek(0)
            raise Broken(f"{command[0]}: exit code {code}\n{errors.read().decode('utf-8', 'replace')}")
