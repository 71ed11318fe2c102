"""Python expressions as trees, and their text as ``ruff format`` would lay it out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH = 100
INDENT = 4


@dataclass(frozen=True, slots=True)
class Name:
    """Code that is never split: a name, a number, ``True``."""

    code: str


@dataclass(frozen=True, slots=True)
class Text:
    """A string; one that is too long for a line is written in pieces."""

    value: str


@dataclass(frozen=True, slots=True)
class Block:
    """A string of many lines, between triple quotes where its content allows."""

    value: str


@dataclass(frozen=True, slots=True)
class Call:
    """``function(arguments, keyword=…)``."""

    function: str
    arguments: tuple[Node, ...] = ()
    keywords: tuple[tuple[str, Node], ...] = ()


@dataclass(frozen=True, slots=True)
class Items:
    """A list, or a tuple."""

    items: tuple[Node, ...]
    brackets: str = "[]"


@dataclass(frozen=True, slots=True)
class Mapping:
    """A dict display."""

    items: tuple[tuple[Node, Node], ...]


@dataclass(frozen=True, slots=True)
class Chain:
    """Operands with one operator between them: ``Q(a=1) | Q(b=2)``."""

    operator: str
    operands: tuple[Node, ...]


type Node = Name | Text | Block | Call | Items | Mapping | Chain


def names(node: Node) -> set[str]:
    """Return the functions that are called anywhere in ``node``, up to their first dot."""
    if isinstance(node, Call):
        found = {node.function.lstrip("~").split(".")[0]}
        for part in (*node.arguments, *(value for _, value in node.keywords)):
            found |= names(part)
        return found
    if isinstance(node, Name):
        return {node.code.split(".")[0]}
    if isinstance(node, Items):
        return set().union(*(names(item) for item in node.items))
    if isinstance(node, Chain):
        return set().union(*(names(item) for item in node.operands))
    if isinstance(node, Mapping):
        return set().union(*(names(part) for item in node.items for part in item))
    return set()


def string(value: str) -> str:
    """Return a string literal with the quotes that need fewer escapes, double ones if equal."""
    if '"' not in value and "\\" not in value and value.isprintable():
        return f'"{value}"'
    quote = "'" if value.count('"') > value.count("'") else '"'
    text = "".join(_escaped(character, quote) for character in value)
    return quote + text + quote


def _escaped(character: str, quote: str) -> str:
    if character in ("\\", quote):
        return "\\" + character
    if character.isprintable():
        return character
    return repr(character)[1:-1]


def flat(node: Node) -> str:
    """Return ``node`` on one line."""
    match node:
        case Name(code):
            return code
        case Text(value):
            return string(value)
        case Block(value):
            return _block(value)
        case Items(items, brackets):
            inner = ", ".join(flat(item) for item in items)
            if brackets == "()" and len(items) == 1:
                inner += ","
            return brackets[0] + inner + brackets[1]
        case Mapping(pairs):
            return "{" + ", ".join(f"{flat(key)}: {flat(value)}" for key, value in pairs) + "}"
        case Chain(operator, operands):
            return f" {operator} ".join(_operand(operand) for operand in operands)
        case Call(function, arguments, keywords):
            parts = [flat(argument) for argument in arguments]
            parts += [f"{name}={flat(value)}" for name, value in keywords]
            return f"{function}({', '.join(parts)})"


def _operand(node: Node) -> str:
    return f"({flat(node)})" if isinstance(node, Chain) else flat(node)


def render(node: Node, indent: int, prefix: str = "", suffix: str = "") -> str:
    """Return ``prefix`` + ``node`` + ``suffix`` as lines, the first one indented as well."""
    pad = " " * indent
    line = pad + prefix + flat(node) + suffix
    if "\n" not in line and len(line) <= WIDTH:
        return line
    deeper = indent + INDENT
    match node:
        case Text(value):
            pieces = _pieces(value, WIDTH - deeper)
            if len(pieces) == 1 and (not prefix or len(line) <= WIDTH):
                return line
            if prefix:
                lines = [" " * deeper + piece for piece in pieces]
                return "\n".join([f"{pad}{prefix}(", *lines, f"{pad}){suffix}"])
            pieces = _pieces(value, WIDTH - indent)
            return "\n".join(pad + piece for piece in pieces) + suffix
        case Items(items, brackets):
            parts = [("", item) for item in items]
            return _bracketed(parts, indent, f"{prefix}{brackets[0]}", f"{brackets[1]}{suffix}")
        case Call(function, arguments, keywords):
            parts = [("", argument) for argument in arguments]
            parts += [(f"{name}=", value) for name, value in keywords]
            return _bracketed(parts, indent, f"{prefix}{function}(", f"){suffix}", hug=True)
        case Mapping(pairs):
            parts = [(f"{flat(key)}: ", value) for key, value in pairs]
            return _bracketed(parts, indent, f"{prefix}{{", f"}}{suffix}")
        case Chain(operator, operands):
            lines = []
            for place, operand in enumerate(operands):
                first = prefix if place == 0 else f"{operator} "
                last = suffix if place == len(operands) - 1 else ""
                if isinstance(operand, Chain):
                    lines.append(_parenthesised(operand, indent, first, last))
                else:
                    lines.append(render(operand, indent, first, last))
            return "\n".join(lines)
        case _:
            return line


def _parenthesised(node: Chain, indent: int, prefix: str, suffix: str) -> str:
    line = " " * indent + f"{prefix}({flat(node)}){suffix}"
    if len(line) <= WIDTH:
        return line
    pad = " " * indent
    return f"{pad}{prefix}(\n{render(node, indent + INDENT)}\n{pad}){suffix}"


def _bracketed(
    parts: Sequence[tuple[str, Node]],
    indent: int,
    opening: str,
    closing: str,
    *,
    hug: bool = False,
) -> str:
    pad, deeper = " " * indent, indent + INDENT
    if not parts:
        return f"{pad}{opening}{closing}"
    if hug:
        # Arguments of a call may share one line, elements of a list and the like never do.
        inner = ", ".join(name + flat(value) for name, value in parts)
        if "\n" not in inner and deeper + len(inner) <= WIDTH:
            return f"{pad}{opening}\n{' ' * deeper}{inner}\n{pad}{closing}"
    if hug and len(parts) == 1 and not parts[0][0] and isinstance(parts[0][1], Text | Chain):
        # Pieces of a string and operands are no elements, so no comma follows them.
        return f"{pad}{opening}\n{render(parts[0][1], deeper)}\n{pad}{closing}"
    lines = [render(value, deeper, name, ",") for name, value in parts]
    return "\n".join([f"{pad}{opening}", *lines, f"{pad}{closing}"])


def _pieces(value: str, width: int) -> list[str]:
    """Split a string into literals of at most ``width`` columns, at spaces where there are any."""
    pieces: list[str] = []
    rest = value
    while rest:
        taken = rest
        if len(string(taken)) > width:
            end = min(len(rest), width)
            while len(string(rest[:end])) > width:
                end -= 1
            space = rest.rfind(" ", 1, end)
            taken = rest[: space + 1] if space > width // 3 else rest[:end]
        pieces.append(string(taken))
        rest = rest[len(taken) :]
    return pieces or [string("")]


def _block(value: str) -> str:
    plain = all(character.isprintable() or character in "\n\t" for character in value)
    if "\n" not in value or not plain:
        return string(value)
    # Trailing spaces are part of the text, and no editor should be tempted to take them away.
    if '"""' in value or value.endswith(('"', "\\")) or " \n" in value or "\t\n" in value:
        return string(value)
    if "\\" not in value:
        return f'"""{value}"""'
    return f'r"""{value}"""'
