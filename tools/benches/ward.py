"""A fresh node of this build with people in it, and the floor: what the load generator is put on."""
import contextlib
import json
import pathlib
import socket
import subprocess
import tempfile
import time

from benches.programs import Broken, results
from testing.run import end_group, run, start

START_SECONDS = 60
SEED_SECONDS = 600
# A process here may have 20,000 open files; the store needs some.
MOST_SESSIONS = 19_000


def free_port():
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return held.getsockname()[1]


def must(command, seconds):
    """What it printed."""
    finished = run(command, seconds)
    if not finished.good:
        raise Broken(f"{' '.join(map(str, command[:3]))}: {finished.why()}\n{finished.output}")
    return finished.output


def wait_for(port, process, what):
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if process.poll() is not None:
            raise Broken(f"{what} has ended with {process.returncode}")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise Broken(f"{what} does not listen")


class Server:
    """A process that listens on a port of 127.0.0.1; a node's `data` is its folder."""

    def __init__(self, port, process, data=None):
        self.port = port
        self.process = process
        self.data = data

    @property
    def pid(self):
        return self.process.pid


@contextlib.contextmanager
def running(command, port, what, data=None):
    with tempfile.TemporaryFile() as output:
        process = start(command, output=output)
        try:
            wait_for(port, process, what)
            yield Server(port, process, data)
        except Broken as problem:
            output.seek(0)
            raise Broken(f"{problem}\n{output.read().decode('utf-8', 'replace')[-2000:]}") from None
        finally:
            end_group(process)


def people(groups, members, places=1):
    """The population as the generator's options: the same for seed and load."""
    return "--groups", groups, "--members", members, "--places", places


@contextlib.contextmanager
def node(programs, population, *seeds, publisher=False):
    """A node with these people(), on a disk; `seeds`: further options of seed; `publisher`: the node is the root of a tree, and
    device 0 may publish."""
    with tempfile.TemporaryDirectory(prefix="xom-bench-", dir=programs.parent) as place:
        place = pathlib.Path(place)
        passphrase, authority, data, port = place / "passphrase", place / "authority.key", place / "data", free_port()
        passphrase.write_text("tám con mèo đi dạo\n", encoding="utf-8")
        must([programs / "xom", "authority", "create", "--file", authority, "--passphrase-file", passphrase], 60)
        must([programs / "xom", "node", "init", "--data", data, "--authority", authority, "--listen", f"127.0.0.1:{port}"], 60)
        with open(data / "xom.toml", "a", encoding="utf-8") as config:
            config.write(f'log_level = "warn"\nmax_sessions = {MOST_SESSIONS}\n')
        must([programs / "xom-load", "seed", "--data", data, *population, *seeds], SEED_SECONDS)
        with running([programs / "xom-node", "--data", data], port, "xom-node", data) as server:
            if publisher:
                office = ("--node", f"http://127.0.0.1:{port}", "--authority", authority, "--passphrase-file", passphrase)
                account = must([programs / "xom-load", "account", "--device", 0], 60).strip()
                must([programs / "xom", "root", *office, "--name", "Phường", "--level", "Phường"], 60)
                must([programs / "xom", "appoint", *office, "--account", account, "--office", "publisher", "--name", "Lan"], 60)
            yield server


@contextlib.contextmanager
def floor(programs):
    port = free_port()
    with running([programs / "xom-load", "floor", "--port", port], port, "the floor") as server:
        yield server


def load(programs, server, workload, *options):
    """The generator's lines."""
    return list(results([programs / "xom-load", workload, "--port", server.port, "--server", server.pid, *options]))
