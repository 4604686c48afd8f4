"""Imports what a boot imports, and writes the code of each module that has a source, and what the imports wrote.

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
    NAMES, TARGET, PACKAGES = json.load(task)

_compile_source = zipimport._compile_source
_code = {}


def _record(path, source):
    _code[path] = _compile_source(path, source)
    return _code[path]


zipimport._compile_source = _record
for _name in NAMES:
    importlib.import_module(_name)
# What was imported before this module was, and what lies in no archive.
for _name, _module in list(sys.modules.items()):
    _loader = getattr(_module, "__loader__", None)
    if isinstance(_loader, (zipimport.zipimporter, importlib.machinery.SourceFileLoader)):
        if _name != __name__ and _module.__file__ not in _code:
            _record(_module.__file__, _loader.get_data(_module.__file__))

# PEP 552: with a hash of the source that nobody looks at, since neither of the two ever changes.
_HEADER = importlib.util.MAGIC_NUMBER + (1).to_bytes(4, "little") + bytes(8)
os.mkdir(TARGET)
_paths = sorted(_code)
# What packages wrote beside themselves when they were imported, such as lists of fonts: nothing else there can be written to.
_made = sorted(
    os.path.join(folder, name)
    for folder, _, names in os.walk(PACKAGES)
    for name in names
    if os.access(os.path.join(folder, name), os.W_OK)
)
with open(f"{TARGET}/names.json", "w") as file:
    json.dump([[[path, importlib.util.cache_from_source(path)] for path in _paths], _made], file)
for _number, _path in enumerate(_paths):
    with open(f"{TARGET}/{_number}", "wb") as file:
        file.write(_HEADER + marshal.dumps(_code[_path]))
