"""Who starts a run, from where: what its first event and the lock say."""

from __future__ import annotations

import getpass
import socket
from collections.abc import Mapping

from reign.app.git import head
from reign.app.workspace import Workspace
from reign.execution.job import Origin
from reign.state.lock import Owner


def owner(environ: Mapping[str, str], command: str) -> Owner:
    """This process, as the lock names it."""
    return Owner(command=command, ci_url=ci_url(environ))


def origin(space: Workspace, run: str, command: str) -> Origin:
    """Where a run comes from."""
    checked_out = head(space.folder, trusted=space.trusted)
    environ = space.where.environ
    return Origin(
        run=run,
        command=command,
        actor=environ.get("GITHUB_ACTOR") or _user(),
        host=socket.gethostname(),
        ci_url=ci_url(environ),
        git_sha=checked_out.sha,
        git_branch=checked_out.branch or environ.get("GITHUB_REF_NAME", ""),
    )


def ci_url(environ: Mapping[str, str]) -> str:
    """The page of the CI job that this process is part of; empty outside of one that is known."""
    server, repository, job = (environ.get(f"GITHUB_{key}", "") for key in ("SERVER_URL", "REPOSITORY", "RUN_ID"))
    if server and repository and job:
        return f"{server}/{repository}/actions/runs/{job}"
    return environ.get("CI_JOB_URL", "") or environ.get("BUILD_URL", "")


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""
