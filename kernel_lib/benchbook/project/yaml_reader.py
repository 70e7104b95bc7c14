"""Reads YAML that people wrote into plain values and structs, naming file, line and key of whatever is wrong.

Only YAML 1.2's core types exist here (`1e-3` is a number, `no` and `12:30` are text): no tags, so no objects; one key
once; aliases counted as if written out, so a "billion laughs" file ends at the limit instead of in memory.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import Any

import msgspec
import yaml

from benchbook.errors import InvalidInput

MAX_LENGTH = 300_000
MAX_NODES = 20_000
MAX_DEPTH = 40

_CORE = "tag:yaml.org,2002:"
_WORDS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_INTEGER = re.compile(r"[-+]?[0-9]+|0x[0-9a-fA-F]+|0o[0-7]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_SPECIAL = re.compile(r"([-+]?)\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_KINDS = {
    dict: "a mapping",
    list: "a list",
    str: "text",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
}


class _PlainLoader(yaml.SafeLoader):
    """Builds nodes only; which plain word is a number is decided by `plain_value`."""

    yaml_implicit_resolvers = {}  # noqa: RUF012  as its base class declares it


def plain_value(text: str) -> bool | int | float | str | None:
    """What an unquoted word means: null, true, a number, else text.

    Raises:
        InvalidInput: if a whole number has more than 300 digits.
    """
    if text in _NULLS:
        return None
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        if len(text) > 300:
            raise InvalidInput(f"The number {text[:20]}… has {len(text)} digits.", hint="Quote it if it is text.")
        return int(text, 0) if text[:2] in ("0x", "0o") else int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    special = _SPECIAL.fullmatch(text)
    return float(special[1] + special[2] if special[2] else "nan") if special else text


class Place(msgspec.Struct, frozen=True):
    """Where in a file a value stands: its keys from the top, and its line."""

    file: str
    keys: tuple[str | int, ...] = ()
    line: int = 1

    def __str__(self) -> str:
        path = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in self.keys).lstrip(".")
        return f"{self.file}, line {self.line}" + (f", {path}" if path else "")


class Document:
    """One YAML text as a tree that knows its lines."""

    def __init__(self, text: str, file: str) -> None:
        self._file = file
        self._nodes = 0
        self._root = self._compose(text)

    def _compose(self, text: str) -> yaml.Node | None:
        if len(text) > MAX_LENGTH:
            raise InvalidInput(f"{self._file} has {len(text):,} characters; at most {MAX_LENGTH:,} are read.")
        loader = _PlainLoader
        try:
            depth = 0
            for event in yaml.parse(text, loader):
                depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
                if depth > MAX_DEPTH:
                    raise _wrong(self._at(event), f"is nested deeper than {MAX_DEPTH} levels")
            return yaml.compose(text, loader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line = mark.line + 1 if mark else 1
            said = " ".join(part for part in (error.context, error.problem) if part)
            hint = "Check quotes, colons and the spaces at the beginning of the line."
            raise InvalidInput(f"{self._file}, line {line}: this is not YAML ({said}).", hint=hint) from error
        except yaml.YAMLError as error:
            raise InvalidInput(f"{self._file} is not YAML ({error}).", hint="Save it as UTF-8 text.") from error

    def read(self, shape: type) -> Any:
        """The document as a ``shape`` (a struct), or None if the text is empty.

        Raises:
            InvalidInput: naming file, line, key, value and expectation.
        """
        return None if self._root is None else self._build(self._root, msgspec.inspect.type_info(shape), ())

    def value(self) -> Any:
        """The document as plain values.

        Raises:
            InvalidInput: at a tag, a key given twice, or more than the limits allow.
        """
        return None if self._root is None else self._build(self._root, msgspec.inspect.AnyType(), ())

    def line(self, keys: tuple[str | int, ...]) -> int:
        """The line on which ``keys`` lead, or as near as they lead."""
        node, line = self._root, 1
        for key in keys:
            found: yaml.Node | None = None
            if isinstance(node, yaml.MappingNode):
                found = next((value for name, value in node.value if name.value == key), None)
            elif isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
                found = node.value[key]
            if found is None:
                break
            node, line = found, _line(found)
        return line

    def place(self, keys: tuple[str | int, ...]) -> Place:
        """Where ``keys`` lead, to be named in an error."""
        return Place(self._file, keys, self.line(keys))

    def _at(self, node: yaml.Node | yaml.Event, keys: tuple[str | int, ...] = ()) -> Place:
        return Place(self._file, keys, _line(node))

    def _build(self, node: yaml.Node, shape: msgspec.inspect.Type, keys: tuple[str | int, ...]) -> Any:
        self._check(node, keys)
        if isinstance(shape, msgspec.inspect.Metadata):
            shape = shape.type
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, _member(shape, _MAPPINGS), keys)
        if isinstance(node, yaml.SequenceNode):
            shape = _member(shape, (msgspec.inspect.ListType,))
            item = self._part(node, shape, msgspec.inspect.ListType, keys, "a list")
            return [self._build(child, item, (*keys, place)) for place, child in enumerate(node.value)]
        quoted = isinstance(node, yaml.ScalarNode) and node.style
        value = node.value if quoted else plain_value(node.value)
        _check_scalar(value, shape, self._at(node, keys))
        return value

    def _check(self, node: yaml.Node, keys: tuple[str | int, ...]) -> None:
        """Refuse tags, and trees that get too large or too deep once aliases are written out."""
        self._nodes += 1
        place = self._at(node, keys)
        if self._nodes > MAX_NODES or len(keys) > MAX_DEPTH:
            raise _wrong(place, f"is too much: with aliases written out, {self._file} has over {MAX_NODES:,} values")
        if node.tag not in (_CORE + "map", _CORE + "seq", _CORE + "str"):
            tag = node.tag.replace(_CORE, "!!")
            raise _wrong(place, f"has the YAML tag {tag!r}, and tags are not accepted", "Write the plain value.")

    def _mapping(self, node: yaml.MappingNode, shape: msgspec.inspect.Type, keys: tuple[str | int, ...]) -> Any:
        pairs = self._pairs(node, keys)
        if isinstance(shape, msgspec.inspect.StructType):
            return self._struct(node, pairs, shape, keys)
        part = self._part(node, shape, msgspec.inspect.DictType, keys, "a mapping")
        return {key: self._build(child, part, (*keys, key)) for key, child in pairs.items()}

    def _part(self, node: yaml.Node, shape: Any, wanted: Any, keys: tuple[str | int, ...], word: str) -> Any:
        """The shape of what is inside ``node``, which is a mapping or list as ``word`` says."""
        if isinstance(shape, msgspec.inspect.AnyType):
            return shape
        if not isinstance(shape, wanted):
            raise _wrong(self._at(node, keys), f"is {word}; {_expected(shape)} is expected")
        return shape.value_type if wanted is msgspec.inspect.DictType else shape.item_type

    def _pairs(self, node: yaml.MappingNode, keys: tuple[str | int, ...]) -> dict[str, yaml.Node]:
        pairs: dict[str, yaml.Node] = {}
        for key, child in node.value:
            self._check(key, keys)
            place = self._at(key, keys)
            if not isinstance(key, yaml.ScalarNode):
                raise _wrong(place, "has a key that is not text", "Write `key: value`.")
            if key.value == "<<" and key.style is None:
                raise _wrong(place, "has a merge key '<<', which is not accepted", "Write the values out.")
            if key.value in pairs:
                raise _wrong(place, f"has the key {key.value!r} twice", "Keep one of the two.")
            pairs[key.value] = child
        return pairs

    def _struct(
        self,
        node: yaml.MappingNode,
        pairs: dict[str, yaml.Node],
        shape: msgspec.inspect.StructType,
        keys: tuple[str | int, ...],
    ) -> Any:
        known = {field.encode_name: field for field in shape.fields}
        for key, child in pairs.items():
            if key not in known:
                near = get_close_matches(key, known, n=1, cutoff=0.5)
                hint = f"Did you mean {near[0]!r}? " if near else ""
                place = Place(self._file, (*keys, key), _line(child))
                raise _wrong(place, "is not a known key", f"{hint}Known here: {', '.join(known)}.")
        for name, field in known.items():
            if field.required and name not in pairs:
                raise _wrong(self._at(node, keys), f"lacks the key {name!r}", f"Add `{name}:` there.")
        # `params:` with nothing behind it means the same as no `params:` at all.
        given = {key: child for key, child in pairs.items() if known[key].required or not _is_nothing(child)}
        built = {known[key].name: self._build(child, known[key].type, (*keys, key)) for key, child in given.items()}
        return shape.cls(**built)


_MAPPINGS = (msgspec.inspect.StructType, msgspec.inspect.DictType)


def _member(shape: msgspec.inspect.Type, kinds: tuple[type[msgspec.inspect.Type], ...]) -> msgspec.inspect.Type:
    """Of a union the part of one of ``kinds``; anything else as it is."""
    parts = shape.types if isinstance(shape, msgspec.inspect.UnionType) else ()
    return next((part for part in parts if isinstance(part, kinds)), shape)


def _line(node: yaml.Node | yaml.Event) -> int:
    return node.start_mark.line + 1 if node.start_mark else 1


def _is_nothing(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and not node.style and node.value in _NULLS


def _check_scalar(value: Any, shape: msgspec.inspect.Type, place: Place) -> None:
    """Refuse a plain ``value`` that is not of the type ``shape``."""
    shapes = shape.types if isinstance(shape, msgspec.inspect.UnionType) else (shape,)
    kinds = {
        msgspec.inspect.StrType: str,
        msgspec.inspect.IntType: int,
        msgspec.inspect.BoolType: bool,
        msgspec.inspect.FloatType: float,
        msgspec.inspect.NoneType: type(None),
    }
    if any(isinstance(one, msgspec.inspect.AnyType) or kinds.get(type(one)) is type(value) for one in shapes):
        return
    if any(isinstance(one, msgspec.inspect.LiteralType) and value in one.values for one in shapes):
        return
    said = "nothing" if value is None else f"{value!r}, {_KINDS[type(value)]}"
    hint = f'Quote it if it is meant as text: "{value}".' if value is not None and str in map(_python, shapes) else ""
    raise _wrong(place, f"is {said}; {_expected(shape)} is expected", hint)


def _python(shape: msgspec.inspect.Type) -> type | None:
    return str if isinstance(shape, msgspec.inspect.StrType) else None


def _expected(shape: msgspec.inspect.Type) -> str:
    names = {
        msgspec.inspect.StructType: "a mapping",
        msgspec.inspect.DictType: "a mapping",
        msgspec.inspect.ListType: "a list",
        msgspec.inspect.IntType: "a whole number",
        msgspec.inspect.BoolType: "true or false",
        msgspec.inspect.FloatType: "a number",
    }
    if isinstance(shape, msgspec.inspect.UnionType):
        kinds = [part for part in shape.types if not isinstance(part, msgspec.inspect.NoneType)]
        if any(isinstance(part, msgspec.inspect.FloatType) for part in kinds):
            kinds = [part for part in kinds if not isinstance(part, msgspec.inspect.IntType)]
        return " or ".join(dict.fromkeys(_expected(part) for part in kinds))
    if isinstance(shape, msgspec.inspect.LiteralType):
        return " or ".join(map(repr, shape.values))
    return names.get(type(shape), "text")


def _wrong(place: Place, what: str, hint: str = "") -> InvalidInput:
    text = str(place)
    return InvalidInput(f"{text}: this {what}." if not place.keys else f"{text} {what}.", hint=hint)
