"""Where everything of a project's `.reign` stands."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from reign.model.errors import Failed
from reign.model.finding import Finding
from reign.state.files import make_folder, write_file

_ENV = re.compile(r"[a-z][a-z0-9_-]*")


@dataclass(frozen=True, slots=True)
class Layout:
    """The paths of one environment's state. `folder` is the project's; `env` is empty where there are no environments."""

    folder: Path
    env: str = ""

    def __post_init__(self) -> None:
        if self.env and not _ENV.fullmatch(self.env):
            raise Failed(
                [
                    Finding(
                        "usage/environment",
                        "Not the name of an environment",
                        f"{self.env!r} cannot name an environment: names are lower-case letters, digits, - and _, "
                        "beginning with a letter.",
                    )
                ]
            )

    @property
    def root(self) -> Path:
        """`.reign` itself, which holds what the environments share: the key and the schema for editors."""
        return self.folder / ".reign"

    @property
    def state(self) -> Path:
        """The environment's part of it; the same folder where there are no environments."""
        return self.root / "env" / self.env if self.env else self.root

    @property
    def journal(self) -> Path:
        """The folder of the journal's segments."""
        return self.state / "journal"

    @property
    def store(self) -> Path:
        """The DuckDB file."""
        return self.state / "state.duckdb"

    @property
    def store_log(self) -> Path:
        """What DuckDB keeps beside it of writes that are not in the file yet."""
        return self.store.with_name(f"{self.store.name}.wal")

    @property
    def lock(self) -> Path:
        """Whoever holds this may write. Always empty."""
        return self.state / "lock"

    @property
    def lock_json(self) -> Path:
        """Who holds the lock, for people."""
        return self.state / "lock.json"

    @property
    def feed_lock(self) -> Path:
        """Held while the store is written. Says up to which event it was fed."""
        return self.state / "feed.lock"

    @property
    def key(self) -> Path:
        """The project's key, one for all environments."""
        return self.root / "key"

    @property
    def runs(self) -> Path:
        """One folder per run."""
        return self.state / "runs"

    @property
    def marks(self) -> Path:
        """The marks of files, by the sha256 of their path."""
        return self.state / "marks"

    @property
    def blobs(self) -> Path:
        """Kept content, by its sha256."""
        return self.state / "blobs"

    @property
    def commands(self) -> Path:
        """The records of commands whose outcome is not in the journal yet. Who runs them writes them."""
        return self.state / "commands"

    def run_plan(self, run: str) -> Path:
        """The sealed plan that a run carries out."""
        return self.runs / run / "plan"

    def siblings(self) -> tuple[Layout, ...]:
        """Every environment that has a part of `.reign`, and `.reign` itself."""
        try:
            names = sorted(path.name for path in (self.root / "env").iterdir() if _ENV.fullmatch(path.name))
        except OSError:
            names = []
        return tuple(Layout(self.folder, name) for name in ("", *names))

    def stray(self) -> Path | None:
        """Something in `.reign`, or itself, that is neither a folder nor a file but leads elsewhere, such as a link."""
        if not os.path.lexists(self.root):
            return None
        folders = [os.fspath(self.root)]
        if self.root.is_symlink() or not self.root.is_dir():
            return self.root
        while folders:
            try:
                with os.scandir(folders.pop()) as entries:
                    for entry in entries:
                        if entry.is_dir(follow_symlinks=False):
                            folders.append(entry.path)
                        elif not entry.is_file(follow_symlinks=False):
                            return Path(entry.path)
            except OSError:  # it is gone meanwhile, or whoever reads it will say what is wrong with it
                continue
        return None

    def create(self) -> None:
        """Make `.reign` and the environment's part of it, 0700, kept out of git. Raises Failed where that cannot be."""
        try:
            make_folder(self.state)
            ignore = self.root / ".gitignore"
            if not ignore.exists():
                write_file(ignore, b"*\n")
        except OSError as error:
            raise not_writable(self.root, error) from error

    def keep_blob(self, sha256: str, data: bytes) -> None:
        """Keep content under its hash. Once kept, it stays as it is."""
        path = self.blobs / sha256
        try:
            if not path.exists():
                make_folder(self.blobs)
                write_file(path, data)
        except OSError as error:
            raise not_writable(path, error) from error


def new_lineage() -> str:
    """What tells one state from every other, for all of its life: 128 random bits in hex."""
    return os.urandom(16).hex()


def not_writable(path: Path, error: OSError) -> Failed:
    """What is said when the state cannot be written."""
    return Failed(
        [
            Finding(
                "state/not-writable",
                "The state cannot be written",
                f"{error.filename or path}: {error.strerror or error}. Nothing was done that is not recorded.",
                fix="Check the permissions of .reign and the space on its disk.",
            )
        ]
    )
