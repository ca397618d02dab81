"""CPU per run, all processes, by cpuacct."""
import sys, os, time, subprocess
from pathlib import Path
g=Path(f"/sys/fs/cgroup/cpuacct/bench{os.getpid()}"); g.mkdir()
(g/"cgroup.procs").write_text("0")
import atexit
def out():
    (g.parent/"cgroup.procs").write_text(str(os.getpid())); g.rmdir()
atexit.register(out)
use=lambda: int((g/"cpuacct.usage").read_text())/1e6
from headstart.sandbox.work import choose
from headstart.sandbox.rules.jobs import Job, Limits
sb=choose(Path(os.environ.get("SBX","/var/tmp/sbx/v"))); n=int(sys.argv[1])
py=sb.tools.python
def rep(name,f):
    f();f()
    res=[]
    for _ in range(n):
        a=use(); t=time.perf_counter(); f(); res.append((use()-a,(time.perf_counter()-t)*1e3))
    c=sorted(r[0] for r in res); w=sorted(r[1] for r in res)
    print(f"{name:14} cpu ms min {c[0]:.2f} p25 {c[n//4]:.2f} med {c[n//2]:.2f} | wall min {w[0]:.2f} p25 {w[n//4]:.2f} med {w[n//2]:.2f}",flush=True)
with sb.scratch() as s:
    w=s/"w"; w.mkdir()
    rep("bare", lambda: subprocess.run([py,"-I","-S","-c","pass"],env={},capture_output=True,check=True))
    rep("sandbox", lambda: sb.run(Job(argv=(py,"-I","-S","-c","pass"),work=w)))
    rep("bare true", lambda: subprocess.run(["/bin/true"],env={},capture_output=True,check=True))
    rep("sandbox true", lambda: sb.run(Job(argv=("/bin/true",),work=w)))
