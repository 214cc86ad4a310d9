"""The numbers of the system calls that code in the sandbox is let through to.

What is not in these tables cannot be called at all. The numbers are the kernel's own, see
``asm/unistd_64.h`` (x86-64) and ``asm-generic/unistd.h`` (AArch64); they never change.
"""

import os
import sys
from typing import Final

_RUNS = """
access 21 - | alarm 37 - | brk 12 214 | chdir 80 49 | clock_getres 229 114 |
clock_gettime 228 113 | clock_nanosleep 230 115 | close 3 57 | close_range 436 436 |
creat 85 - | dup 32 23 | dup2 33 - | dup3 292 24 | epoll_create 213 - | epoll_create1 291 20 |
epoll_ctl 233 21 | epoll_pwait 281 22 | epoll_pwait2 441 441 | epoll_wait 232 - |
eventfd2 290 19 | exit 60 93 | exit_group 231 94 | faccessat 269 48 | faccessat2 439 439 |
fadvise64 221 223 | fallocate 285 47 | fchdir 81 50 | fdatasync 75 83 | fstat 5 80 |
fstatfs 138 44 | fsync 74 82 | ftruncate 77 46 | futex 202 98 | getcpu 309 168 |
getcwd 79 17 | getdents64 217 61 | getegid 108 177 | geteuid 107 175 | getgid 104 176 |
getgroups 115 158 | getitimer 36 102 | getpeername 52 205 | getpid 39 172 | getppid 110 173 |
getrandom 318 278 | getresgid 120 150 | getresuid 118 148 | getrlimit 97 163 |
getrusage 98 165 | getsockname 51 204 | gettid 186 178 |
gettimeofday 96 169 | getuid 102 174 | link 86 - | linkat 265 37 | lseek 8 62 | lstat 6 - |
madvise 28 233 | membarrier 324 283 | mkdir 83 - | mkdirat 258 34 | mmap 9 222 |
mprotect 10 226 | mremap 25 216 | msync 26 227 | munmap 11 215 | nanosleep 35 101 |
newfstatat 262 79 | open 2 - | openat 257 56 | pipe 22 - | pipe2 293 59 | poll 7 - |
ppoll 271 73 | pread64 17 67 | preadv 295 69 | pselect6 270 72 | pwrite64 18 68 |
pwritev 296 70 | read 0 63 | readlink 89 - | readlinkat 267 78 | readv 19 65 |
rename 82 - | renameat 264 38 | renameat2 316 276 |
restart_syscall 219 128 | rmdir 84 - | rseq 334 293 | rt_sigaction 13 134 |
rt_sigpending 127 136 | rt_sigprocmask 14 135 | rt_sigreturn 15 139 | rt_sigsuspend 130 133 |
rt_sigtimedwait 128 137 | sched_getaffinity 204 123 | sched_yield 24 124 | select 23 - |
sendfile 40 71 | set_robust_list 273 99 | set_tid_address 218 96 |
setitimer 38 103 | setrlimit 160 164 | shutdown 48 210 | sigaltstack 131 132 | stat 4 - |
statfs 137 43 | statx 332 291 | symlink 88 - | symlinkat 266 36 | sysinfo 99 179 |
time 201 - | times 100 153 | umask 95 166 | uname 63 160 | unlink 87 - |
unlinkat 263 35 | write 1 64 | writev 20 66
"""

_BY_ARGUMENT = """
clone 56 220 | fcntl 72 25 | getsockopt 55 209 | ioctl 16 29 | kill 62 129 | prctl 157 167 |
prlimit64 302 261 | recvfrom 45 207 | sendto 44 206 | socketpair 53 199 | tgkill 234 131
"""

_IN_OWN_FOLDER = """
chmod 90 - | fchmod 91 52 | fchmodat 268 53 | truncate 76 45 | utime 132 - | utimensat 280 88 |
utimes 235 -
"""

_ZYGOTE = """
capset 126 91 | fork 57 - | pidfd_open 434 434 | pidfd_send_signal 424 424 |
recvmsg 47 212 | seccomp 317 277 | sendmsg 46 211 | wait4 61 260 | waitid 247 95
"""

_ZYGOTE_IN_ROOM = """
landlock_restrict_self 446 446 | mount 165 40 | unshare 272 97
"""

_BEFORE = """
clone3 435 435 | landlock_add_rule 445 445 | landlock_create_ruleset 444 444 |
mount_setattr 442 442 | pivot_root 155 41 | setgroups 116 159 |
setresgid 119 149 | setresuid 117 147 | sethostname 170 161 | umount2 166 39
"""

MACHINES: Final = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
"""The machines we have numbers for, and how seccomp names them (``AUDIT_ARCH_…``)."""

MACHINE: Final = os.uname().machine if sys.maxsize > 2**32 else "32 bit"


def _numbers(table: str) -> dict[str, int]:
    """Read one table for this machine; a call that it does not have is left out."""
    column = 2 if MACHINE == "aarch64" else 1
    rows = (row.split() for row in table.split("|"))
    return {row[0]: int(row[column]) for row in rows if row[column] != "-"}


RUNS: Final = _numbers(_RUNS)
"""What a run may call, whatever the arguments."""

BY_ARGUMENT: Final = _numbers(_BY_ARGUMENT)
"""What may be called with some arguments only; ``filters`` knows which."""

IN_OWN_FOLDER: Final = _numbers(_IN_OWN_FOLDER)
"""What a run may also call where the only files it can write are its own."""

ZYGOTE: Final = _numbers(_ZYGOTE)
"""What the zygote needs besides, and no run may call."""

ZYGOTE_IN_ROOM: Final = _numbers(_ZYGOTE_IN_ROOM)
"""What it needs where each run gets namespaces of its own."""

BEFORE: Final = _numbers(_BEFORE)
"""What is called before the zygote's own filter is on."""

NUMBERS: Final = {**RUNS, **BY_ARGUMENT, **IN_OWN_FOLDER, **ZYGOTE, **ZYGOTE_IN_ROOM, **BEFORE}
