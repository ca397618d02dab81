"""The families of tasks: each a module with one class that `headstart.benchmarks.ports.Family` describes."""
