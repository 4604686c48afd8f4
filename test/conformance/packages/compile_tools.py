"""
Compiles the modules of an archive once, so that no run has to. Given as variables: `given` and `made` (paths of archives), `place` (where
the archive made will lie).
"""

import importlib.util
import marshal
import zipfile

# PEP 552: a hash of the source follows that nobody compares.
UNCHECKED_HASH = (0b01).to_bytes(4, "little")

with zipfile.ZipFile(given) as sources, zipfile.ZipFile(made, "w") as compiled:
    for name in sources.namelist():
        content = sources.read(name)
        if name.endswith(".py"):
            code = compile(content, f"{place}/{name}", "exec", dont_inherit=True)
            head = importlib.util.MAGIC_NUMBER + UNCHECKED_HASH + importlib.util.source_hash(content)
            compiled.writestr(f"{name}c", head + marshal.dumps(code))
        else:
            compiled.writestr(name, content)
