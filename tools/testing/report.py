"""Counts what passed, failed and was skipped, and says so while it happens."""
import sys
import time


class Report:
    """The result of a run. A case counts once; a failed one has been printed with its output when it is counted."""

    def __init__(self):
        self.passed = 0
        self.failures = []
        self.skips = []
        self._stage = None

    def stage(self, name):
        self.end_stage()
        self._stage = (name, time.monotonic(), self.passed, len(self.failures), len(self.skips))
        print(f"\n== {name}", flush=True)

    def end_stage(self):
        if self._stage is None:
            return
        name, start, passed, failed, skipped = self._stage
        self._stage = None
        counts = f"{self.passed - passed} passed, {len(self.failures) - failed} failed"
        if len(self.skips) > skipped:
            counts += f", {len(self.skips) - skipped} skipped"
        print(f"== {name}: {counts}, {time.monotonic() - start:.0f} s", flush=True)

    def ok(self, count=1):
        self.passed += count

    def fail(self, name, output=""):
        self.failures.append(name)
        print(f"FAILED {name}", flush=True)
        if output:
            sys.stdout.write("".join(f"    {line}\n" for line in _tail(output)))
            sys.stdout.flush()

    def skip(self, name, reason):
        self.skips.append((name, reason))

    def finish(self):
        """Prints the summary; its last line is `N passed, N failed`. Answers the exit code."""
        self.end_stage()
        print()
        reasons = {}
        for name, reason in self.skips:
            reasons.setdefault(reason, []).append(name)
        for reason, names in reasons.items():
            shown = ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")
            print(f"skipped: {shown}: {reason}")
        for name in self.failures:
            print(f"failed: {name}")
        # Nothing that ran is not a success.
        if not self.passed and not self.failures:
            print("nothing was tested")
        skipped = f", {len(self.skips)} skipped" if self.skips else ""
        print(f"{self.passed} passed, {len(self.failures)} failed{skipped}", flush=True)
        return 1 if self.failures or not self.passed else 0


LINES_SHOWN = 200


def _tail(output):
    lines = output.rstrip("\n").splitlines()
    if len(lines) > LINES_SHOWN:
        return [f"… {len(lines) - LINES_SHOWN} lines left out …"] + lines[-LINES_SHOWN:]
    return lines
