"""What happens to a file that is written: devices, what the system needs, what lets others in, what is run later."""

from __future__ import annotations

import re

from reign.providers.shell.safety.danger import BACKDOOR, DEFENCES, DISK, ERASES, EXHAUSTS, SYSTEM
from reign.providers.shell.safety.paths import CRITICAL, is_disk, is_history, loss, resolved
from reign.providers.shell.safety.scope import Scope
from reign.providers.shell.safety.text import ASKED, FETCHED, ORIGINS, STAR, literal

_KEYS = re.compile(r".*/\.ssh/authorized_keys2?|/etc/ssh/authorized_keys.*")
_HOME = r"(?:/home/[^/]+|/root|/Users/[^/]+|/etc/skel)"
_STARTS = re.compile(
    r"/etc/(?:rc\.local|rc\w?\.d/.+|init\.d/.+|profile(?:\.d/.+)?|bash\.?bashrc|bashrc|zsh.+|update-motd\.d/.+|local\.d/.+)"
    r"|/etc/cron\.(?:hourly|daily|weekly|monthly)/.+|/etc/(?:network/if-[\w-]+|NetworkManager/dispatcher|X11/Xsession)\.d/.+"
    rf"|{_HOME}/\.(?:bash(?:rc|_\w+)|z?profile|z(?:sh)?(?:rc|env|login|logout)|x(?:initrc|profile|session)|config/fish/.+)"
    r"|/etc/(?:cron\.d/[^/]+|(?:ana)?crontab|supervisor.+|udev/rules\.d/.+|apt/apt\.conf.*)|/var/spool/cron/.+"
    r"|.*/systemd/(?:system|user)/.+|.*/(?:autostart|applications)/.+\.desktop"
)
"""What the machine, a shell or a service runs by itself."""
_CALLED = re.compile(r"/(?:usr/)?(?:local/)?s?bin/[^/]+|(?:.*/)?\.git/hooks/[\w-]+")
"""What others run by its name."""
_TRUSTED = ("/etc/sudoers", "/etc/ld.so.preload", "/etc/passwd", "/etc/shadow", "/etc/group", "/etc/gshadow")
_APPENDED = frozenset(("/etc/fstab", "/etc/ssh/sshd_config", "/etc/crypttab", "/etc/ld.so.conf", "/etc/nsswitch.conf"))
_CONFIGURED = frozenset(
    ("/etc/ssh/sshd_config", "/etc/crypttab", "/etc/ld.so.conf", "/etc/nsswitch.conf", "/etc/machine-id")
)
_KERNEL = {
    "/proc/sys/kernel/randomize_va_space": r"\s*0\s*",
    "/proc/sys/kernel/core_pattern": r"\s*\|(?!.*(?:systemd|apport|abrt)).*",
}
_OPENS = (
    (r"/etc/sudoers\.d/.*", r"NOPASSWD:\s*ALL\b", "changes who may log in or become root"),
    (
        r"/etc/ssh/sshd_config(?:\.d/.*)?",
        r"(?mi)^\s*(?:PermitEmptyPasswords|PermitRootLogin)\s+yes",
        "lets root, or anybody, log in with a password or without one",
    ),
    (r"/etc/pam\.d/.*", r"auth\s+sufficient\s+pam_permit", "lets anybody log in without a password"),
    (r"/etc/environment", r"LD_PRELOAD=", "puts code into every program"),
    (r".*/security/pam_(?:unix|deny|permit)\.so", r"", "puts code where passwords are asked for"),
)


def check_write(path: str, text: str, scope: Scope, *, adds: bool = False) -> None:
    """Take down what writing `text` to `path` does, and remember what the file holds from now on."""
    where = resolved(path, scope.folder)
    told = _device(where, text) or _record(where, adds=adds) or _entrance(where, path, text, adds=adds)
    if told := told or _system(where, text, adds=adds):
        scope.found.add(told[0], told[1], literal(path) if told[0] == DISK else "")
    before = scope.files.get(where, "") if adds else ""
    scope.files[where] = before + ("\n" if before[-1:] in ORIGINS else "") + text
    is_script = scope.files[where].startswith("#!") or ".git/hooks/" in where
    if _STARTS.fullmatch(where) or (_CALLED.fullmatch(where) and is_script and not text.startswith(FETCHED)):
        scope.found.runs_later(where, scope.files)


def check_fill(path: str, text: str, scope: Scope) -> None:
    """Take down that what is written never ends."""
    where = resolved(path, scope.folder)
    if ASKED in text and (not where.startswith("/dev/") or where.startswith("/dev/shm/")):  # noqa: S108
        scope.found.add(EXHAUSTS, "writes without an end, until the disk is full")


def _device(where: str, text: str) -> tuple[str, str] | None:
    plain = literal(where)
    if is_disk(where):
        return DISK, "writes over a disk, or the memory, as a device"
    if plain in ("/proc/sysrq-trigger", "/sys/power/state"):
        return SYSTEM, "gives the kernel an order that stops the machine"
    if plain in _KERNEL and re.fullmatch(_KERNEL[plain], text):
        return SYSTEM, "takes away a protection of the kernel"
    if plain == "/sys/fs/selinux/enforce":
        return DEFENCES, "switches off SELinux"
    return None


def _record(where: str, *, adds: bool) -> tuple[str, str] | None:
    if is_history(where):
        return DEFENCES, "writes over the history of what was typed"
    if literal(where).startswith("/var/log/") and literal(where)[1:] in CRITICAL and not adds:
        return DEFENCES, "writes over the record of who logged in"
    return None


def _entrance(where: str, path: str, text: str, *, adds: bool) -> tuple[str, str] | None:
    plain = literal(where)
    if _KEYS.fullmatch(plain) or _KEYS.fullmatch(literal(path)):
        return BACKDOOR, "lets the holder of another key log in"
    if plain in _TRUSTED:
        return (BACKDOOR, "changes who may log in or become root") if adds or text.strip() else _emptied(plain)
    for pattern, says, why in _OPENS:
        if re.fullmatch(pattern, plain) and re.search(says, text):
            return BACKDOOR, why
    return None


def _system(where: str, text: str, *, adds: bool) -> tuple[str, str] | None:
    plain = literal(where)
    if plain.startswith(("/boot/vmlinuz", "/boot/initrd", "/boot/efi/")) and not adds:
        return ERASES, "writes over what the machine starts from"
    if plain.startswith("/boot/grub") and not (adds or text.strip()):
        return ERASES, "empties what the machine starts from"
    if STAR in where and not adds and (lost := loss(where, "/?")):
        return ERASES, f"writes over {lost}"
    is_added = adds and plain in _APPENDED
    is_set = plain in _CONFIGURED and bool(text.strip())
    return _emptied(plain) if plain[1:] in CRITICAL and not (is_added or is_set) else None


def _emptied(plain: str) -> tuple[str, str]:
    return ERASES, f"writes over {plain}, without which the system does not work"
