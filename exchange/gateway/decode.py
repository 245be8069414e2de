"""Bytes to requests and parameters; whatever is wrong with them becomes an RpcError.

Source: JSON-RPC 2.0; Deribit API v2, "HTTP" (parameters in the query string).
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal
from urllib.parse import unquote_to_bytes

import msgspec
from msgspec import Meta

from exchange.gateway.errors import (
    INVALID_PARAMS,
    INVALID_REQUEST,
    RpcError,
    invalid_params,
    invalid_request,
    parse_error,
)
from exchange.gateway.rpc import Method

RequestId = (
    Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)] | Annotated[str, Meta(max_length=64)] | None
)

EMPTY_PARAMS = msgspec.Raw(b"{}")
MAX_QUERY_FIELDS = 64
_MAX_REASON_CHARACTERS = 256


class Request(msgspec.Struct, forbid_unknown_fields=True):
    """A JSON-RPC request; the parameters are decoded when the method is known."""

    method: str
    id: RequestId = None
    params: msgspec.Raw = EMPTY_PARAMS
    jsonrpc: Literal["2.0"] | msgspec.UnsetType = msgspec.UNSET


class _Identified(msgspec.Struct):
    id: RequestId = None


class Refused(Exception):  # noqa: N818 - pairs an RpcError with the request that it answers
    """A request that could not be decoded; ``id`` is its id where that could be read, else None."""

    def __init__(self, error: RpcError, request_id: int | str | None) -> None:
        super().__init__(error)
        self.error = error
        self.id = request_id


_decode_request = msgspec.json.Decoder(Request).decode
_decode_id = msgspec.json.Decoder(_Identified).decode
_decode_object = msgspec.json.Decoder(dict[str, Any]).decode
_decode_raw_fields = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_NESTED_TOO_DEEPLY = "is nested too deeply"


def decode_request(message: str | bytes) -> Request:
    """Decode one request; raises Refused with -32700 (not JSON) or -32600 (not a request)."""
    try:
        request = _decode_request(message)
    except msgspec.ValidationError as error:
        # A well-known name: the batch of JSON-RPC, which the dialect has not.
        if message.lstrip()[:1] in ("[", b"["):
            wrong = invalid_request("batches are not offered: send one request a message")
        else:
            param, reason = explain(error)
            wrong = RpcError(INVALID_REQUEST, None, _fields(param, reason))
        raise Refused(wrong, _id_of(message)) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refused(parse_error(str(error)), None) from error
    except RecursionError:
        raise Refused(parse_error(_NESTED_TOO_DEEPLY), None) from None
    # Each name is followed by one colon, so as many colons as different names mean that none is
    # repeated; of more, some may stand in texts, and a slower look tells.
    colons = message.count(":") if isinstance(message, str) else message.count(b":")
    names = 1 + (request.id is not None) + (request.jsonrpc is not msgspec.UNSET)
    if request.params is not EMPTY_PARAMS:
        names += 1
        colons -= bytes(request.params).count(b":")
    if colons != names and (repeated := _repeated(message)) is not None:
        raise Refused(invalid_request("is given twice", repeated), request.id)
    return request


def decode_params(method: Method, raw: msgspec.Raw) -> tuple[Any, str | None]:
    """Decode a method's parameters, and the ``access_token`` that any method may carry among them.

    Raises RpcError -32602 with the parameter and the reason, -32700 where a string is not UTF-8.
    """
    try:
        fields = _fields_in(method, raw)
        content = bytes(raw)
        if content.count(b":") != len(fields) and (repeated := _repeated(content)) is not None:
            raise invalid_params(repeated, "is given twice")
        _check_decimals(method.params, fields, "")
        if "access_token" not in fields:
            return method.decode(raw), None
        token = _token(fields)
        return msgspec.convert(fields, method.params), token
    except msgspec.ValidationError as error:
        raise _wrong_params(error) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise parse_error(str(error)) from error
    except RecursionError:
        raise invalid_params(None, _NESTED_TOO_DEEPLY) from None


def _fields_in(method: Method, raw: msgspec.Raw) -> dict[str, Any]:
    try:
        return _decode_object(raw)
    except msgspec.ValidationError:
        # The method's own types name the field at fault, unless they take a number of any length.
        method.decode(raw)
        for name, value in _decode_raw_fields(raw).items():
            try:
                msgspec.json.decode(value)
            except msgspec.ValidationError as error:
                raise invalid_params(name[:128], str(error)) from error
        raise


def _repeated(message: str | bytes) -> str | None:
    """Return a name that one object of a JSON text has twice."""
    found: list[str] = []

    def look(pairs: list[tuple[str, object]]) -> None:
        names = [name for name, _ in pairs]
        found.extend(name for name in names if names.count(name) > 1)

    # Numbers stay text: one of thousands of digits would take long to convert.
    json.loads(message, object_pairs_hook=look, parse_int=str, parse_float=str)
    return found[0][:128] if found else None


def decode_query(method: Method, query: bytes) -> tuple[Any, str | None]:
    """Decode parameters of a query string, where every value is text; else as decode_params."""
    fields: dict[str, Any] = dict(parse_query(query))
    token = _token(fields)
    for name in fields.keys() & structured_fields(method.params):
        try:
            text = fields[name]
            fields[name] = msgspec.json.decode(text)
            if (repeated := _repeated(text)) is not None:
                raise invalid_params(repeated, "is given twice")
        except msgspec.DecodeError as error:
            raise invalid_params(name, f"is not JSON: {error}") from error
        except RecursionError:
            raise invalid_params(name, _NESTED_TOO_DEEPLY) from None
    _check_decimals(method.params, fields, "")
    for name in fields.keys() & float_fields(method.params):
        # A lax float takes the words that JSON itself refuses.
        if fields[name].strip().lstrip("+-").lower() in ("nan", "inf", "infinity"):
            raise invalid_params(name, "is not a finite number")
    try:
        return msgspec.convert(fields, method.params, strict=False), token
    except msgspec.ValidationError as error:
        raise _wrong_params(error) from error


def parse_query(query: bytes) -> Mapping[str, str]:
    """Split a query string strictly; raises RpcError -32602 where it is ambiguous or malformed."""
    fields: dict[str, str] = {}
    if not query:
        return fields
    pairs = query.split(b"&")
    if len(pairs) > MAX_QUERY_FIELDS:
        raise invalid_params(None, f"more than {MAX_QUERY_FIELDS} parameters")
    for pair in pairs:
        name_part, equals, value_part = pair.partition(b"=")
        name = _unquoted(name_part, None)
        if not equals or not name:
            raise invalid_params(
                name[:128] or None, "the query is not name=value pairs joined by &"
            )
        if name in fields:
            raise invalid_params(name[:128], "is given twice")
        fields[name] = _unquoted(value_part, name[:128])
    return fields


_BAD_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")


def _unquoted(part: bytes, param: str | None) -> str:
    if _BAD_ESCAPE.search(part):
        raise invalid_params(param, "has a % that two hexadecimal digits do not follow")
    try:
        return unquote_to_bytes(part.replace(b"+", b" ")).decode()
    except UnicodeDecodeError as error:
        raise invalid_params(param, f"is not UTF-8: {error.reason}") from error


@functools.cache
def structured_fields(params: type[msgspec.Struct]) -> frozenset[str]:
    """Return the fields that are lists or objects, which a query string carries as JSON."""
    structured = (
        msgspec.inspect.ListType,
        msgspec.inspect.VarTupleType,
        msgspec.inspect.TupleType,
        msgspec.inspect.DictType,
        msgspec.inspect.StructType,
    )
    return _fields_of(params, structured)


@functools.cache
def float_fields(params: type[msgspec.Struct]) -> frozenset[str]:
    """Return the fields that take a float."""
    return _fields_of(params, (msgspec.inspect.FloatType,))


@functools.cache
def decimal_fields(params: type[msgspec.Struct]) -> frozenset[str]:
    """Return the fields that take a decimal."""
    return _fields_of(params, (msgspec.inspect.DecimalType,))


@functools.cache
def _inner_structs(params: type[msgspec.Struct]) -> dict[str, type[msgspec.Struct]]:
    """Return the fields that are structs or lists of them, with the struct."""
    described = msgspec.inspect.type_info(params)
    assert isinstance(described, msgspec.inspect.StructType)
    found: dict[str, type[msgspec.Struct]] = {}
    for field in described.fields:
        for member in _members(field.type):
            inner = member.item_type if isinstance(member, msgspec.inspect.ListType) else member
            if isinstance(inner, msgspec.inspect.StructType):
                found[field.encode_name] = inner.cls
    return found


_DECIMAL = re.compile(r"[+-]?[0-9]{1,64}(\.[0-9]{0,64})?([eE][+-]?[0-9]{1,6})?|null", re.ASCII)


def _check_decimals(params: type[msgspec.Struct], fields: dict[str, Any], place: str) -> None:
    for name in decimal_fields(params):
        if type(text := fields.get(name)) is str:
            _check_decimal(place + name, text)
    for name, struct in _inner_structs(params).items():
        found = fields.get(name)
        if isinstance(found, dict):
            _check_decimals(struct, found, f"{place}{name}.")
        for at, one in enumerate(found if isinstance(found, list) else ()):
            if isinstance(one, dict):
                _check_decimals(struct, one, f"{place}{name}[{at}].")


def _check_decimal(name: str, text: str) -> None:
    # Python's own decimals take more than JSON's: underscores, spaces, digits of every script.
    if not _DECIMAL.fullmatch(text):
        raise invalid_params(name, "is not a decimal number")


def _fields_of(params: type[msgspec.Struct], kinds: tuple[type, ...]) -> frozenset[str]:
    described = msgspec.inspect.type_info(params)
    assert isinstance(described, msgspec.inspect.StructType)
    return frozenset(
        field.encode_name
        for field in described.fields
        if any(isinstance(member, kinds) for member in _members(field.type))
    )


def _members(described: msgspec.inspect.Type) -> tuple[msgspec.inspect.Type, ...]:
    if isinstance(described, msgspec.inspect.Metadata):
        return _members(described.type)
    if isinstance(described, msgspec.inspect.UnionType):
        return tuple(inner for member in described.types for inner in _members(member))
    return (described,)


def _token(fields: dict[str, Any]) -> str | None:
    token = fields.pop("access_token", None)
    if token is not None and not isinstance(token, str):
        raise invalid_params("access_token", "Expected `str`")
    return token


def _id_of(message: str | bytes) -> int | str | None:
    try:
        return _decode_id(message).id
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


_NAMED_FIELD = re.compile(r"field `(.*?)`", re.DOTALL)


def explain(error: msgspec.ValidationError) -> tuple[str | None, str]:
    """Split the text of a validation error into the field at fault and the reason."""
    reason, _, path = str(error).partition(" - at `")
    place = path.removesuffix("`").removeprefix("$").removeprefix(".")
    named = _NAMED_FIELD.search(reason)
    if named is not None:
        place = f"{place}.{named[1]}" if place else named[1]
    return place[:128] or None, reason[:_MAX_REASON_CHARACTERS]


def _fields(param: str | None, reason: str) -> dict[str, object]:
    return {"reason": reason} if param is None else {"reason": reason, "param": param}


def _wrong_params(error: msgspec.ValidationError) -> RpcError:
    param, reason = explain(error)
    return RpcError(INVALID_PARAMS, None, _fields(param, reason))
