import time,os
from pathlib import Path
from headstart.sandbox.providers import cgroups,trees,uids
from headstart.sandbox.rules.jobs import Limits
b=cgroups.base()
def t(name,f,n=300):
    f(); a=[];
    for _ in range(n):
        s=time.thread_time(); f(); a.append(time.thread_time()-s)
    a.sort(); print(f"{name:20} p25 {a[n//4]*1e6:.0f} med {a[n//2]*1e6:.0f} us")
def cg():
    g=cgroups.make(b,Limits()); g.remove()
t("make+remove",cg)
def j():
    g=cgroups.make(b,Limits())
    with g.joined(): pass
    g.remove()
t("make+join+remove",j)
g=cgroups.make(b,Limits())
t("cpu",g.cpu_seconds); t("oom",g.is_out_of_memory); t("peak",g.peak_memory_bytes); t("kill",g.kill)
g.remove()
w=Path("/var/tmp/sbx/w2"); w.mkdir(exist_ok=True)
t("hand",lambda:trees.hand_over(w,60600)); t("back",lambda:trees.take_back(w)); t("over",lambda:trees.is_over(w,1000,1000))
def l():
    with uids.lent(): pass
t("lent",l)
def p():
    import subprocess
    x=subprocess.Popen(["/bin/true"],stdin=subprocess.DEVNULL,stdout=subprocess.PIPE,stderr=subprocess.PIPE,start_new_session=True,env={},cwd="/"); x.wait(); x.stdout.close(); x.stderr.close()
t("popen",p)
