"""`data.git`: what git says of the work tree that holds the project. Nothing of the project is run before it is trusted."""

from __future__ import annotations

import os

from reign.model.errors import ErrorKind, ProviderError
from reign.model.schema import Kind, Output
from reign.model.values import Spec, Unknown
from reign.ports import Call, Site
from reign.providers.modelled import OnlyData
from reign.providers.shell.run import Asked, Ended, last_lines, run
from reign.providers.spec import Model, Types, TypeSpec

TIMEOUT_S = 30.0
_SAFELY = ("git", "-c", "core.fsmonitor=false", "--no-optional-locks")
_ENVIRONMENT = {
    "GIT_ALLOW_PROTOCOL": "none",  # an object that a partial clone lacks is not fetched, by no command of its config
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}
_NO_REPOSITORY = 128


class GitSpec(Model):
    """The commit that is checked out."""


class Git(OnlyData):
    """Looks, and never changes anything."""

    name = "git"

    def __init__(self) -> None:
        outputs = {
            "sha": Output(Kind("string"), description="The commit; null before the first one."),
            "branch": Output(Kind("string"), description="The branch; null where none is checked out."),
            "tag": Output(Kind("string"), description="A tag of the commit; null where it has none."),
            "dirty": Output(
                Kind("bool"),
                needs_trust=True,
                description="Whether anything is not committed; unknown until the folder is trusted.",
            ),
        }
        self.types = Types(TypeSpec("data.git", GitSpec, outputs, marked=False, beneath=True, data=True))

    def look_up(self, type: str, spec: Spec, call: Call) -> Spec:  # noqa: ARG002
        """See `ports.Lookup`. git would run filters of the project to tell `dirty`, so that waits for trust."""
        site = call.site
        inside = _git(site, "rev-parse", "--is-inside-work-tree")
        if inside.code != 0 or inside.stdout.strip() != "true":
            raise _no_repository(inside, site)
        sha = _told(_git(site, "rev-parse", "--verify", "--quiet", "HEAD^{commit}"))
        return {
            "sha": sha,
            "branch": _told(_git(site, "symbolic-ref", "--quiet", "--short", "HEAD")),
            "tag": _told(_git(site, "describe", "--tags", "--exact-match", "HEAD")) if sha else None,
            "dirty": _is_dirty(site) if site.trusted else Unknown(),
        }


def _git(site: Site, *words: str) -> Ended:
    kept = {name: value for name in ("PATH", "HOME") if (value := os.environ.get(name)) is not None}
    return run(Asked((*_SAFELY, *words), {**kept, **_ENVIRONMENT}, site.folder, b"", TIMEOUT_S, "data.git"))


def _told(ended: Ended) -> str | None:
    return ended.stdout.strip() or None if ended.code == 0 else None


def _is_dirty(site: Site) -> bool:
    ended = _git(site, "status", "--porcelain", "--untracked-files=normal", "--ignore-submodules=none")
    if ended.code != 0:
        raise ProviderError(ErrorKind.FAULT, "git failed", f"git status: {last_lines(ended.stderr)}", "Run it by hand.")
    return bool(ended.stdout)


def _no_repository(ended: Ended, site: Site) -> ProviderError:
    said = ended.stderr.strip()
    if ended.code == _NO_REPOSITORY and "not a git repository" not in said:
        return ProviderError(ErrorKind.DENIED, "git refused", f"git said: {said[:500]}", "Do what git says.")
    return ProviderError(
        ErrorKind.MISSING,
        "No git work tree",
        f"{site.folder} is not inside of one, so there is no commit to tell of.",
        "Run git init, or leave the data out.",
    )
