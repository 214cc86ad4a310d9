"""Shuts the zygote in: namespaces of its own, and a root with nothing in it but Python.

After ``enter`` the process has no network, sees no other process, and its files are a
read-only folder in memory that holds what ``sights`` names. Where the server is root, the
zygote is not: it goes on as nobody.

The steps are bubblewrap's (https://github.com/containers/bubblewrap), less what we do not
need; see also ``pivot_root(2)`` and ``user_namespaces(7)``.
"""

import os
from pathlib import Path
from typing import Final

from callingcard_guest import kernel
from callingcard_guest.sights import Sights

OWN_PARENT: Final = "/private"
OWN_FOLDER: Final = "/private/tmp"
"""Where each run has an empty folder of its own, with ``/tmp`` as its second name.

It is one below the folder that ``fence`` allows, because Landlock does not look at a folder
that something is mounted on.
"""

NOBODY: Final = 65534
_HOST: Final = "function"
_BASE: Final = "/tmp"  # noqa: S108 - any folder would do: it is covered, in our mount namespace only
_SEALED: Final = kernel.MS_RDONLY | kernel.MS_NOSUID | kernel.MS_NODEV
_APART: Final = (
    kernel.CLONE_NEWNS
    | kernel.CLONE_NEWIPC
    | kernel.CLONE_NEWUTS
    | kernel.CLONE_NEWNET
    | kernel.CLONE_NEWPID
)


def enter(sights: Sights, server: int) -> int:
    """Shut this process in; what returns is its child, the first in there. Raises OSError.

    The process that called waits for that child and ends as it did, or with *server*, its
    parent. The answer is a descriptor of the child's ``/proc/self/stat``, which has no path
    in there.
    """
    is_root = os.geteuid() == 0
    user, group = os.geteuid(), os.getegid()
    kernel.unshare(_APART if is_root else _APART | kernel.CLONE_NEWUSER)
    if not is_root:
        _write_maps(user, group)
    _go_on_in_child(server)
    kernel.name_host(_HOST)
    processes = os.open("/proc", os.O_PATH | os.O_DIRECTORY)
    about = os.open("self/stat", os.O_RDONLY, dir_fd=processes)
    _furnish(sights)
    if is_root:
        # Root builds the room, since the interpreter may be where nobody else can look.
        os.chdir("/")
        kernel.become(NOBODY)
        kernel.unshare(kernel.CLONE_NEWUSER | kernel.CLONE_NEWNS)
        _write_maps(NOBODY, NOBODY, processes)
    os.close(processes)
    # The parent is in another namespace of processes, where it has no number.
    kernel.die_with(0)
    return about


def give_own_folder(size: int) -> None:
    """Give this process, a run, a folder that it shares with nobody, of *size* bytes.

    Then it becomes the only one in a namespace of users, where the kernel counts its
    threads alone. In this order: nobody could write to a folder that was made in there.
    """
    kernel.unshare(kernel.CLONE_NEWNS)
    flags = kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC
    kernel.mount("tmpfs", OWN_FOLDER, "tmpfs", flags, f"size={size},nr_inodes=1024,mode=0700")
    os.chdir(OWN_FOLDER)
    kernel.unshare(kernel.CLONE_NEWUSER)


def _go_on_in_child(server: int) -> None:
    child = os.fork()
    if child == 0:
        return
    os.closerange(3, 64)
    # Again: to enter a namespace of users took it back.
    kernel.die_with(server)
    _, status = os.waitpid(child, 0)
    os._exit(os.waitstatus_to_exitcode(status) & 0xFF)


def _write_maps(user: int, group: int, processes: int | None = None) -> None:
    """Be the same user and group inside as outside."""
    prefix = "/proc/" if processes is None else ""
    texts = {
        "setgroups": "deny",
        "uid_map": f"{user} {user} 1",
        "gid_map": f"{group} {group} 1",
    }
    for name, text in texts.items():
        descriptor = os.open(f"{prefix}self/{name}", os.O_WRONLY, dir_fd=processes)
        try:
            os.write(descriptor, text.encode())
        finally:
            os.close(descriptor)


def _furnish(sights: Sights) -> None:
    """Build the new root out of the old one, and leave the old one behind."""
    sources = {path: os.path.realpath(path) for path in (*sights.shown, sights.packages)}
    kernel.mount("none", "/", "", kernel.MS_REC | kernel.MS_PRIVATE)
    kernel.mount("tmpfs", _BASE, "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV, "mode=0755")
    Path(_BASE, "old").mkdir()
    kernel.pivot_root(_BASE, f"{_BASE}/old")
    os.chdir("/")
    for path in sights.shown:
        _show(sources[path], path)
    for path in sights.hidden:
        kernel.mount("tmpfs", path, "tmpfs", _SEALED, "size=4k,mode=0755")
    if sights.packages:
        _show(sources[sights.packages], sights.packages)
    for device in sights.devices:
        _show(device, device, kernel.MS_RDONLY | kernel.MS_NOSUID | kernel.MS_NOEXEC)
    for name in ("/lib", "/lib64"):
        if Path(f"/old{name}").is_symlink() and not Path(name).exists():
            Path(name).symlink_to(Path(f"/old{name}").readlink())
    Path(OWN_FOLDER).mkdir(parents=True)
    if not Path(_BASE).exists():
        Path(_BASE).symlink_to(OWN_FOLDER)
    kernel.detach("/old")
    Path("/old").rmdir()
    kernel.seal_mount("/", _SEALED, below=False)


def _show(source: str, path: str, attributes: int = _SEALED) -> None:
    """Show the file or folder *source* of the old root at *path*, read-only."""
    if Path(f"/old{source}").is_dir():
        Path(path).mkdir(parents=True, exist_ok=True)
    else:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).touch()
    kernel.mount(f"/old{source}", path, "", kernel.MS_BIND | kernel.MS_REC)
    kernel.seal_mount(path, attributes, below=True)
