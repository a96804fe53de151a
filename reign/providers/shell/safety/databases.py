"""Commands to databases: what they are told to delete, and what is read out of them."""

from __future__ import annotations

import re

from reign.providers.shell.safety.command import Command
from reign.providers.shell.safety.danger import BACKDOOR, ERASES
from reign.providers.shell.safety.everything import TRIAL
from reign.providers.shell.safety.text import ORIGINS, RECORDS, is_known, literal

_NAME = rf"[`\"'\[]?(?P<name>[\w.$\-{''.join(sorted(ORIGINS))}]+)"
_DELETES = (
    re.compile(rf"(?i)\bdrop\s+(?:database|schema|table|keyspace|tablespace|owned\s+by)\s+(?:if\s+exists\s+)?{_NAME}"),
    re.compile(rf"(?i)(?:^|[;\s])truncate\s+(?:table\s+)?{_NAME}\s*(?:$|;|,|cascade|restart)"),
    re.compile(rf"(?i)\bdelete\s+from\s+{_NAME}[`\"'\]]?\s*(?:$|;|where\s+(?:1\s*=\s*1|true)\b)"),
)
_OTHERS = re.compile(
    r"(?i)\bflushall\b|\bdropDatabase\s*\(|\w\.drop\s*\(\s*\)|\.(?:deleteMany|remove)\s*\(\s*(?:\{\s*\})?\s*\)|\bmysqladmin\b.*\bdrop\b"
)
_RIGHTS = re.compile(
    r"(?i)\bgrant\s+all\b.*\bon\s+\*\.\*\s+to\b.*@\W*%|\b(?:alter|create)\s+(?:role|user)\s+\S+\s+(?:with\s+)?superuser\b"
)
_PROGRAM = re.compile(r"(?i)\bcopy\b.*\b(?:to|from)\s+program\s+'((?:''|[^'])*)'")
_CLIENTS = (
    "psql mysql mariadb sqlite3 cqlsh clickhouse-client sqlcmd sqlplus cockroach mongo mongosh redis-cli mysqladmin"
)
_DUMPS = "pg_dump pg_dumpall mysqldump mariadb-dump mongodump pg_basebackup"
CLIENTS = tuple(_CLIENTS.split())
DUMPS = tuple(_DUMPS.split())
_WHY = "deletes what a database keeps"


def client(command: Command) -> str:
    """`psql`, `mysql`, `mongo`, `redis-cli`: what they are told, in words or as what they read."""
    given = literal(" ".join(command.args))
    asked = [given, command.stdin] if is_known(command.stdin) else [given]
    if any(map(_deletes, asked)) or (command.name == "mysqladmin" and _drops(given)):
        command.tell(ERASES, _WHY)
    for text in asked:
        if _RIGHTS.search(text):
            command.tell(BACKDOOR, "lets others do in a database what they like")
        for found in _PROGRAM.finditer(text):
            command.code(found[1], stdin="")
    return ""


def _deletes(text: str) -> bool:
    found = [each["name"] for pattern in _DELETES for each in pattern.finditer(text)]
    return any(not TRIAL.search(name.replace("_", "-")) for name in found) or (
        bool(_OTHERS.search(text)) and not TRIAL.search(text)
    )


def _drops(text: str) -> bool:
    return bool(re.search(r"(?:^|\s)drop\s", text)) and not TRIAL.search(text)


def drop(command: Command) -> str:
    """`dropdb`, `dropuser`."""
    if not TRIAL.search(literal(" ".join(command.args)).replace("_", "-")) and command.args != ("--help",):
        command.tell(ERASES, _WHY)
    return ""


def dump(command: Command) -> str:
    """`pg_dump`, `mysqldump`: all that a database keeps."""
    has_file = re.search(r"(?:^|\s)(?:-f|--file|--result-file|--out|-o|-D)", literal(" ".join(command.args)))
    return "" if has_file else RECORDS
