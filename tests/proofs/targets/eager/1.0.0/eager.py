"""A package that sets hundreds of attributes while it is imported, as large ones do."""


class Registry:
    pass


for number in range(600):
    setattr(Registry, f"entry_{number}", number)


def merge(source, into):
    for name, value in source.items():
        if isinstance(value, dict) and hasattr(into, name):
            merge(value, getattr(into, name))
        else:
            setattr(into, name, value)
