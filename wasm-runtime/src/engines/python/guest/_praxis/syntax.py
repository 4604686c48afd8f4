"""
Cells that are not Python as they stand: lines with magics (`%time f()`), shell commands and questions (`f?`).

Only what Python's own compiler refused comes here, so that `%` stays an operator wherever it is one. A line keeps its number,
and what stands on it its columns: tracebacks show the cell as it was written.
"""

import ast
import re

_compile = compile
_TREE = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
_SyntaxError = SyntaxError
_PLACE = "__praxis_line__"

_line_magic = re.compile(r"(\s*)(%{1,2}|!{1,2})(.*)", re.DOTALL).fullmatch
_assigned = re.compile(r"(\s*)([A-Za-z_][\w.,\[\]'\" ]*?)\s*=\s*(%(?=[A-Za-z_])|!(?!=))(.*)", re.DOTALL).fullmatch
_TARGET = r"%{0,2}[A-Za-z_]\w*(?:\.\w+|\[[^\[\]#]*\])*"
_asked_after = re.compile(rf"(\s*)({_TARGET})\s*(\?\??)\s*;?\s*").fullmatch
_asked_before = re.compile(rf"(\s*)(\?\??)\s*({_TARGET})\s*;?\s*").fullmatch
_name = re.compile(r"[A-Za-z_]\w*").match

# Magics whose argument is Python: it becomes part of the cell. With a template each; BODY, SETUP and ARGS are filled in.
_TIMED = "with __praxis__.timed(ARGS):\n    BODY"
_PROFILED = "with __praxis__.profiled(ARGS):\n    BODY"
_CAPTURED = "with __praxis__.captured(ARGS):\n    BODY"
_LOOPED = (
    "def __praxis_timed__(__praxis_loop__):\n    SETUP\n    for __praxis_turn__ in __praxis_loop__.begin():\n        BODY\n"
    "__praxis__.timeit(__praxis_timed__, ARGS)\ndel __praxis_timed__"
)
_LINE_TEMPLATES = {"time": _TIMED, "fuel": _TIMED, "fuel_profile": _PROFILED, "timeit": _LOOPED}
_CELL_TEMPLATES = {**_LINE_TEMPLATES, "capture": _CAPTURED}
CODE_MAGICS = tuple(_CELL_TEMPLATES)
_options = re.compile(r"(?:-[a-z]+(?:\s*\d+)?(?=\s|$)\s*)*").match


def parse(source, filename, error):
    """The tree of a cell with magics. Raises `error`, what the compiler had against it, when it has none."""
    cell = _Cell(source, filename)
    body = cell.block(0, error)
    return ast.Module(body=body, type_ignores=[])


class _Cell:
    def __init__(self, source, filename):
        self.lines = source.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        self.filename = filename

    def block(self, start, error=None):
        """Statements of the lines from the 0-based `start` on."""
        at = start
        while at < len(self.lines) and (not self.lines[at].strip() or self.lines[at].lstrip().startswith("#")):
            at += 1
        if at < len(self.lines) and self.lines[at].startswith("%%") and _name(self.lines[at], 2):
            return self._cell_magic(at)
        found = []
        rewritten = self._rewritten(start, found)
        if not found and error is not None:
            raise error
        tree = _compile("\n".join(rewritten), self.filename, "exec", _TREE, True)
        if found:
            self._expand(tree, found)
        return tree.body

    def _cell_magic(self, at):
        line = self.lines[at]
        name = _name(line, 2).group()
        args = line[2 + len(name) :]
        if name not in _CELL_TEMPLATES:
            body = "\n".join(self.lines[at + 1 :])
            return [_located(_call("cell", name, args.strip(), body), at + 1, 0, len(line))]
        options = _options(args.lstrip()).group() if name == "timeit" else args
        setup = args.lstrip()[len(options) :] if name == "timeit" else ""
        before = self._statements(setup, at, line.find(setup, 2) if setup else 0) if setup.strip() else []
        return self._filled(_CELL_TEMPLATES[name], "%%" + name, options.strip(), before, self.block(at + 1), at, True)

    def _rewritten(self, start, found):
        """The lines, with a call in the place of each magic; what stands before `start` is blank."""
        lines, open_quote, depth, continued = [""] * start, None, 0, False
        at = start
        while at < len(self.lines):
            line = self.lines[at]
            magic = None
            if open_quote is None and depth == 0 and not continued:
                magic = self._magic(at)
            if magic is None:
                open_quote, depth, continued = _scan(line, open_quote, depth)
                lines.append(line)
                at += 1
                continue
            lines.append(f"{magic.head}{_PLACE}({len(found)})")
            found.append(magic)
            lines.extend([""] * (magic.height - 1))
            at += magic.height
        return lines

    def _magic(self, at):
        line, height = self.lines[at], 1
        asked = _asked_after(line)
        if asked:
            return _Magic("?", asked[1], at, height, asked[2], line.index(asked[2]), len(asked[3]))
        asked = _asked_before(line)
        if asked:
            return _Magic("?", asked[1], at, height, asked[3], line.rindex(asked[3]), len(asked[2]))
        match = _line_magic(line) or _assigned(line)
        if match is None:
            return None
        if match.re.groups == 3 and match[2][0] == "%" and not _name(match[3]):
            return None
        while line.endswith("\\") and at + height < len(self.lines):
            line = line[:-1] + " " + self.lines[at + height].strip()
            height += 1
        if match.re.groups == 3:
            match = _line_magic(line)
            return _Magic(match[2], match[1], at, height, match[3], match.start(3))
        match = _assigned(line)
        return _Magic(match[3], f"{match[1]}{match[2]} = ", at, height, match[4], match.start(4))

    def _expand(self, tree, found):
        last = tree.body[-1]
        for node in list(ast.walk(tree)):
            for field in ("body", "orelse", "finalbody"):
                statements = getattr(node, field, None)
                if isinstance(statements, list):
                    expanded = []
                    for statement in statements:
                        expanded.extend(self._expanded(statement, found, statement is last))
                    setattr(node, field, expanded)

    def _expanded(self, statement, found, last):
        value = statement.value if isinstance(statement, (ast.Expr, ast.Assign)) else None
        if not (isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == _PLACE):
            return [statement]
        magic = found[value.args[0].value]
        at, line = magic.at, self.lines[magic.at]
        name = _name(magic.text).group() if magic.mark == "%" else None
        if name in _LINE_TEMPLATES:
            rest = magic.text[len(name) :]
            column = magic.column + len(name)
            options = rest[: len(rest) - len(rest.lstrip())]
            if name == "timeit":
                options += _options(rest.lstrip()).group()
            body = self._statements(rest[len(options) :], at, column + len(options))
            if isinstance(statement, ast.Assign):
                if name == "timeit" or len(body) != 1 or not isinstance(body[0], ast.Expr):
                    raise self._error(f"%{name} has no value to assign here", at, magic.column)
                statement.value = body[0].value
                body = [statement]
            return self._filled(_LINE_TEMPLATES[name], "%" + name, options.strip(), [], body, at, last)
        if magic.mark == "?":
            call = self._question(magic)
        elif magic.mark == "%":
            call = _call("line", name, magic.text[len(name) :].strip())
        elif magic.mark == "%%":
            call = _call("misplaced", magic.text.strip())
        else:
            call = _call("system", magic.text.strip())
        located = _located(call, at + 1, len(line) - len(line.lstrip()), len(line))
        if isinstance(statement, ast.Expr):
            return [located]
        statement.value = located.value
        return [statement]

    def _question(self, magic):
        if magic.text.startswith("%"):
            return _call("about_magic", magic.text.lstrip("%"))
        tree = _compile(f"__praxis__.about(lambda: {magic.text}, 0, 0)", self.filename, "exec", _TREE, True)
        tree.body[0].value.args[1:] = [ast.Constant(magic.text), ast.Constant(magic.detail)]
        return tree.body[0]

    def _statements(self, text, at, column):
        """Python that stands on line `at` from `column` on."""
        try:
            body = _compile(text, self.filename, "exec", _TREE, True).body
        except _SyntaxError as error:
            problem = self._error(error.msg, at, column + (error.offset or 1) - 1, type(error))
        else:
            problem = None
        if problem is not None:
            raise problem
        shift = len(self.lines[at][:column].encode("utf-8"))
        for statement in body:
            for node in ast.walk(statement):
                if hasattr(node, "lineno"):
                    node.lineno, node.end_lineno = at + 1, at + 1
                    node.col_offset += shift
                    node.end_col_offset += shift
        return body

    def _filled(self, template, name, options, before, body, at, last):
        value = None
        if last and body and isinstance(body[-1], ast.Expr) and template is not _LOOPED:
            # The value of the last line is shown as that of any other cell.
            expression = body[-1]
            keep = _compile("__praxis__.value = 0", self.filename, "exec", _TREE, True).body[0]
            ast.copy_location(keep, expression)
            for node in ast.walk(keep):
                if hasattr(node, "lineno"):
                    ast.copy_location(node, expression)
            keep.value = expression.value
            take = _compile("__praxis__.take()", self.filename, "exec", _TREE, True).body[0]
            for node in ast.walk(take):
                if hasattr(node, "lineno"):
                    ast.copy_location(node, expression)
            if template is _CAPTURED:
                take.value.func.attr = "show"
            body = [*body[:-1], keep, *([take] if template is _CAPTURED else [])]
            value = None if template is _CAPTURED else take
        tree = _compile(template, self.filename, "exec", _TREE, True)
        line = self.lines[at]
        for statement in tree.body:
            _located(statement, at + 1, 0, len(line.encode("utf-8")))
        for node in list(ast.walk(tree)):
            if isinstance(node, ast.Call):
                node.args = [
                    part
                    for argument in node.args
                    for part in (
                        [_at(ast.Constant(name), argument), _at(ast.Constant(options), argument)]
                        if isinstance(argument, ast.Name) and argument.id == "ARGS"
                        else [argument]
                    )
                ]
            if isinstance(getattr(node, "body", None), list):
                node.body = [part for statement in node.body for part in _put(statement, before, body)]
        return tree.body if value is None else [*tree.body, value]

    def _error(self, message, at, column, kind=_SyntaxError):
        return kind(message, (self.filename, at + 1, column + 1, self.lines[at], at + 1, len(self.lines[at]) + 1))


class _Magic:
    """mark: `%`, `%%`, `!`, `!!` or `?`; head: what stands before it; text: what it is about, from `column` of line `at` on."""

    def __init__(self, mark, head, at, height, text, column, detail=0):
        self.mark, self.head, self.at, self.height = mark, head, at, height
        self.text, self.column, self.detail = text, column, detail


def _put(statement, before, body):
    name = statement.value.id if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Name) else None
    if name == "SETUP":
        return before
    if name == "BODY":
        return body or [_at(ast.Pass(), statement)]
    return [statement]


def _at(node, place):
    return ast.copy_location(node, place)


def _call(method, *texts):
    tree = _compile(f"__praxis__.{method}()", "<magic>", "exec", _TREE, True)
    tree.body[0].value.args = [ast.Constant(text) for text in texts]
    return tree.body[0]


def _located(statement, line, start, end):
    for node in ast.walk(statement):
        if "lineno" in node._attributes:
            node.lineno, node.end_lineno, node.col_offset, node.end_col_offset = line, line, start, end
    return statement


def _scan(line, quote, depth):
    """What is open at the end of a line: a quote, brackets, a backslash."""
    at, size = 0, len(line)
    while at < size:
        character = line[at]
        if quote is not None:
            if character == "\\":
                at += 2
            elif line.startswith(quote, at):
                at += len(quote)
                quote = None
            else:
                at += 1
            continue
        if character == "#":
            return None, depth, False
        if character == "\\" and at == size - 1:
            return None, depth, True
        if character in "\"'":
            quote = character * 3 if line.startswith(character * 3, at) else character
            at += len(quote)
            continue
        if character in "([{":
            depth += 1
        elif character in ")]}" and depth > 0:
            depth -= 1
        at += 1
    if quote is not None and len(quote) == 1 and not line.endswith("\\"):
        quote = None
    return quote, depth, False
