"""Commands that make, part and erase file systems and disks."""

from __future__ import annotations

import re

from reign.providers.shell.safety.command import Command
from reign.providers.shell.safety.danger import DISK
from reign.providers.shell.safety.options import options
from reign.providers.shell.safety.paths import is_disk
from reign.providers.shell.safety.text import ORIGINS, UNKNOWN, literal

_HARMLESS = re.compile(r"-[hVv]|--help|--version|-l|--list|-p|--print|-d|--dump|-s|--show.*|-n|--no-act|-i|--info|-x")


def _targets(command: Command) -> list[str]:
    return [word for word in command.args if is_disk(word)]


def make_system(command: Command) -> str:
    """`mkfs.*`, `mkswap`: on a device; an image in a file is anybody's."""
    words = [word for word in command.args if not word.startswith("-")]
    last = words[-1] if words else ""
    is_unsure = bool(last) and last[:1] in ORIGINS and len(last) == 1
    if _targets(command) or is_unsure or (last.startswith("/dev/") and not last.startswith("/dev/loop")):
        command.tell(DISK, "makes a new file system where there may be one", last)
    elif last.startswith(("UUID=", "LABEL=")):
        command.tell(DISK, "makes a new file system where there may be one", last)
    return ""


def wipe(command: Command) -> str:
    """`wipefs`, `blkdiscard`: what tells what a disk holds, or all of it."""
    if command.name == "wipefs" and not options(command.args, "ot").has("a", "all", "o", "offset"):
        return UNKNOWN
    if command.args and not options(command.args).has("n", "no-act", "h", "help"):
        command.tell(DISK, "erases what a disk holds")
    return ""


_PARTED = ("mklabel", "mktable", "rm", "mkpart", "resizepart", "rescue", "set", "name", "toggle", "mkpartfs", "resize")


_TELLS = re.compile(r"-[hpivLbV].*|--(?:help|print|info|verify|list-types|backup|version).*|[^-].*")


def divide(command: Command) -> str:
    """`fdisk`, `parted`, `sgdisk` and the like, where they do more than to tell."""
    if _divides(command.name, command.args):
        command.tell(DISK, "changes how a disk is divided")
    return UNKNOWN


def _divides(name: str, args: tuple[str, ...]) -> bool:
    if name == "parted":
        return any(word in args for word in _PARTED)
    if name == "sgdisk":
        return not all(_TELLS.fullmatch(word) for word in args)
    if name in ("gdisk", "cgdisk"):
        return bool(args) and "-l" not in args
    if not args or any(_HARMLESS.fullmatch(word) or word.startswith("/dev/loop") for word in args):
        return False
    return any(is_disk(word) or word.startswith("/dev/") or word == UNKNOWN for word in args)


_WORDS = {
    "zpool": r"destroy|labelclear|clear -F|create",
    "zfs": r"destroy",
    "lvremove": r".+",
    "vgremove": r".+",
    "pvremove": r".+",
    "pvcreate": r".+",
    "mdadm": r".*(?:--(?:zero-superblock|stop|create)|-C).*",
    "hdparm": r".*--(?:security-erase|trim-sector|make-bad-sector|write-sector|security-set-pass|sanitize).*",
    "nvme": r"(?:format|sanitize|write-zeroes|delete-ns).*",
    "sg_format": r".+",
    "sg_sanitize": r".+",
    "badblocks": r".*(?:^|\s)-\w*[wn].*",
    "diskutil": r"(?:erase|zero|partition|secureErase|randomDisk|apfs delete|reformat).*",
    "cryptsetup": r".*(?:luksFormat|erase|luksErase|luksKillSlot|luksRemoveKey|reencrypt).*",
    "dmsetup": r"(?:remove_all|wipe_table).*",
    "btrfs": r"(?:subvolume|sub) delete.*\s/",
    "debugfs": r".*-w.*",
    "tune2fs": r".*-O \^.*",
    "e2image": r".*-r.*",
    "ddrescue": r".*",
    "mbr": r".*",
    "install-mbr": r".*",
    "flashrom": r".*-\w*[wE].*",
    "nwipe": r".*",
    "dban": r".*",
    "scrub": r".*",
    "xfs_admin": r"(?!)",
    "format": r"(?i)[a-z]:.*",
    "format.com": r"(?i)[a-z]:.*",
    "efibootmgr": r".*(?:-B|--delete-bootnum).*",
}


def by_script(command: Command) -> str:
    """`xfs_io -c 'pwrite ...'`: on a disk."""
    scripts = " ".join(options(command.args, "cp").of("c"))
    if _targets(command) and re.search(
        r"\b(?:pwrite|fpunch|fzero|fcollapse|truncate|falloc|mwrite)\b", literal(scripts)
    ):
        command.tell(DISK, "writes over a disk, or the memory, as a device")
    return UNKNOWN


def by_words(command: Command) -> str:
    """Those that erase with one of a few words."""
    said = literal(" ".join(command.args))
    pattern = _WORDS[command.name]
    if command.name == "ddrescue" and not is_disk(
        command.args[-2] if len(command.args) > 2 else command.args[-1] if command.args else ""
    ):
        return UNKNOWN
    if re.match(pattern, said) and not re.search(r"--help|--version|--detail|--examine", said):
        command.tell(DISK, "erases what a disk or a volume holds")
    return UNKNOWN


NAMES = tuple(_WORDS)
