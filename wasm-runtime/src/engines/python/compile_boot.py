"""Compiles what a boot imports, and what programs are likely to import after it.

Run by the environment build alone, in an interpreter of its own: `compile.ts`.
"""

import importlib
import importlib.machinery
import importlib.util
import json
import marshal
import os
import sys
import zipimport

with open("/lib/praxis/compile.json") as task:
    IMPORTS, LIKELY, SAMPLES, TARGET, PACKAGES = json.load(task)

_compile_source = zipimport._compile_source
_code = {}


def _record(path, source):
    _code[path] = _compile_source(path, source)
    return _code[path]


zipimport._compile_source = _record
# PEP 552: with a hash of the source that nobody looks at, since neither of the two ever changes.
_HEADER = importlib.util.MAGIC_NUMBER + (1).to_bytes(4, "little") + bytes(8)
_written = set()
os.mkdir(TARGET)


def _write(stage):
    """What was compiled since the last stage, and what lies in no archive or was imported before this module was."""
    for name, module in list(sys.modules.items()):
        loader = getattr(module, "__loader__", None)
        if isinstance(loader, (zipimport.zipimporter, importlib.machinery.SourceFileLoader)):
            if name != __name__ and module.__file__ not in _code:
                _record(module.__file__, loader.get_data(module.__file__))
    paths = sorted(_code.keys() - _written)
    _written.update(paths)
    os.mkdir(f"{TARGET}/{stage}")
    with open(f"{TARGET}/{stage}/names.json", "w") as file:
        json.dump([[path, importlib.util.cache_from_source(path)] for path in paths], file)
    for number, path in enumerate(paths):
        with open(f"{TARGET}/{stage}/{number}", "wb") as file:
            file.write(_HEADER + marshal.dumps(_code[path]))


def boot():
    for name in IMPORTS:
        importlib.import_module(name)
    _write("boot")
    # What packages wrote beside themselves when they were imported, such as lists of fonts: nothing else there can be written to.
    made = (os.path.join(folder, name) for folder, _, names in os.walk(PACKAGES) for name in names)
    with open(f"{TARGET}/made.json", "w") as file:
        json.dump(sorted(path for path in made if os.access(path, os.W_OK)), file)


def samples():
    for sample in SAMPLES:
        exec(compile(sample, "<sample>", "exec"), {"__name__": "__main__"})
    _write("samples")


def likely():
    for name in LIKELY:
        importlib.import_module(name)
    _write("likely")
