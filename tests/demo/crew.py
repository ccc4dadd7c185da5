# SPDX-License-Identifier: Apache-2.0
"""Workers: programs that answer one line to each line they are sent.

An answer is words key=value, or nothing. A worker that fails says why on stderr, and ends.
"""

import contextlib
import selectors
import signal
import subprocess
import tempfile

PATIENCE = 120  # Seconds that any answer may take.


class DemoError(Exception):
    """Why the demo cannot go on."""


class Answer(dict):
    """What a worker answers."""

    def __init__(self, name, line):
        super().__init__(word.partition("=")[::2] for word in line.split())
        self._source = f"{name}: answers {line!r}"

    def __missing__(self, key):
        raise DemoError(f"{self._source}, without {key}")


class Worker:
    """A running program."""

    def __init__(self, name, command, folder):
        self.name = name
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 - The worker's, to its end.
        try:
            self._process = subprocess.Popen(
                command,
                bufsize=0,
                cwd=folder,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._stderr,
            )
        except OSError as error:
            raise DemoError(f"{name}: cannot start: {error}") from error

    def fileno(self):
        """Return what is ready for reading when there is an answer, for the selector."""
        return self._process.stdout.fileno()

    def tell(self, words):
        # That a worker is dead shows when its answer is read.
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(" ".join(map(str, words)).encode() + b"\n")

    def hear(self):
        line = self._process.stdout.readline().decode(errors="replace")
        if not line.endswith("\n"):
            raise DemoError(f"{self.name}: died, {self._end()}")
        return Answer(self.name, line)

    def dismiss(self):
        """Let the worker end by itself, which it must do without an error."""
        self._process.stdin.close()
        end = self._end()
        if self._process.returncode != 0:
            raise DemoError(f"{self.name}: did not end well, {end}")

    def kill(self):
        """End the worker if it has not ended, and let go of everything."""
        self._process.kill()
        self._process.wait()
        for file in (self._process.stdin, self._process.stdout, self._stderr):
            file.close()

    def _end(self):
        """Wait for the end and return how it came, with what the worker says about it."""
        try:
            code = self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            raise DemoError(f"{self.name}: does not end") from None
        how = f"exit code {code}" if code >= 0 else f"signal {signal.Signals(-code).name}"
        self._stderr.seek(0)
        return f"{how}\n{self._stderr.read().decode(errors='replace')}".rstrip()


@contextlib.contextmanager
def crew(commands, folder):
    """Run a worker for each command, and see that all of them end well."""
    workers = []
    try:
        for name, command in commands.items():
            workers.append(Worker(name, command, folder))
        yield workers
        for worker in workers:
            worker.dismiss()
    finally:
        for worker in workers:
            worker.kill()


def ask_each(workers, *words):
    """Ask all workers at once. Yield each one's name and answer, as the answers come."""
    for worker in workers:
        worker.tell(words)
    with selectors.DefaultSelector() as waiting:
        for worker in workers:
            waiting.register(worker, selectors.EVENT_READ)
        while waiting.get_map():
            ready = waiting.select(PATIENCE)
            if not ready:
                names = ", ".join(key.fileobj.name for key in waiting.get_map().values())
                raise DemoError(f"{names}: no answer to {words[0]!r} within {PATIENCE} s")
            for key, _ in ready:
                waiting.unregister(key.fileobj)
                yield key.fileobj.name, key.fileobj.hear()


def ask_all(workers, *words):
    """Ask all workers at once. Return the answers by name."""
    return dict(ask_each(workers, *words))


def ask(worker, *words):
    """Ask one worker."""
    return ask_all([worker], *words)[worker.name]
