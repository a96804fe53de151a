"""Which paths nobody may lose: the root, what the system is made of, homes, the project itself."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

from reign.providers.shell.safety.scope import HOME, Files
from reign.providers.shell.safety.text import ENVIRON, KEPT, MARK, OPEN, ORIGINS, SECRET, STAR, UNKNOWN, literal

_WIDE = re.compile(rf"\.{{0,2}}(?:{OPEN}[^]]*\]|{MARK}|{STAR})+")
_GLOB = re.compile(f"[{STAR}{MARK}{OPEN}]")
_TOP = frozenset(
    [
        "bin",
        "boot",
        "dev",
        "etc",
        "home",
        "lib",
        "lib32",
        "lib64",
        "libx32",
        "opt",
        "proc",
        "root",
        "run",
        "sbin",
        "srv",
        "sys",
        "usr",
        "var",
        "nix",
        "System",
        "Library",
        "Applications",
        "Users",
        "Volumes",
        "private",
    ]
)
_BELOW = {
    "usr": "bin lib lib32 lib64 libexec local sbin share include",
    "usr/local": "bin lib sbin share etc",
    "usr/lib": "systemd modules x86_64-linux-gnu aarch64-linux-gnu",
    "lib": "systemd modules x86_64-linux-gnu aarch64-linux-gnu",
    "var": "lib log spool mail db backups",
    "var/lib": (
        "docker containerd kubelet etcd mysql postgresql mongodb mongo dpkg rpm pacman systemd libvirt rancher redis "
        "influxdb prometheus grafana jenkins gitlab elasticsearch cassandra"
    ),
    "var/log": "audit",
    "var/spool": "cron",
    "etc": "ssh ssl pam.d systemd security network init.d rc.d alternatives sudoers.d pki",
    "nix": "store",
    "private": "etc var",
}
_SYSTEM = _TOP | {f"{top}/{name}" for top, names in _BELOW.items() for name in names.split()}
_WHOLE = ("boot", "dev", "proc", "sys")
"""Nothing below these is anybody's to delete."""
_SPARED = ("dev/shm/", "dev/mqueue/", "dev/hugepages/")
CORE = re.compile(r"/(?:(?:usr/)?(?:s?bin|lib(?:32|64|x32)?)|etc|usr|boot|dev|proc|sys)?")
"""Where every name may be one that the system needs."""
_HOME_PARTS = frozenset((".ssh", ".gnupg", ".password-store", "Documents", "Desktop", "Pictures", "Library"))
CRITICAL = frozenset(
    [
        "etc/passwd",
        "etc/shadow",
        "etc/group",
        "etc/gshadow",
        "etc/sudoers",
        "etc/fstab",
        "etc/inittab",
        "etc/crypttab",
        "etc/nsswitch.conf",
        "etc/ld.so.conf",
        "etc/ld.so.cache",
        "etc/ssh/sshd_config",
        "etc/machine-id",
        "bin/sh",
        "bin/bash",
        "sbin/init",
        "usr/bin/sh",
        "usr/bin/bash",
        "usr/bin/env",
        "usr/bin/sudo",
        "usr/sbin/init",
        "usr/sbin/sshd",
        "bin/mount",
        "bin/login",
        "usr/bin/login",
        "var/log/wtmp",
        "var/log/btmp",
        "var/log/auth.log",
        "var/log/secure",
        "var/log/audit/audit.log",
        "var/log/lastlog",
        "var/log/faillog",
    ]
)
_DATABASE = re.compile(
    r"var/lib/(?:mysql|postgresql|mongodb|mongo|redis|etcd|influxdb|elasticsearch|cassandra)(?:/(?:[\d.]+|data|main|db|member))+"
)
"""Where one is kept, below its own folder."""
_LIBRARY = re.compile(
    r"(?:usr/)?lib(?:32|64)?/(?:[\w-]+/)?(?:libc(?:-[\d.]+)?\.so[\d.]*|ld-linux[\w.-]*|ld-musl[\w.-]*)"
)


def resolved(path: str, folder: str) -> str:
    """`path` from `folder` on, without `.`, `..` and doubled slashes. What begins with `..` leads out of the project."""
    if not path.startswith("/"):
        if re.match(r"[A-Za-z]:[\\/]?$", path):
            return "/"
        path = f"{folder}/{path}"
    parts: list[str] = []
    for part in path.split("/"):
        if part in ("", "."):
            continue
        if part == ".." and parts and parts[-1] != "..":
            parts.pop()
        elif part == ".." and path.startswith("/"):
            continue
        else:
            parts.append(part)
    return f"{'/' if path.startswith('/') else ''}{'/'.join(parts)}" or "."


def loss(path: str, folder: str, *, relative: bool = True) -> str:
    """What would be lost with `path`, as a part of a sentence; "" where it is anybody's to delete."""
    if not path or path in ORIGINS:
        return ""
    if path.startswith(("//", "file:")) and ":" in path:
        return ""
    path = resolved(path, folder)
    if not path.startswith("/"):
        return _relative_loss(path) if relative else ""
    parts = path[1:].split("/") if path != "/" else []
    while parts and _WIDE.fullmatch(parts[-1]):
        parts.pop()
    if not parts:
        return "everything on the machine"
    if home := _home_loss(parts):
        return home
    if parts[0] == "mnt" and len(parts) == 2 and len(parts[1]) == 1:
        return "a whole drive"
    joined = "/".join(parts)
    if not joined.startswith(_SPARED) and parts[0] in _WHOLE:
        return f"what is below /{parts[0]}, which the system is made of"
    return _system_loss(joined)


def _system_loss(joined: str) -> str:
    if _GLOB.search(joined):
        pattern = literal(joined)
        depth = pattern.count("/")
        names = [name for name in (*_SYSTEM, *CRITICAL) if name.count("/") == depth and fnmatchcase(name, pattern)]
        return f"/{min(names)}, among others, which the system is made of" if names else ""
    if joined in _SYSTEM:
        return f"/{joined}, which the system is made of"
    if _DATABASE.fullmatch(joined):
        return f"/{joined}, which a database lies in"
    if joined in CRITICAL or _LIBRARY.fullmatch(joined):
        return f"/{joined}, without which the system does not work"
    return ""


def _home_loss(parts: list[str]) -> str:
    if parts[0] == "root" or (parts[0] in ("home", "Users") and len(parts) > 1):
        inner = parts[1:] if parts[0] == "root" else parts[2:]
        if not inner:
            return "a home folder"
        if len(inner) == 1 and inner[0] in _HOME_PARTS:
            return f"{inner[0]} of a home folder"
    return ""


def _relative_loss(path: str) -> str:
    parts = path.split("/")
    while parts and _WIDE.fullmatch(parts[-1]) and parts[-1] != "..":
        parts.pop()
    if not parts or parts == ["."]:
        return "all of the folder that it runs in, which is the project"
    if all(part == ".." for part in parts):
        return "the folders that the project lies in"
    return ""


_KEYS = re.compile(
    r"/(?:home/[^/]+|root|Users/[^/]+)/(?:"
    r"\.ssh(?:/(?!known_hosts|config$|authorized_keys|.*\.pub$).*)?|\.gnupg(?:/.*)?|\.aws(?:/credentials)?|\.netrc|\.pgpass"
    r"|\.git-credentials|\.docker/config\.json|\.kube/config|\.npmrc|\.pypirc|\.vault-token|\.password-store(?:/.*)?"
    r"|\.config/(?:gcloud|gh)(?:/.*)?|\.azure(?:/.*)?|\.mozilla(?:/.*)?|\.config/google-chrome(?:/.*)?"
    r"|\.my\.cnf|\.terraform\.d/credentials.*|\.bitcoin(?:/.*)?|\.ethereum(?:/.*)?|\.electrum(?:/.*)?"
    r")|/etc/g?shadow-?|/etc/sudoers|/etc/ssh/ssh_host_[a-z0-9_]+_key|/etc/krb5\.keytab|/etc/kubernetes/(?:admin\.conf|pki(?:/.*)?)"
    r"|/var/run/secrets(?:/.*)?|/run/secrets(?:/.*)?|/proc/(?:self|[0-9]+)/environ"
    r"|/etc/(?:ssl|pki/tls)/private(?:/.*)?|/etc/letsencrypt(?:/.*)?|/etc/security/opasswd"
)
_READ_FIRST = ("/etc/shadow", "/etc/gshadow", "/etc/sudoers", "/root/.ssh/id_rsa", "/root/.ssh/id_ed25519")
"""Some of these, which `*` and `?` may stand for."""
_HISTORY = re.compile(r"/(?:home/[^/]+|root|Users/[^/]+)/\.[a-z_]*history")
_PRIVATE_NAME = re.compile(r"(?:.*/)?(?:id_(?:rsa|dsa|ecdsa|ed25519)|.*\.(?:pem|key|p12|pfx|keystore|jks|kdbx))")


def is_history(path: str) -> bool:
    """Whether what was typed is kept at `path`."""
    return bool(_HISTORY.fullmatch(literal(path)))


def is_key(path: str) -> bool:
    """Whether what is kept at `path`, resolved, nobody else may see."""
    plain = literal(path)
    is_aimed = _GLOB.search(path) and not _WIDE.fullmatch(path.rpartition("/")[2])
    if is_aimed and any(fnmatchcase(each, plain) for each in _READ_FIRST):
        return True
    return bool(_KEYS.fullmatch(plain if _GLOB.search(path) else plain.replace("*", "x")))


def content_of(path: str, folder: str, files: Files) -> str:
    """What is known of what a file holds."""
    where = resolved(path, folder)
    for name in (path, where):
        if name in files:
            return files[name]
    if where in ("/dev/zero", "/dev/urandom", "/dev/random", "/dev/full"):
        return "\ue006"
    if where.startswith(("/dev/tcp/", "/dev/udp/")):
        return "\ue001"
    if where == "/dev/null":
        return ""
    if is_key(where):
        return SECRET
    if is_history(where):
        return ENVIRON
    if _PRIVATE_NAME.fullmatch(literal(where)) and not where.endswith(".pub"):
        is_theirs = where.startswith((HOME, "/root", "/home", "/etc", f"/{UNKNOWN}/id_"))
        return SECRET if is_theirs else KEPT
    if where in ("/dev/stdin", "/dev/fd/0", "-"):
        return UNKNOWN
    files.unknown[where] = None
    return KEPT


_DISK = re.compile(
    r"/dev/(?:[shv]d[a-z]+\d*|xvd[a-z]+\d*|nvme\d+(?:n\d+(?:p\d+)?)?|mmcblk\d+(?:p\d+)?|r?disk\d+(?:s\d+)*|md\d+\w*|dm-\d+"
    r"|mapper/.+|disk/.+|sr\d+|sg\d+|mem|kmem|port|nst?\d+|block/.+|vg[\w-]*/.+|pmem\d+|nbd\d+|rbd\d*.*|zvol/.+|ubi.+|mtd.+)"
)


def is_disk(path: str) -> bool:
    """Whether `path` is a disk, or the memory: no terminal, no pseudo device, no loop device."""
    path = resolved(path, "/?")
    plain = re.sub(f"[{STAR}{MARK}]", "a", re.sub(rf"{OPEN}[^]]*\]", "a", path))
    plain = re.sub(f"[{''.join(ORIGINS)}]", "a", plain)
    return bool(_DISK.fullmatch(plain) or _DISK.fullmatch(re.sub(r"(?<=[a-z])a$", "1", plain)))
