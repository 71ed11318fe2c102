"""Names of PostgreSQL → names of Python: classes, fields, members of choices."""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Collection, Container

from django.db import models

UNCOUNTABLE = frozenset(
    (
        "aliases",
        "aws",
        "bus",
        "canvas",
        "chaos",
        "corps",
        "cors",
        "css",
        "data",
        "dns",
        "equipment",
        "feedback",
        "gas",
        "gps",
        "has",
        "info",
        "information",
        "ios",
        "is",
        "its",
        "lens",
        "media",
        "metadata",
        "money",
        "news",
        "os",
        "pos",
        "series",
        "sms",
        "species",
        "staff",
        "tls",
        "was",
    )
) - {"aliases"}
IRREGULAR = {
    "aliases": "alias",
    "analyses": "analysis",
    "atlases": "atlas",
    "axes": "axis",
    "bases": "base",
    "caches": "cache",
    "calves": "calf",
    "canvases": "canvas",
    "children": "child",
    "cookies": "cookie",
    "crises": "crisis",
    "criteria": "criterion",
    "diagnoses": "diagnosis",
    "feet": "foot",
    "gases": "gas",
    "geese": "goose",
    "halves": "half",
    "headaches": "headache",
    "hypotheses": "hypothesis",
    "indices": "index",
    "knives": "knife",
    "leaves": "leaf",
    "lenses": "lens",
    "lives": "life",
    "matrices": "matrix",
    "men": "man",
    "mice": "mouse",
    "movies": "movie",
    "parentheses": "parenthesis",
    "people": "person",
    "phenomena": "phenomenon",
    "pies": "pie",
    "quizzes": "quiz",
    "selves": "self",
    "shelves": "shelf",
    "shoes": "shoe",
    "syntheses": "synthesis",
    "teeth": "tooth",
    "theses": "thesis",
    "thieves": "thief",
    "ties": "tie",
    "toes": "toe",
    "vertices": "vertex",
    "wives": "wife",
    "wolves": "wolf",
    "women": "woman",
    "zombies": "zombie",
}
PLURALS = {
    singular: plural
    for plural, singular in IRREGULAR.items()
    if plural not in ("axes", "bases", "caches", "canvases")
} | {"axis": "axes", "base": "bases", "cache": "caches", "canvas": "canvases"}
ENDINGS = (
    (r"ies$", "y"),
    (r"(ss|x|sh|ch|zz)es$", r"\1"),
    (r"(ou|au)ses$", r"\1se"),
    (r"([iu])ses$", r"\1s"),
    (r"([^aeiou])oes$", r"\1o"),
    (r"(ss|us|is)$", r"\1"),
    (r"s$", ""),
)
"""The first that fits decides. -uses: statuses, bonuses, viruses, but houses and causes before."""
E_WORDS = re.compile(r"(?:^use|excuse|promise|franchise|exercise|enterprise|premise|raise|noise)s$")

WORDS = re.compile(r"[^\W_]+")
HUMPS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")

IMPORTED = frozenset(
    (
        "I",
        "O",
        "CITextField",
        "Collate",
        "Condition",
        "ForeignKey",
        "OrderBy",
        "Decimal",
        "DomainField",
        "EnumField",
        "F",
        "Index",
        "Lower",
        "Q",
        "ArrayField",
        "ExclusionConstraint",
        "HStoreField",
        "JSONTextField",
        "KeyCharField",
        "Meta",
        "OneToOneField",
        "OpClass",
        "SQL",
        "SearchQueryField",
        "SearchVectorField",
        "TypeField",
        "Model",
        "Object",
        "Type",
        "TransactionStart",
        "Upper",
        "SerialField",
        "ReferenceAction",
    )
)
"""Names that the written modules import or Django keeps for itself; no class may take them."""


def words(name: str) -> list[str]:
    """Split ``orderLines``, ``order_lines`` or ``Order Lines`` into words in lower case."""
    plain = unicodedata.normalize("NFKC", name)
    return [word.lower() for word in WORDS.findall(HUMPS.sub("_", plain))]


def singular(word: str) -> str:
    """Return an English noun in the singular; a word that is no plural stays as it is."""
    if word in UNCOUNTABLE or len(word) < 3 or not word.isascii():
        return word
    if word in IRREGULAR:
        return IRREGULAR[word]
    for ending in ("people", "children", "men", "women"):
        if word.endswith(ending) and word != "specimen" and ending in IRREGULAR and len(word) > 6:
            return word.removesuffix(ending) + IRREGULAR[ending] if ending != "men" else word
    if E_WORDS.search(word):
        return word[:-1]
    for ending, replacement in ENDINGS:
        if re.search(ending, word):
            return re.sub(ending, replacement, word)
    return word


def plural(word: str) -> str:
    """Return an English noun in the plural."""
    if word in UNCOUNTABLE:
        return word
    if word in PLURALS:
        return PLURALS[word]
    if re.search(r"[^aeiou]y$", word):
        return word[:-1] + "ies"
    if re.search(r"(s|x|z|sh|ch)$", word) or word in ("echo", "hero", "potato", "tomato", "veto"):
        return word + "es"
    return word + "s"


def snake(name: str) -> str:
    """Return a name as Python writes variables; empty if nothing of it is left."""
    text = "_".join(words(name))
    # A dot above, as lower() makes of some capitals, is no letter of an identifier's own.
    text = "".join(character for character in text if f"n{character}".isidentifier())
    return text if not text or text.isidentifier() else f"n{text}"


def singular_snake(name: str) -> str:
    """Return the name of one row of the table ``name``: ``order_line`` for ``OrderLines``."""
    parts = words(name)
    if parts:
        parts[-1] = singular(parts[-1])
    return snake("_".join(parts))


def plural_snake(name: str) -> str:
    """Return the name of many rows of the table: ``order_lines`` for ``OrderLine``."""
    parts = words(name)
    if parts:
        parts[-1] = plural(singular(parts[-1]))
    return snake("_".join(parts))


def camel(name: str) -> str:
    """Return a name as Python writes classes, in the number it has."""
    text = "".join(word[:1].upper() + word[1:] for word in snake(name).split("_"))
    # Of a script without capitals, it would not look like a class.
    return text if text.isidentifier() and text[:1].isupper() else f"N{text}"


def class_name(table: str, schema: str, taken: Container[str]) -> str:
    """Return a class name for a table.

    Args:
        table: Name of the table.
        schema: Its schema, used only if the plain name is taken.
        taken: Names in lower case that other classes have: Django tells them apart by that.
    """
    candidates = [singular_snake(table) or "table", snake(table) or "table"]
    candidates += [f"{schema}_{candidates[0]}", f"{schema}_{candidates[1]}"]
    candidates += [f"{candidates[0]}_record"]
    for candidate in candidates:
        name = camel(candidate)
        if name.lower() not in taken and name not in IMPORTED and not keyword.iskeyword(name):
            return name
    name = camel(candidates[0])
    number = 2
    while f"{name}{number}".lower() in taken:
        number += 1
    return f"{name}{number}"


def choices_name(type_: str, schema: str, taken: Container[str]) -> str:
    """Return a class name for an enum type.

    Args:
        type_: Name of the type.
        schema: Its schema if that must be named, used only if the plain name is taken.
        taken: Names of classes in lower case.
    """
    plain = singular_snake(type_) or "values"
    candidates = [camel(plain), camel(f"{schema}_{plain}"), camel(f"{plain}_choices")]
    for name in candidates:
        if name.lower() not in taken and name not in IMPORTED and not keyword.iskeyword(name):
            return name
    number = 2
    while f"{candidates[-1]}{number}".lower() in taken:
        number += 1
    return f"{candidates[-1]}{number}"


def field_name(column: str, taken: Collection[str]) -> str:
    """Return a field name for a column that Python and Django accept and that is not taken."""
    name = snake(column) or "column"
    if name not in taken and is_field_name(name):
        return name
    for ending in ("_field", "_value"):
        if name + ending not in taken and is_field_name(name + ending):
            return name + ending
    return _numbered(f"{name}_field", taken)


def is_field_name(name: str) -> bool:
    """Tell whether a model's field may have that name."""
    return (
        name.isidentifier()
        and not keyword.iskeyword(name)
        and not name.endswith("_")
        and "__" not in name
        and name != "pk"
        and not hasattr(models.Model, name)
        and name not in ("objects", "model", "l", "O", "I")
    )


def member_name(value: str, taken: Container[str]) -> str:
    """Return the name of a member of choices: ``IN_PROGRESS`` for ``in-progress``."""
    name = snake(value).upper() or ("EMPTY" if not value else _spelled(value))
    if keyword.iskeyword(name) or not name.isidentifier() or name in ("NAME", "VALUE"):
        name = f"{name}_"
    return name if name not in taken else _numbered(name, taken)


def _spelled(value: str) -> str:
    """Return what the first signs of a text are called: ``HYPHEN_MINUS`` for ``-``."""
    called = [unicodedata.name(character, "") for character in value[:2]]
    return snake("_".join(called)).upper() or "SIGN"


def unique(name: str, taken: Container[str]) -> str:
    """Return ``name``, with a number behind it if it is taken."""
    return name if name not in taken else _numbered(name, taken)


def _numbered(name: str, taken: Container[str]) -> str:
    number = 2
    while f"{name}_{number}" in taken or f"{name}_{number}".lower() in taken:
        number += 1
    return f"{name}_{number}"
