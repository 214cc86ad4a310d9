"""The hostile functions: what they try, and how their runs have to end.

A function that tries what must be refused returns the list of what it managed; that has to
be empty. The others have to end in the state that is named.
"""
# ruff: noqa: E501

from dataclasses import dataclass

from callingcard.functions.model.runs import RunState

RAISED = RunState.RAISED
CRASHED = RunState.CRASHED
TIMED_OUT = RunState.TIMED_OUT
OUT_OF_MEMORY = RunState.OUT_OF_MEMORY
TOO_LARGE = RunState.TOO_LARGE
SUCCEEDED = RunState.SUCCEEDED


@dataclass(frozen=True)
class Case:
    """One hostile function."""

    name: str
    source: str
    states: tuple[RunState, ...] = (SUCCEEDED,)
    value: object = ()
    """What it has to return when it succeeds: by default the empty list."""
    says: str = ""
    """A part of what its author is told."""


PROCESSES = [
    Case("fork bomb", "def main():\n while True: os.fork()", (RAISED,), says="not permitted"),
    Case(
        "fork that catches errors",
        "def main():\n return managed(fork=os.fork, forkpty=os.forkpty)",
    ),
    Case(
        "subprocess",
        "import subprocess\ndef main():\n"
        " return managed(run=lambda: subprocess.run(['/bin/true']), "
        "shell=lambda: subprocess.check_output('id', shell=True), "
        "spawn=lambda: os.posix_spawn('/bin/true', ['true'], {}))",
    ),
    Case(
        "multiprocessing",
        "import multiprocessing as m\ndef main():\n"
        " return managed(**{k: m.get_context(k).Process(target=print).start "
        "for k in ('fork', 'spawn')})",
    ),
    Case(
        "clone by native code",
        "def main():\n return [f for f in (17, 0, 0x10000011, 0x20000011, 0x00008011, 0x7e020011)"
        " if libc.syscall(NUMBERS['clone'], f, 0, 0, 0, 0) >= 0]",
    ),
    Case("other ways to fork", "def main():\n return reached('fork', 'vfork', 'clone3')"),
    Case(
        "execve by native code",
        "def main():\n libc.execv(b'/bin/sh', (ctypes.c_char_p * 2)(b'sh', None))\n"
        " return reached('execve', 'execveat')",
    ),
    Case(
        "memfd and exec",
        "def main():\n return managed(memfd=lambda: os.memfd_create('x'), "
        "fexec=lambda: os.execve(0, ['x'], {})) + reached('memfd_create')",
    ),
    Case(
        "ptrace and other processes' memory",
        "def main():\n return reached('ptrace', 'process_vm_readv', 'process_vm_writev', "
        "'kcmp', 'pidfd_open', 'pidfd_getfd')",
    ),
    Case(
        "signals to others",
        "import signal\ndef main():\n"
        " return managed(parent=lambda: os.kill(os.getppid(), 9), all=lambda: os.kill(-1, 9), "
        "group=lambda: os.kill(0, 9), killpg=lambda: os.killpg(0, 9), one=lambda: os.kill(1, 9), "
        "two=lambda: os.kill(2, 0)) "
        "+ reached('tkill', 'rt_sigqueueinfo', 'pidfd_send_signal')",
    ),
    Case(
        "asking for another process's ends",
        "def main():\n return managed(wait=lambda: os.waitpid(-1, 0)) + reached('wait4')",
    ),
    Case(
        "becoming somebody else",
        "def main():\n return managed(setuid=lambda: os.setuid(0), setgid=lambda: os.setgid(0), "
        "groups=lambda: os.setgroups([0]), chroot=lambda: os.chroot('/')) "
        "+ reached('setuid', 'chroot', 'capset', 'personality')",
    ),
    Case(
        "namespaces and mounts",
        "def main():\n return reached('unshare', 'setns', 'mount', 'umount2', 'pivot_root', "
        "'move_mount', 'open_tree', 'fsopen')",
    ),
    Case(
        "calls with a bad past",
        "def main():\n return reached('io_uring_setup', 'userfaultfd', 'bpf', 'keyctl', "
        "'add_key', 'perf_event_open', 'open_by_handle_at', 'name_to_handle_at', 'seccomp', "
        "'landlock_create_ruleset', 'vmsplice', 'timer_create', 'setsockopt')",
    ),
    Case(
        "calls for administrators",
        "def main():\n return reached('reboot', 'init_module', 'kexec_load', 'quotactl', 'acct', "
        "'swapon', 'settimeofday', 'sethostname', 'syslog', 'mlockall', 'sched_setaffinity', "
        "'ioprio_set', 'fanotify_init', 'inotify_init1', 'fchownat', 'setxattr')",
    ),
    Case(
        "memory and queues shared with others",
        "def main():\n return reached('shmget', 'msgget', 'semget', 'mq_open', 'flock') "
        "+ managed(shm=lambda: __import__('multiprocessing.shared_memory', fromlist=['x'])"
        ".SharedMemory(create=True, size=10))",
    ),
    Case(
        "prctl",
        "def main():\n return [o for o in (1, 4, 8, 22, 24, 28, 35, 38, 47) "
        "if libc.prctl(o, 0, 0, 0, 0) >= 0]",
    ),
    Case(
        "machine code with system calls",
        "import mmap\ndef main():\n"
        " if not _X86: return []\n"
        " m = mmap.mmap(-1, 4096, prot=7)\n"
        " m.write(bytes.fromhex('b8 39 00 00 00 0f 05 c3'))\n"  # mov eax, fork; syscall; ret
        " at = ctypes.addressof(ctypes.c_char.from_buffer(m))\n"
        " return ['forked'] if ctypes.CFUNCTYPE(ctypes.c_int)(at)() >= 0 else []",
    ),
    Case(
        "machine code with another machine's calls",
        "import mmap\ndef main():\n"
        " if not _X86: os.kill(os.getpid(), 31)\n"
        " m = mmap.mmap(-1, 4096, prot=7)\n"
        " m.write(bytes.fromhex('b8 02 00 00 00 cd 80 c3'))\n"  # mov eax, fork; int 0x80; ret
        " at = ctypes.addressof(ctypes.c_char.from_buffer(m))\n"
        " return ctypes.CFUNCTYPE(ctypes.c_int)(at)()",
        (CRASHED,),
        says="SIGSYS",
    ),
    Case(
        "threads by native code",
        "import mmap, resource\ndef main():\n"
        " global m\n"  # a thread that has yet to begin needs it when main is over
        " if not _X86: return []\n"
        # mov eax, clone; syscall; test rax, rax; jz child; ret; child: ppoll(0, 0, 0, 0, 0) for ever
        " code = bytes.fromhex('b838000000 0f05 4885c0 7401 c3 31ff 31f6 31d2 4d31d2 4d31c0 b80f010000 0f05 ebea')\n"
        " m = mmap.mmap(-1, 8192, prot=7)\n"
        " m.write(code)\n"
        " at = ctypes.addressof(ctypes.c_char.from_buffer(m))\n"
        " clone = ctypes.CFUNCTYPE(ctypes.c_long, *[ctypes.c_ulong] * 5)(at)\n"
        " most = resource.getrlimit(resource.RLIMIT_NPROC)[1]\n"
        " made = 0\n"
        " while made < 9999 and clone(0x50F00, at + 8000, 0, 0, 0) > 0: made += 1\n"
        " return [made] if not 0 < most <= 4096 or made > most else []",
    ),
    Case(
        "x32 calls",
        "def main():\n"
        " if not _X86: os.kill(os.getpid(), 31)\n"
        " return libc.syscall(0x40000000 + 57)",
        (CRASHED,),
        says="SIGSYS",
    ),
]

NETWORK = [
    Case(
        "sockets of every family",
        "import socket\ndef main():\n"
        " return [(f, t) for f in range(46) for t in (1, 2, 3, 5) "
        "if managed(s=lambda: socket.socket(f, t))]",
    ),
    Case(
        "connecting and listening",
        "import socket\ndef main():\n return managed("
        "connect=lambda: socket.create_connection(('127.0.0.1', 80), 1), "
        "listen=lambda: socket.create_server(('127.0.0.1', 0)))",
    ),
    Case(
        "names",
        "import socket\ndef main():\n return managed("
        "name=lambda: socket.getaddrinfo('example.com', 80), "
        "old=lambda: socket.gethostbyname('example.com'))",
    ),
    Case(
        "urllib",
        "import urllib.request as u\ndef main():\n return managed("
        "http=lambda: u.urlopen('http://169.254.169.254/', timeout=1), "
        "file=lambda: u.urlopen('file:///etc/passwd'))",
    ),
    Case(
        "passing descriptors",
        "import socket\ndef main():\n"
        " a, b = socket.socketpair()\n"
        " return managed(pass_on=lambda: socket.send_fds(a, [b'x'], [0]), "
        "datagrams=lambda: socket.socketpair(type=socket.SOCK_DGRAM), "
        "options=lambda: a.setsockopt(1, 26, b''), take=lambda: socket.recv_fds(b, 1, 1))",
    ),
    Case(
        "who is at the other end",
        "import socket\ndef main():\n"
        " line = socket.socket(1, 1, 0, fileno=os.dup(3))\n"
        " return managed(process=lambda: line.getsockopt(1, 77), user=lambda: line.getsockopt(1, 17, 12), "
        "groups=lambda: line.getsockopt(1, 59, 64), label=lambda: line.getsockopt(1, 31, 64))",
    ),
    Case(
        "messages out of band",
        "import socket\ndef main():\n"
        " a, b = socket.socketpair()\n"
        " return managed(send=lambda: a.send(b'x', socket.MSG_OOB), "
        "take=lambda: b.recv(1, socket.MSG_OOB | socket.MSG_DONTWAIT))",
    ),
]

FILES = [
    Case(
        "files of the machine",
        "def main(server: str):\n return managed(**{p: (lambda p=p: open(p, 'rb').read(1)) for p in "
        "('/etc/passwd', '/etc/shadow', '/etc/hosts', '/etc/resolv.conf', '/root/.bashrc', server, "
        "'/var/log/dpkg.log', '/sys/kernel/mm/transparent_hugepage/enabled')})",
    ),
    Case(
        "what the kernel tells",
        "def main():\n return managed(**{p: (lambda p=p: open(p, 'rb').read(1)) for p in "
        "('/proc/self/environ', '/proc/self/mem', '/proc/self/maps', '/proc/1/mem', "
        "'/proc/1/environ', f'/proc/{os.getppid()}/mem', f'/proc/{os.getppid()}/environ', "
        "'/proc/kallsyms', '/proc/meminfo', '/proc/sys/kernel/hostname')}, "
        "list=lambda: os.listdir('/proc'), fds=lambda: os.listdir('/proc/self/fd'))",
    ),
    Case(
        "the product",
        "import importlib\ndef main():\n return managed(**{n: (lambda n=n: importlib.import_module(n)) "
        "for n in ('callingcard', 'callingcard_guest', 'httpx', 'sqlalchemy', 'pip')}) "
        "+ [m for m in sys.modules if m.startswith('callingcard')] "
        "+ [p for p in sys.path if 'packages' in p]",
    ),
    Case(
        "devices",
        "def main():\n return managed(**{p: (lambda p=p: open(p, 'rb', 0).read(1)) for p in "
        "('/dev/mem', '/dev/kmsg', '/dev/tty', '/dev/fuse', '/dev/kvm', '/dev/vda', '/dev/shm/x', "
        "'/dev/ptmx')}, make=lambda: os.mknod('/dev/x', 0o20666, 1), "
        "here=lambda: os.mknod('x', 0o20666, os.makedev(1, 1)))",
    ),
    Case(
        "writing what is shown",
        "import json\ndef main():\n return managed(**{p: (lambda p=p: open(p, 'ab')) for p in "
        "(json.__file__, os.path.dirname(os.__file__) + '/evil.py', '/evil', '/usr/evil', "
        "'/dev/evil')}, remove=lambda: os.remove(json.__file__), "
        "rename=lambda: os.rename(json.__file__, json.__file__ + 'x'), "
        "mode=lambda: os.chmod(json.__file__, 0o777), times=lambda: os.utime(json.__file__), "
        "folder=lambda: os.mkdir('/x'), cut=lambda: os.truncate(json.__file__, 0))",
    ),
    Case(
        "links out",
        "def main():\n"
        " def through(make, target, name):\n"
        "  make(target, name)\n"
        "  return open(name, 'rb').read(1)\n"
        " return managed(sym=lambda: through(os.symlink, '/etc/passwd', 'a'), "
        "up=lambda: through(os.symlink, '../../../../etc/passwd', 'b'), "
        "hard=lambda: through(os.link, '/etc/passwd', 'c'), "
        "proc=lambda: through(os.symlink, '/proc/1/root/etc/passwd', 'd'), "
        "dots=lambda: open('../../../../../../etc/passwd'))",
    ),
    Case(
        "a file of its own that is a program",
        "import shutil\ndef main():\n"
        " def own():\n"
        "  with open('x.so', 'wb') as f: f.write(b'\\x7fELF')\n"
        "  os.chmod('x.so', 0o755)\n"
        "  os.execv('./x.so', ['x'])\n"
        " return managed(run=own, load=lambda: ctypes.CDLL('./x.so'))",
    ),
    Case(
        "open descriptors",
        "def main():\n"
        " def kind(n):\n"
        "  try: return os.fstat(n)\n"
        "  except OSError: return None\n"
        " return [n for n in range(4, 4096) if kind(n)]",
    ),
    Case(
        "locks that others would see",
        "import fcntl, struct\ndef main():\n"
        " def lock(command, kind, path):\n"
        "  f = os.open(path, os.O_RDONLY)\n"
        "  return fcntl.fcntl(f, command, struct.pack('hhxxxxqqixxxx', kind, 0, 0, 9, 0))\n"
        " own = managed(**{f'{c} {p}': (lambda c=c, p=p: lock(c, 0, p)) for c in (36, 37, 38) "
        "for p in ('/dev/null', os.__file__)}, lease=lambda: fcntl.fcntl(0, 1024, 0))\n"
        " lock(6, 0, os.__file__)\n"  # says that it did, and did not
        " return own",
    ),
    Case(
        "the environment",
        "def main():\n libc.getenv.restype = ctypes.c_char_p\n"
        " return sorted(set(os.environ) - {'TMPDIR', 'HOME'}) "
        "+ [n for n in ('PATH', 'USER', 'CALLINGCARD_CANARY') if libc.getenv(n.encode())]",
    ),
    Case(
        "filling its folder",
        "def main():\n"
        " import tempfile\n"
        " total = 0\n"
        " try:\n"
        "  for n in range(100):\n"
        "   with open(f'f{n}', 'wb') as f: total += f.write(bytes(1 << 20))\n"
        " except OSError: pass\n"
        " return [total] if total > 17 << 20 else []",
    ),
    Case(
        "one enormous file",
        "import signal\ndef main():\n"
        " signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        " def grow():\n"
        "  with open('f', 'wb') as f: f.truncate(1 << 40)\n"
        " return managed(grow=grow)",
    ),
    Case(
        "very many files",
        "def main():\n"
        " made = 0\n"
        " try:\n"
        "  for n in range(100_000):\n"
        "   open(f'f{n}', 'x').close(); made += 1\n"
        " except OSError: pass\n"
        " return [made] if made > 1100 else []",
    ),
    Case(
        "very many open files",
        "def main():\n"
        " kept = []\n"
        " try:\n"
        "  while True: kept.append(os.open('/dev/null', 0))\n"
        " except OSError: pass\n"
        " return [len(kept)] if len(kept) > 64 else []",
    ),
]

RESOURCES = [
    Case(
        "a list without end",
        "def main():\n x = []\n while True: x.append('y' * 9999)",
        (OUT_OF_MEMORY,),
    ),
    Case(
        "a large bytearray", "def main():\n return len(bytearray(1 << 30))", (OUT_OF_MEMORY,)
    ),
    Case("an enormous text", "def main():\n return len('x' * (1 << 60))", (OUT_OF_MEMORY,)),
    Case(
        "mmap until it is refused",
        "import mmap\ndef main():\n"
        " kept = []\n"
        " try:\n"
        "  while True: kept.append(mmap.mmap(-1, 1 << 20))\n"
        " except OSError: pass\n"
        " return [len(kept)] if len(kept) > 80 else []",
    ),
    Case(
        "shared mmap",
        "import mmap\ndef main():\n return managed(shared=lambda: mmap.mmap(-1, 1 << 30))",
    ),
    Case(
        "malloc by native code",
        "def main():\n libc.malloc.restype = ctypes.c_void_p\n"
        " return ['got it'] if libc.malloc(ctypes.c_size_t(1 << 30)) else []",
    ),
    Case(
        "raising its limits",
        "import resource as r\ndef main():\n"
        " def up(l):\n"
        "  def go():\n"
        "   try: r.setrlimit(l, (r.RLIM_INFINITY, r.RLIM_INFINITY))\n"
        "   except ValueError as e: raise OSError from e\n"
        "  return go\n"
        " return managed(**{str(l): up(l) for l in (r.RLIMIT_AS, r.RLIMIT_CPU, r.RLIMIT_NOFILE, "
        "r.RLIMIT_FSIZE, r.RLIMIT_CORE)}, other=lambda: r.prlimit(os.getppid(), r.RLIMIT_AS))",
    ),
    Case("a loop", "def main():\n while True: pass", (TIMED_OUT,), says="1 s"),
    Case(
        "a loop that catches everything",
        "import signal\ndef main():\n"
        " for n in set(signal.valid_signals()) - {9, 19}:\n"
        "  try: signal.signal(n, signal.SIG_IGN)\n"
        "  except (OSError, ValueError): pass\n"
        " while True:\n"
        "  try:\n"
        "   while True: pass\n"
        "  except BaseException: pass",
        (TIMED_OUT,),
    ),
    Case(
        "a hard pattern",
        "import re\ndef main():\n return re.match(r'(a+)+$', 'a' * 60 + 'b')",
        (TIMED_OUT,),
    ),
    Case(
        "a large power",
        "def main():\n return len(str(10 ** 10 ** 8))",
        (TIMED_OUT, RAISED, OUT_OF_MEMORY),
    ),
    Case("sleep", "import time\ndef main():\n time.sleep(60)", (TIMED_OUT,)),
    Case(
        "sleep in a thread",
        "import asyncio, time\nasync def main():\n await asyncio.to_thread(time.sleep, 60)",
        (TIMED_OUT,),
    ),
    Case(
        "a deadlock",
        "import threading\ndef main():\n l = threading.Lock()\n l.acquire()\n l.acquire()",
        (TIMED_OUT,),
    ),
    Case(
        "threads without end",
        "import threading, time\ndef main():\n"
        " count = 0\n"
        " try:\n"
        "  while True:\n"
        "   threading.Thread(target=time.sleep, args=(60,), daemon=True).start(); count += 1\n"
        " except (RuntimeError, MemoryError): pass\n"
        " return [count] if count > 70 else []",
    ),
    Case(
        "many processors",
        "import hashlib, threading\ndef main():\n"
        " def burn():\n"
        "  while True: hashlib.sha256(bytes(1 << 20))\n"
        " for _ in range(4): threading.Thread(target=burn).start()\n"
        " burn()",
        (TIMED_OUT,),
    ),
    Case("deep recursion", "def main():\n return main()", (RAISED,), says="recursion"),
    Case(
        "deeper recursion",
        "import sys\nsys.setrecursionlimit(10**9)\ndef main():\n return main()",
        (CRASHED, OUT_OF_MEMORY, RAISED, TIMED_OUT),
    ),
    Case(
        "deep recursion in C",
        "import sys, json\nsys.setrecursionlimit(10**9)\ndef main():\n"
        " x = []\n"
        " for _ in range(10**6): x = [x]\n"
        " return json.dumps(x)",
        (CRASHED, RAISED, OUT_OF_MEMORY, TIMED_OUT),
    ),
]

ENDINGS = [
    Case("a log without end", "def main():\n while True: print('x' * 1000)", (TIMED_OUT,)),
    Case(
        "no modules left",
        "def main():\n sys.modules.clear()\n return []",
        (SUCCEEDED, RAISED, CRASHED),
    ),
    Case(
        "the runtime turned against itself",
        "import gc\ndef main():\n"
        " found = [o for o in gc.get_referrers(type(main)) if isinstance(o, dict)]\n"
        " for o in gc.get_objects():\n"
        "  if type(o).__name__ == 'Wire': o._descriptor = 1; o.send_text = print; found.append(o)\n"
        " return []",
        (CRASHED,),
        says="without a result",
    ),
    Case(
        "a frame of the runtime",
        "def main():\n"
        " frame = sys._getframe()\n"
        " while frame.f_back: frame = frame.f_back\n"
        " return [v for v in map(str, frame.f_locals.values()) if 'canary' in v]",
    ),
    Case("sys.exit", "import sys\ndef main():\n sys.exit(0)", (RAISED,), says="0"),
    Case("os._exit", "import os\ndef main():\n os._exit(0)", (CRASHED,), says="status 0"),
    Case(
        "a segmentation fault", "def main():\n ctypes.string_at(1)", (CRASHED,), says="SIGSEGV"
    ),
    Case("abort", "def main():\n os.abort()", (CRASHED,), says="SIGABRT"),
    Case(
        "killing itself", "def main():\n os.kill(os.getpid(), 9)", (CRASHED,), says="SIGKILL"
    ),
    Case("stopping itself", "def main():\n os.kill(os.getpid(), 19)", (TIMED_OUT,)),
    Case("an interrupt", "def main():\n raise KeyboardInterrupt('no')", (RAISED,), says="no"),
    Case(
        "an exception of its own kind",
        "class E(BaseException): pass\ndef main():\n raise E('own')",
        (RAISED,),
        says="own",
    ),
    Case(
        "an exception that cannot be told",
        "class E(Exception):\n def __str__(self): raise E\ndef main():\n raise E",
        (RAISED,),
        says="cannot be read",
    ),
    Case(
        "an enormous message",
        "def main():\n raise ValueError('x' * 10_000_000)",
        (RAISED,),
        says="xxx",
    ),
    Case(
        "a message that is no plain text",
        "class T(str):\n"
        " def encode(self, *a): return b'x' * 10**7\n"
        " def __getitem__(self, n): return 'x' * 10**7\n"
        "class E(Exception):\n def __str__(self): return T('\\ud800 \\0')\ndef main():\n raise E",
        (RAISED,),
        says="?",
    ),
    Case("no main", "x = 1", (RAISED,), says="no function main"),
    Case("no Python", "def main(:\n pass", (RAISED,), says="invalid syntax"),
    Case("a NUL in the source", "def main(): return '\0'", (RAISED,)),
    Case(
        "an enormous result",
        "def main():\n return 'x' * 10_000_000",
        (TOO_LARGE,),
        says="bytes",
    ),
    Case(
        "a result that is none", "def main():\n return {1: object()}", (TOO_LARGE,), says="key"
    ),
    Case("NaN", "def main():\n return [float('nan')]", (TOO_LARGE,), says="JSON cannot say"),
    Case(
        "an enormous number", "def main():\n return 10 ** 5000", (TOO_LARGE,), says="not JSON"
    ),
    Case("a generator", "def main():\n while True: yield 1", (TOO_LARGE,), says="generator"),
    Case("half a character", "def main():\n return '\\ud800'", (TOO_LARGE,), says="Unicode"),
    Case(
        "a result inside itself",
        "def main():\n x = []\n x.append(x)\n return x",
        (TOO_LARGE,),
        says="nested",
    ),
    Case(
        "a dict that never ends",
        "class D(dict):\n"
        " def items(self):\n"
        "  n = 0\n"
        "  while True:\n"
        "   n += 1\n"
        "   yield str(n), 'x' * 1000\n"
        "def main():\n return D()",
        (OUT_OF_MEMORY, TIMED_OUT),
    ),
    Case(
        "threads that stay",
        "import threading, time\ndef main():\n"
        " def stay():\n"
        "  while True:\n"
        "   try: os.write(3, b'x'); time.sleep(0.01)\n"
        "   except OSError: pass\n"
        " threading.Thread(target=lambda: time.sleep(60)).start()\n"
        " return []",
    ),
    Case(
        "atexit",
        "import atexit, time\ndef main():\n atexit.register(time.sleep, 60)\n return []",
    ),
    Case(
        "__del__ that does not return",
        "import time\nclass D:\n def __del__(self): time.sleep(60)\nd = D()\ndef main():\n return []",
    ),
    Case(
        "an object that resists",
        "import sys, builtins\ndef main():\n"
        " sys.stdout = None; sys.stderr = None; builtins.print = None\n"
        " return []",
    ),
    Case(
        "an encoder that is its own",
        "import json\njson.dumps = lambda *a, **k: '[1' * 1000\ndef main():\n return []",
        (CRASHED,),
    ),
]
