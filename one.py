import sys
from pathlib import Path
from headstart.sandbox.work import choose
from headstart.sandbox.rules.jobs import Job
sb=choose(Path("/var/tmp/sbx/v"))
from headstart.sandbox.providers import bubblewrap as b
o=b.spawn
with sb.scratch() as s:
    w=s/"w"; w.mkdir()
    for _ in range(3): sb.run(Job(argv=("/bin/true",),work=w))
    import os
    os.write(2,b"MARK\n")
    def sp(argv,*a):
        print("\n".join(argv).replace("\n--","\n--")); return o(argv,*a)
    b.spawn=sp
    sb.run(Job(argv=("/bin/true",),work=w))
    os.write(2,b"MARK\n")
