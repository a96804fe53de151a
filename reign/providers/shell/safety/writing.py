"""What happens to a file that is written: devices, what the system needs, what lets others in."""

from __future__ import annotations

import re

from reign.providers.shell.safety.danger import BACKDOOR, DEFENCES, DISK, ERASES, SYSTEM
from reign.providers.shell.safety.paths import CRITICAL, is_disk, is_history, resolved
from reign.providers.shell.safety.scope import Scope
from reign.providers.shell.safety.text import literal

_KEYS = re.compile(r".*/\.ssh/authorized_keys2?|/etc/ssh/authorized_keys.*")
_STARTS = re.compile(
    r"/etc/(?:cron|profile|bash|rc|init|systemd|update-motd)|/var/spool/cron|/\.(?:bash|zsh|profile|z?login|config/autostart)"
)
_CALLS = re.compile(r"/dev/(?:tcp|udp)/|\bn(?:c|cat)\b.*\s-[a-z]*e\b")
_TRUSTED = ("/etc/sudoers", "/etc/ld.so.preload", "/etc/passwd", "/etc/shadow", "/etc/group", "/etc/gshadow")
_APPENDED = frozenset(("/etc/fstab", "/etc/ssh/sshd_config", "/etc/crypttab", "/etc/ld.so.conf", "/etc/nsswitch.conf"))
_CONFIGURED = frozenset(
    ("/etc/ssh/sshd_config", "/etc/crypttab", "/etc/ld.so.conf", "/etc/nsswitch.conf", "/etc/machine-id")
)


def check_write(path: str, text: str, scope: Scope, *, adds: bool = False) -> None:
    """Take down what writing `text` to `path` does, and remember what the file holds from now on."""
    where = resolved(path, scope.folder)
    plain = literal(where)
    if is_disk(where):
        scope.found.add(DISK, "writes over a disk, or the memory, as a device", literal(path))
    elif plain == "/proc/sysrq-trigger" or plain == "/sys/power/state":
        scope.found.add(SYSTEM, "gives the kernel an order that stops the machine")
    elif _KEYS.fullmatch(plain) or _KEYS.fullmatch(literal(path)):
        scope.found.add(BACKDOOR, "lets the holder of another key log in")
    elif plain in _TRUSTED:
        code, why = (BACKDOOR, "changes who may log in or become root") if adds or text.strip() else _emptied(plain)
        scope.found.add(code, why)
    elif plain.startswith("/etc/sudoers.d/") and re.search(r"NOPASSWD:\s*ALL\b", text):
        scope.found.add(BACKDOOR, "changes who may log in or become root")
    elif _STARTS.search(plain) and _CALLS.search(text):
        scope.found.add(BACKDOOR, "gives a shell of this machine to another one whenever that file is read")
    elif plain == "/sys/fs/selinux/enforce":
        scope.found.add(DEFENCES, "switches off SELinux")
    elif is_history(where):
        scope.found.add(DEFENCES, "writes over the history of what was typed")
    elif plain.startswith("/var/log/") and plain[1:] in CRITICAL and not adds:
        scope.found.add(DEFENCES, "writes over the record of who logged in")
    elif plain.startswith(("/boot/vmlinuz", "/boot/initrd", "/boot/efi/")) and not adds:
        scope.found.add(ERASES, "writes over what the machine starts from")
    elif plain[1:] in CRITICAL and not (adds and plain in _APPENDED) and not (plain in _CONFIGURED and text.strip()):
        scope.found.add(*_emptied(plain))
    old = scope.files.get(where, "") if adds else ""
    scope.files[where] = old + text


def _emptied(plain: str) -> tuple[str, str]:
    return ERASES, f"writes over {plain}, without which the system does not work"
