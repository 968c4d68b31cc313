"""Runs programs: with a time limit, in a process group of their own, so that nothing is left behind."""
import os
import pathlib
import signal
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


class Finished:
    """How a program ended. `code` is negative for a signal; `late` says that the time limit ended it."""

    def __init__(self, code, output, late):
        self.code = code
        self.output = output
        self.late = late

    @property
    def good(self):
        return self.code == 0 and not self.late

    def why(self):
        if self.late:
            return "took too long and was ended"
        if self.code < 0:
            return f"died of {signal.Signals(-self.code).name}"
        return f"exit code {self.code}"


def start(command, environment=None, folder=ROOT, output=None):
    """Starts a program in a session of its own, its output to the open file `output`."""
    env = dict(os.environ)
    env.update(environment or {})
    return subprocess.Popen(
        [str(part) for part in command], cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=output,
        stderr=subprocess.STDOUT, start_new_session=True)


def wait(process, output, seconds):
    late = False
    try:
        code = process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        late, code = True, -signal.SIGKILL
    except BaseException:
        end_group(process)
        raise
    # Also those that the program has started and forgotten.
    end_group(process)
    output.seek(0)
    return Finished(code, output.read().decode("utf-8", "replace"), late)


def end_group(process):
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def run(command, seconds, environment=None, folder=ROOT):
    import tempfile
    with tempfile.TemporaryFile() as output:
        return wait(start(command, environment, folder, output), output, seconds)


def jobs():
    """How many things at a time: the processors, but no more than memory allows (a Beast file takes over 1 GiB)."""
    gigabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return max(1, min(len(os.sched_getaffinity(0)), int(gigabytes / 1.5)))


def folder(name):
    path = ROOT / "build" / name
    path.mkdir(parents=True, exist_ok=True)
    return path
