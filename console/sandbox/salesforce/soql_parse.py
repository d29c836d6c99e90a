"""Reads a SOQL query: the subset that integration clients use, refused as the vendor refuses what is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from console.sandbox.salesforce.refusal import Refusal
from console.sandbox.salesforce.soql_alias import without_alias
from console.sandbox.salesforce.soql_tree import (
    AllFields,
    Among,
    Both,
    Compare,
    Condition,
    Fold,
    Literal,
    Nay,
    Order,
    Path,
    Query,
    Selected,
)
from console.sandbox.salesforce.soql_words import Token, malformed, tokens, unquoted

_FOLDS = {"COUNT", "COUNT_DISTINCT", "SUM", "AVG", "MIN", "MAX"}
_PLAIN = {"TOLABEL", "FORMAT", "CONVERTCURRENCY"}
_CLAUSES = {"FROM", "WHERE", "WITH", "GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET", "FOR", "USING", "ALL"}
_SIGNS = {"=", "!=", "<>", "<", "<=", ">", ">="}
_MOST_OFFSET = 2000


@lru_cache(maxsize=512)
def parse(text: str) -> Query:
    """The query behind a text. Raises MALFORMED_QUERY, or NUMBER_OUTSIDE_VALID_RANGE for an offset over 2,000."""
    reader = _Reader(text)
    query = reader.query()
    reader.done()
    return query


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.words: Sequence[Token] = tokens(text)
        self.at = 0
        self.unnamed = 0

    @property
    def here(self) -> Token:
        return self.words[self.at]

    def take(self) -> Token:
        token = self.words[self.at]
        self.at += token.kind != "end"
        return token

    def sees(self, *words: str) -> bool:
        token = self.here
        return token.kind in ("word", "sign") and token.text.upper() in words

    def took(self, *words: str) -> bool:
        if self.sees(*words):
            self.take()
            return True
        return False

    def need(self, word: str) -> Token:
        if not self.sees(word):
            raise self.unexpected(word)
        return self.take()

    def unexpected(self, wanted: str = "") -> Refusal:
        token = self.here
        if token.kind == "end":
            return malformed(self.text, token.at, "unexpected token: '<EOF>'")
        expecting = f" (expecting {wanted.lower()})" if wanted else ""
        return malformed(self.text, token.at, f"unexpected token: '{token.text}'{expecting}")

    def done(self) -> None:
        if self.here.kind != "end":
            raise self.unexpected()

    def name(self) -> Token:
        if self.here.kind != "word" or self.here.text.upper() in _CLAUSES:
            raise self.unexpected()
        return self.take()

    def query(self) -> Query:
        self.need("SELECT")
        select = self.selected()
        self.need("FROM")
        source = self.name()
        alias = self.alias(source)
        if self.took("USING"):
            self.need("SCOPE")
            self.name()
        where = self.condition() if self.took("WHERE") else None
        if self.took("WITH"):
            self.name()
        group = self.group()
        order = self.order()
        limit = self.whole() if self.took("LIMIT") else None
        offset = self.offset()
        self.ending()
        found = Query(select, source.text, source.at, where, group, order, limit, offset, self.text)
        return without_alias(found, alias)

    def alias(self, source: Token) -> str:
        self.took("AS")
        if self.here.kind == "word" and self.here.text.upper() not in _CLAUSES:
            return self.take().text
        return source.text

    def ending(self) -> None:
        if self.took("FOR"):
            self.name()
        if self.took("ALL"):
            self.need("ROWS")

    def offset(self) -> int:
        if not self.took("OFFSET"):
            return 0
        wanted = self.whole()
        if wanted > _MOST_OFFSET:
            raise Refusal(
                400, "NUMBER_OUTSIDE_VALID_RANGE", "Maximum SOQL offset allowed is 2000, remember to add a LIMIT"
            )
        return wanted

    def whole(self) -> int:
        if self.here.kind != "number" or not self.here.text.isdigit():
            raise self.unexpected()
        return int(self.take().text)

    def selected(self) -> Sequence[Selected]:
        found = [self.one_selected()]
        while self.took(","):
            found.append(self.one_selected())
        return tuple(found)

    def one_selected(self) -> Selected:
        if self.took("("):
            inner = self.query()
            self.need(")")
            return inner
        token = self.name()
        if not self.sees("("):
            self._aliased()
            return Path(tuple(token.text.split(".")), token.at)
        return self.called(token)

    def _aliased(self) -> str:
        if self.here.kind == "word" and self.here.text.upper() not in _CLAUSES:
            return self.take().text
        return ""

    def called(self, token: Token) -> Selected:
        word = token.text.upper()
        self.need("(")
        if word == "FIELDS":
            which = self.take().text.upper()
            self.need(")")
            return AllFields(which, token.at)
        path = None if self.sees(")") else self.path()
        self.need(")")
        alias = self._aliased()
        if word in _PLAIN and path is not None:
            return path
        if word not in _FOLDS or (path is None and word != "COUNT"):
            raise malformed(self.text, token.at, f"unexpected token: '{token.text}('")
        return Fold(word, path, alias or ("" if path is None else self._expr()))

    def _expr(self) -> str:
        self.unnamed += 1
        return f"expr{self.unnamed - 1}"

    def path(self) -> Path:
        token = self.name()
        if self.sees("(") and token.text.upper() in _PLAIN:
            self.need("(")
            inner = self.path()
            self.need(")")
            return inner
        return Path(tuple(token.text.split(".")), token.at)

    def condition(self) -> Condition:
        first = self.plain_condition()
        for word in ("AND", "OR"):
            if self.sees(word):
                parts = [first]
                while self.took(word):
                    parts.append(self.plain_condition())
                if self.sees("AND", "OR"):
                    raise self.unexpected()
                return Both(word, tuple(parts))
        return first

    def plain_condition(self) -> Condition:
        if self.took("NOT"):
            return Nay(self.plain_condition())
        if self.took("("):
            inner = self.condition()
            self.need(")")
            return inner
        return self.comparison()

    def comparison(self) -> Condition:
        path = self.path()
        if self.here.text in _SIGNS:
            sign = self.take().text
            return Compare(path, "!=" if sign == "<>" else sign, self.literal())
        if self.took("LIKE"):
            return Compare(path, "like", self.literal())
        if self.took("NOT"):
            self.need("IN")
            return Among(path, self.values(), True)
        for word, negated, many in (("IN", False, False), ("INCLUDES", False, True), ("EXCLUDES", True, True)):
            if self.took(word):
                return Among(path, self.values(), negated, many)
        raise self.unexpected()

    def values(self) -> Sequence[Literal] | Query:
        self.need("(")
        if self.sees("SELECT"):
            inner = self.query()
            self.need(")")
            return inner
        found = [self.literal()]
        while self.took(","):
            found.append(self.literal())
        self.need(")")
        return tuple(found)

    def literal(self) -> Literal:
        token = self.take()
        match token.kind:
            case "string":
                return Literal("string", unquoted(token.text), token.at)
            case "number":
                return Literal("number", float(token.text), token.at)
            case "money":
                return Literal("number", float(token.text[3:]), token.at)
            case "date" | "datetime":
                return Literal(token.kind, token.text, token.at)
            case "word":
                return _worded(token)
        self.at -= token.kind != "end"
        raise self.unexpected()

    def group(self) -> Sequence[Path]:
        if not self.took("GROUP"):
            return ()
        self.need("BY")
        found = [self.path()]
        while self.took(","):
            found.append(self.path())
        return tuple(found)

    def order(self) -> Sequence[Order]:
        if not self.took("ORDER"):
            return ()
        self.need("BY")
        found = [self.one_order()]
        while self.took(","):
            found.append(self.one_order())
        return tuple(found)

    def one_order(self) -> Order:
        path = self.path()
        if self.sees("("):
            self.need("(")
            inner = None if self.sees(")") else self.path()
            self.need(")")
            path = Path((f"{path.text.upper()}({inner.text if inner else ''})",), path.at)
        descending = self.took("DESC") or (self.took("ASC") and False)
        nulls_last = False
        if self.took("NULLS"):
            nulls_last = self.took("LAST")
            if not nulls_last:
                self.need("FIRST")
        return Order(path, descending, nulls_last)


def _worded(token: Token) -> Literal:
    word = token.text.upper()
    if word in ("TRUE", "FALSE"):
        return Literal("boolean", word == "TRUE", token.at)
    if word == "NULL":
        return Literal("null", None, token.at)
    return Literal("span", word, token.at)
