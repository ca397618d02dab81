"""The system calls that a job may make: what Python, Node, a C compiler and sanitised programs need.

Everything else answers ENOSYS, so that programs fall back as on an older kernel. Left out on purpose: anything
that loads code into the kernel or watches it (bpf, perf_event_open, modules), that makes or enters namespaces
or mounts, that reaches into other processes (ptrace, process_vm_*, pidfd_getfd, kcmp), keys, io_uring,
userfaultfd, file handles, clocks, swap, quotas, reboot.
"""

ALLOWED: frozenset[str] = frozenset(
    """
    accept accept4 access alarm arch_prctl arm_fadvise64_64 bind brk capget capset cachestat chdir chmod chown
    clock_getres clock_gettime clock_nanosleep close close_range connect copy_file_range creat dup dup2 dup3
    epoll_create epoll_create1 epoll_ctl epoll_pwait epoll_pwait2 epoll_wait eventfd eventfd2 execve execveat exit
    exit_group faccessat faccessat2 fadvise64 fallocate fchdir fchmod fchmodat fchmodat2 fchown fchownat fcntl
    fdatasync fgetxattr flistxattr flock fork fstat fstatfs fsync ftruncate futex futex_waitv futimesat
    get_robust_list get_thread_area getcpu getcwd getdents getdents64 getegid geteuid getgid getgroups getitimer
    getpeername getpgid getpgrp getpid getppid getpriority getrandom getresgid getresuid getrlimit getrusage
    getsid getsockname getsockopt gettid gettimeofday getuid getxattr inotify_add_watch inotify_init
    inotify_init1 inotify_rm_watch ioctl kill lchown lgetxattr link linkat listen listxattr llistxattr lseek
    lstat madvise map_shadow_stack membarrier memfd_create mincore mkdir mkdirat mknod mknodat mlock mlock2
    mlockall mmap mprotect mremap msync munlock munlockall munmap nanosleep newfstatat open openat openat2 pause
    pidfd_open pidfd_send_signal pipe pipe2 pkey_alloc pkey_free pkey_mprotect poll ppoll prctl pread64 preadv
    preadv2 prlimit64 process_madvise pselect6 pwrite64 pwritev pwritev2 read readahead readlink readlinkat readv
    recvfrom recvmmsg recvmsg rename renameat renameat2 restart_syscall rmdir rseq rt_sigaction rt_sigpending
    rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait rt_tgsigqueueinfo
    sched_get_priority_max sched_get_priority_min sched_getaffinity sched_getattr sched_getparam
    sched_getscheduler sched_rr_get_interval sched_setaffinity sched_setscheduler sched_yield select semctl
    semget semop semtimedop sendfile sendmmsg sendmsg sendto set_robust_list set_thread_area set_tid_address
    setgid setgroups setitimer setpriority setregid setresgid setresuid setreuid setrlimit setsockopt setuid
    shmat shmctl shmdt shmget shutdown sigaltstack signalfd signalfd4 splice stat statfs statx symlink symlinkat
    sync_file_range sysinfo tee tgkill time timer_create timer_delete timer_getoverrun timer_gettime
    timer_settime timerfd_create timerfd_gettime timerfd_settime times tkill truncate umask uname unlink
    unlinkat utime utimensat utimes vfork vmsplice wait4 waitid write writev
    """.split()  # noqa: SIM905 - 200 words read better so
)
"""Allowed whatever their arguments are. `socket`, `socketpair`, `clone`, `personality`, `setsid` and
`setpgid` have rules of their own in `headstart.sandbox.providers.seccomp`."""

WITHOUT_NAMESPACES: frozenset[str] = frozenset(
    """
    bind connect listen accept accept4 semget semop semtimedop semctl shmget shmat shmctl shmdt mlockall
    """.split()  # noqa: SIM905 - 200 words read better so
)
"""Taken away again where the job shares the host's network and IPC namespaces (the weak provider)."""

NEW_NAMESPACES = 0x7E020080
"""CLONE_NEWTIME, NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET: a clone may ask for none of them."""

PERSONALITIES = (0x0, 0x40000, 0xFFFFFFFF)
"""Plain Linux, ADDR_NO_RANDOMIZE (which sanitisers ask for), and the question what it is."""
