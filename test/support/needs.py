"""What modules need, found by Python's own parser: the other reading of the rules in `wasm-runtime/src/choice/needs.ts`."""

import ast

CATCHING = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}


def names_in(nodes):
    found = set()
    for node in nodes:
        for part in ast.walk(node):
            found.add(part.id if isinstance(part, ast.Name) else part.attr if isinstance(part, ast.Attribute) else None)
    return found


def raises(handler):
    for node in ast.walk(handler):
        if isinstance(node, ast.Raise):
            return True
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", None) or getattr(node.func, "attr", None)
            if name == "exit":
                return True
    return False


def needs_of(body):
    needs = []
    for statement in body:
        needs += needs_of_statement(statement)
    return needs


def needs_of_statement(node):
    if isinstance(node, ast.Import):
        return [alias.name.partition(".")[0] for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [] if node.level else [node.module.partition(".")[0]]
    if isinstance(node, (ast.Try, ast.TryStar)):
        return needs_of_try(node)
    if isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING"):
        return needs_of(node.orelse)
    if isinstance(node, ast.With):
        names = names_in(node.items)
        if "suppress" in names and names & CATCHING:
            return []
    if isinstance(node, ast.Match):
        return [need for case in node.cases for need in needs_of(case.body)]
    return needs_of(getattr(node, "body", [])) + needs_of(getattr(node, "orelse", []))


def needs_of_try(node):
    tried = needs_of(node.body)
    rest = needs_of(node.orelse) + needs_of(node.finalbody)
    handlers = [
        (needs_of(handler.body), handler.type is None or bool(names_in([handler.type]) & CATCHING), raises(handler))
        for handler in node.handlers
    ]
    if not tried:
        return [need for needs, _, _ in handlers for need in needs] + rest
    ways = [{"all": needs} for needs, catches, raising in handlers if catches and not raising]
    others = [need for needs, catches, _ in handlers if not catches for need in needs]
    return ([{"any": [{"all": tried}, *ways]}] if ways else tried) + others + rest


def needs_of_source(source):
    """None for what Python refuses."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return None
    return {"all": needs_of(tree.body)}
