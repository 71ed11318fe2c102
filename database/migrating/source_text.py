"""The functions and other definitions of a module, in one form whatever their layout is."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import Any

type Definition = ast.stmt

NORMAL = "_prodobit_normal"
"""Where a part of a module keeps its normal form."""


def reached(tree: ast.Module, roots: Iterable[str]) -> list[Definition]:
    """Return what a module defines of some names, and of the names used there, and so on.

    Args:
        tree: The module.
        roots: Names at its top level.

    Returns:
        Imports first, then the rest, by name: their order in the module means nothing.
    """
    bindings = _bindings(tree)
    wanted = list(roots)
    found: dict[str, None] = {}
    while wanted:
        name = wanted.pop()
        if name not in found and name in bindings:
            found[name] = None
            for definition in bindings[name]:
                wanted += names_in(definition)
    statements: dict[int, tuple[tuple[bool, str], Definition]] = {}
    for name in sorted(found):
        for definition in bindings[name]:
            is_import = isinstance(definition, ast.Import | ast.ImportFrom)
            statements.setdefault(id(definition), ((not is_import, name), definition))
    return [definition for _, definition in sorted(statements.values(), key=lambda item: item[0])]


def names_in(node: ast.AST) -> list[str]:
    """Return the names that a part of a module uses."""
    return [item.id for item in ast.walk(normal(node)) if isinstance(item, ast.Name)]


def readable(node: ast.AST) -> str:
    """Return a part of a module as Python, without comments, docstrings and annotations."""
    return ast.unparse(normal(node))


def exact(node: ast.AST) -> str:
    """Return a part of a module in a form that no version of Python writes otherwise."""
    return _dump(normal(node))


def normal(node: ast.AST) -> Any:
    """Return a copy of a part of a module without what does nothing when it runs.

    It is kept with the part, which is not to be changed any more; neither is the copy.
    """
    if NORMAL not in vars(node):
        vars(node)[NORMAL] = _normal(node)
    return vars(node)[NORMAL]


def _normal(node: ast.AST) -> Any:
    copied = ast.parse(ast.unparse(node)) if isinstance(node, ast.stmt) else None
    if copied is not None and len(copied.body) == 1:
        return _Normal().visit(copied.body[0])
    expression = ast.parse(ast.unparse(node), mode="eval").body
    return _Normal().visit(expression)


def _bindings(tree: ast.Module) -> dict[str, list[Definition]]:
    found: dict[str, list[Definition]] = {}
    for statement in tree.body:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            for alias in statement.names:
                single = _single_import(statement, alias)
                found.setdefault((alias.asname or alias.name).split(".")[0], []).append(single)
            continue
        for name in dict.fromkeys(_bound(statement)):
            found.setdefault(name, []).append(statement)
    return found


def _single_import(statement: ast.Import | ast.ImportFrom, alias: ast.alias) -> Definition:
    if isinstance(statement, ast.Import):
        return ast.Import([alias])
    return ast.ImportFrom(statement.module, [alias], statement.level)


def _bound(statement: ast.stmt) -> Iterator[str]:
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield statement.name
        return
    for node in ast.walk(statement):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store | ast.Del):
            yield node.id
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.alias):
            yield (node.asname or node.name).split(".")[0]
        elif isinstance(node, ast.Expr):
            # NAMES.append(...), at the top level: done to what the name stands for.
            yield from _receiver(node)
    if isinstance(statement, ast.Assign | ast.AugAssign | ast.AnnAssign):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        for target in targets:
            yield from _root(target)


def _receiver(node: ast.Expr) -> Iterator[str]:
    if isinstance(node.value, ast.Call) and isinstance(node.value.func, ast.Attribute):
        yield from _root(node.value.func)


def _root(node: ast.AST) -> Iterator[str]:
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    if isinstance(node, ast.Name):
        yield node.id


class _Normal(ast.NodeTransformer):
    """Takes away docstrings and annotations, and sorts keyword arguments."""

    def __init__(self) -> None:
        self.fields: set[int] = set()

    def _function(self, node: Any) -> Any:
        node = self._body(node)
        node.returns = None
        arguments = node.args
        for argument in (
            *arguments.posonlyargs,
            *arguments.args,
            *arguments.kwonlyargs,
            *filter(None, (arguments.vararg, arguments.kwarg)),
        ):
            argument.annotation = None
        return node

    def _body(self, node: Any) -> Any:
        self.generic_visit(node)
        kept = [
            statement
            for statement in node.body
            if not isinstance(statement, ast.Pass)
            and not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant))
        ]
        node.body = kept or [ast.Pass()]
        return node

    visit_FunctionDef = visit_AsyncFunctionDef = _function  # noqa: N815

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        # There an annotation may make a field, of a dataclass for one.
        self.fields |= {id(item) for item in node.body if isinstance(item, ast.AnnAssign)}
        body: ast.AST = self._body(node)
        return body

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        self.generic_visit(node)
        if id(node) in self.fields or node.value is None:
            return node
        plain = ast.Assign([node.target], node.value, type_comment=None)
        return ast.copy_location(plain, node)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        self.generic_visit(node)
        # Python 3.12 leaves empty ones behind.
        node.values = [
            item for item in node.values if not (isinstance(item, ast.Constant) and not item.value)
        ]
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        node.keywords = _sorted(node.keywords)
        return node

    def visit_Delete(self, node: ast.Delete) -> ast.AST:
        self.generic_visit(node)
        node.targets = [
            item
            for target in node.targets
            for item in (target.elts if isinstance(target, ast.Tuple) else [target])
        ]
        return node


def _sorted(keywords: list[ast.keyword]) -> list[ast.keyword]:
    """Sort keyword arguments, unless the order in which their values are found may matter."""
    acting = [keyword for keyword in keywords if _acts(keyword.value)]
    if len(acting) > 1 or any(keyword.arg is None for keyword in keywords):
        return keywords
    return sorted(keywords, key=lambda keyword: keyword.arg or "")


def _acts(node: ast.AST) -> bool:
    kinds = ast.Call | ast.Await | ast.Yield | ast.YieldFrom | ast.NamedExpr
    return any(isinstance(item, kinds) for item in ast.walk(node))


def _dump(value: Any) -> str:
    # Not ast.dump(): which fields it writes depends on the version of Python.
    if isinstance(value, ast.AST):
        fields = (
            f"{name}={_dump(item)}"
            for name, item in ast.iter_fields(value)
            if name not in ("ctx", "kind", "type_comment") and item not in (None, [])
        )
        if isinstance(value, ast.Constant):
            return f"Constant({value.value!r})"
        return f"{type(value).__name__}({', '.join(fields)})"
    if isinstance(value, list):
        return f"[{', '.join(map(_dump, value))}]"
    return repr(value)
