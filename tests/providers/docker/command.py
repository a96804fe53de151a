"""The real command line in a folder, with nothing of ours in its environment but what leads to an engine."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


class Project:
    """A folder, and the command run in it."""

    def __init__(self, folder: Path, environ: dict[str, str]) -> None:
        (folder / "home").mkdir()
        self.folder = folder
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        self.environ = {**kept, "HOME": str(folder / "home"), "REIGN_TRUST": "1", **environ}

    def write(self, text: str) -> None:
        """What is declared from now on."""
        (self.folder / "reign.yaml").write_text(f"version: 1\n{text}", encoding="utf-8")

    def run(self, *words: str, code: int = 0, **environ: str) -> str:
        """All that it says. It must end with `code`."""
        done = subprocess.run(
            [sys.executable, "-m", "reign", *words],
            cwd=self.folder, env={**self.environ, **environ}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr
