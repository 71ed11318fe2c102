"""Changing the names in a migration file, and nothing else of it."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

type Key = tuple[str, str]

ATTRIBUTES = ("dependencies", "run_before", "replaces")
_LINE_END = re.compile(rb"\r\n|\r|\n")
_PLAIN = re.compile(r"""(?P<prefix>[rRuU]?)(?P<quote>['"])[^'"\\]*(?P=quote)""")


class SourceError(Exception):
    """A file cannot be edited; the message says why, as the end of a sentence."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A place in a file that names a migration, as in ``("shop", "0001_begin")``.

    Attributes:
        attribute: ``dependencies``, ``run_before`` or ``replaces``.
        key: App and name.
        node: The constant that is the name.
    """

    attribute: str
    key: Key
    node: ast.Constant


class Source:
    """The text of a migration file.

    Args:
        path: The file.

    Raises:
        SourceError: It is no Python, or has no class Migration.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.content = path.read_bytes()
        try:
            self.encoding, _ = tokenize.detect_encoding(io.BytesIO(self.content).readline)
            # Without a byte order mark, from behind which positions are counted.
            text = self.content.decode(self.encoding)
            self.mark = b"\xef\xbb\xbf" if self.encoding == "utf-8-sig" else b""
            tree = ast.parse(text)
        except (SyntaxError, UnicodeDecodeError, ValueError) as error:
            raise SourceError(f"is not readable as Python ({error})") from error
        self.text = text.encode()
        classes = [
            node
            for node in tree.body
            if isinstance(node, ast.ClassDef) and node.name == "Migration"
        ]
        if len(classes) != 1:
            raise SourceError("has not exactly one class Migration")
        self.references = list(_references(classes[0]))

    def edited(self, name_of: Callable[[Reference], str]) -> bytes:
        """Return the file's content with other names in some places.

        Args:
            name_of: Returns the name to stand in the place of a reference.
        """
        starts = [0, *(match.end() for match in _LINE_END.finditer(self.text))]
        text = self.text
        for reference in sorted(self.references, key=_place, reverse=True):
            new = name_of(reference)
            node = reference.node
            if new == reference.key[1]:
                continue
            assert node.end_lineno is not None
            assert node.end_col_offset is not None
            begin = starts[node.lineno - 1] + node.col_offset
            end = starts[node.end_lineno - 1] + node.end_col_offset
            text = text[:begin] + _quoted(text[begin:end].decode(), new).encode() + text[end:]
        if text == self.text:
            return self.content
        encoding = "utf-8" if self.mark else self.encoding
        return self.mark + text.decode().encode(encoding)


def _place(reference: Reference) -> tuple[int, int]:
    return reference.node.lineno, reference.node.col_offset


def _quoted(old: str, new: str) -> str:
    match = _PLAIN.fullmatch(old)
    if match is None:
        return repr(new)
    return f"{match['prefix']}{match['quote']}{new}{match['quote']}"


def _references(migration: ast.ClassDef) -> Iterator[Reference]:
    for statement in migration.body:
        if isinstance(statement, ast.Assign):
            targets = statement.targets
        elif isinstance(statement, ast.AnnAssign):
            targets = [statement.target]
        else:
            continue
        names = {target.id for target in targets if isinstance(target, ast.Name)}
        for attribute in ATTRIBUTES:
            if attribute in names and statement.value is not None:
                yield from _keys(attribute, statement.value)


def _keys(attribute: str, value: ast.AST) -> Iterator[Reference]:
    for node in ast.walk(value):
        if isinstance(node, ast.Tuple | ast.List) and len(node.elts) == 2:
            label, name = node.elts
            if (
                isinstance(label, ast.Constant)
                and isinstance(name, ast.Constant)
                and isinstance(label.value, str)
                and isinstance(name.value, str)
            ):
                yield Reference(attribute, (label.value, name.value), name)
