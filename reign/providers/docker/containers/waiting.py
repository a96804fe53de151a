"""Whether a container works: its healthcheck, its ports, its exit code, and its last words when it does not."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from reign.model.resource import Observation, Readiness
from reign.providers.docker.containers.look import Look
from reign.providers.docker.containers.looking import Eyes
from reign.providers.docker.containers.reaching import published, unreached
from reign.providers.docker.containers.spec import COMPLETED, REACHABLE
from reign.providers.docker.containers.starting import failed_state
from reign.providers.docker.engine import Engine
from reign.providers.docker.errors import mapped

_LINES = 10
_LONGEST = 400
_LASTS_S = 0.5
_RETRIES = 3
"""After so many failures in a row an engine gives up, where nothing else is said."""


def readiness(eyes: Eyes, seen: Observation) -> Readiness:
    """One answer. One that comes when the time for waiting is over tells the last words as well. Raises ProviderError."""
    look = eyes.at(seen.external_id, seen.spec)
    if look is None:
        return Readiness("failed", f"The container {seen.outputs.get('name', seen.external_id)} is gone.")
    answer = _standing(eyes.engine, look, seen.spec.get("wait"))
    if answer.status == "waiting" and _seconds_since(look, look.raw.get("Created")) >= eyes.call.deadline_s:
        return Readiness("waiting", answer.reason + last_words(eyes.engine, look))
    return answer


def _standing(engine: Engine, look: Look, wait: Any) -> Readiness:
    status = str(look.state.get("Status"))
    if status in ("exited", "dead"):
        return _ended(engine, look, wait)
    if status == "restarting":
        return Readiness("waiting", f"The engine starts it again: {failed_state(look.state)}.")
    if status != "running":
        return Readiness("waiting", f"It is {status}.")
    if wait == COMPLETED:
        return Readiness("waiting", "It runs, and is waited for until it ends.")
    return _reached(engine, look) if wait == REACHABLE else _running(engine, look, wait)


def _reached(engine: Engine, look: Look) -> Readiness:
    if not published(look, engine):
        return Readiness("failed", f"wait: reachable waits for published TCP ports, and {look.name} has none.")
    missing = [*unreached(look, engine)]
    return Readiness("waiting", f"Not reached yet: {'; '.join(missing)}.") if missing else Readiness("done")


def _ended(engine: Engine, look: Look, wait: Any) -> Readiness:
    if wait == COMPLETED and look.state.get("ExitCode") == 0 and look.state.get("Status") == "exited":
        return Readiness("done")
    said = last_words(engine, look)
    sentence = f"The container {look.name} does not run: {failed_state(look.state)}."
    return Readiness("failed", f"{sentence}{_hint(look, said)}{said}")


def _hint(look: Look, said: str) -> str:
    if look.state.get("ExitCode") == 0:
        return " If it should end, write wait: completed."
    if "exec format error" in said.lower():
        return " Its program is made for another processor (see `platform`), or is a script whose first line names no program."
    return ""


def _running(engine: Engine, look: Look, wait: Any) -> Readiness:
    health = look.state.get("Health") or {}
    status = health.get("Status") or "none"
    if wait == "started" or (status == "none" and wait is None):
        return Readiness("done") if _has_lasted(engine, look) else Readiness("waiting", "It has just been started.")
    if status == "healthy":
        return Readiness("done")
    if status == "none":
        return Readiness(
            "failed",
            f"wait: healthy waits for a healthcheck, and neither the spec nor the image of {look.name} has one.",
        )
    said = _last_check(health)
    if status == "unhealthy" and _has_failed(look, health):
        return Readiness("failed", f"The container {look.name} is unhealthy{said}.{last_words(engine, look)}")
    if status == "unhealthy":
        return Readiness("waiting", "It was awakened, and its healthcheck has not told anything since.")
    return Readiness("waiting", f"Its health is {status}{said}.")


def _has_failed(look: Look, health: Mapping[str, Any]) -> bool:
    """Whether so many checks in a row have failed. An engine says "unhealthy", too, of one that it does not check: while it
    is paused, and from then on until its next check.
    """
    enough = (look.config.get("Healthcheck") or {}).get("Retries") or _RETRIES
    return int(health.get("FailingStreak", enough)) >= enough


def _has_lasted(engine: Engine, look: Look) -> bool:
    """Whether it runs for so long that it seems to work: most of what cannot ends sooner. By our own clock since this start of
    it was first seen, too: the engine tells whole seconds, and would be asked for up to one more.
    """
    started, now = str(look.state.get("StartedAt")), time.monotonic()
    first_seen = engine.api.first_seen.setdefault((look.id, started), now)
    return now - first_seen >= _LASTS_S or _seconds_since(look, started) >= _LASTS_S


def _seconds_since(look: Look, moment: Any) -> float:
    """At least so many, by the engine's own clock, which tells whole seconds in the head of its answers, since ours may be
    another; very many where it tells none.
    """
    if not look.told_at:
        return math.inf
    since = parsedate_to_datetime(look.told_at) - datetime.fromisoformat(str(moment))
    return max(since.total_seconds(), 0.0)


def _last_check(health: Any) -> str:
    """What the last check said."""
    last = (health.get("Log") or [None])[-1]
    if not last or not last.get("ExitCode"):
        return ""
    output = " ".join(str(last.get("Output", "")).split())[:_LONGEST]
    return f": its check ended with {last['ExitCode']}" + (f" and said {output!r}" if output else "")


def last_words(engine: Engine, look: Look, lines: int = _LINES) -> str:
    """The last lines that it wrote, for the end of a message; empty where it wrote none."""
    with mapped(engine, f"reading the output of the container {look.name}"):
        api = engine.api
        asked = {"stdout": 1, "stderr": 1, "tail": lines}
        answer = api._get(api._url("/containers/{0}/logs", look.id), params=asked)
        if answer.status_code >= 400:
            return ""
        text = _plain(answer.content, tty=bool(look.config.get("Tty")))
    found = [line.rstrip()[:_LONGEST] for line in text.splitlines() if line.strip()]
    return " Its last lines:\n" + "\n".join(f"  {line}" for line in found[-lines:]) if found else ""


def _plain(content: bytes, *, tty: bool) -> str:
    """The bytes of a log, which come in frames where there is no terminal."""
    if tty:
        return content.decode("utf-8", "backslashreplace")
    found, at = b"", 0
    while at + 8 <= len(content):
        size = int.from_bytes(content[at + 4 : at + 8], "big")
        found += content[at + 8 : at + 8 + size]
        at += 8 + size
    return found.decode("utf-8", "backslashreplace")
