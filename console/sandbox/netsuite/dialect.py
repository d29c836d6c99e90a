"""From SuiteQL to the dialect of the mirror: Oracle's words for limits, row numbers, days and display values."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from console.sandbox.netsuite.refusals import Refusal
from console.sandbox.netsuite.tables import DATE_COLUMNS, TABLES

_TOKEN = re.compile(
    r"(?P<blank>\s+|--[^\n]*|/\*.*?\*/)"
    r"|(?P<string>'(?:[^']|'')*')"
    r'|(?P<quoted>"[^"]*")'
    r"|(?P<word>[A-Za-z_][\w$]*)"
    r"|(?P<number>\d+(?:\.\d+)?)"
    r"|(?P<sign><>|!=|<=|>=|\|\||[-+*/%=<>(),.;?:])",
    re.DOTALL,
)
_TYPED_STATUS = re.compile(r"'(?:CustInvc|CustCred|CustPymt|ExpRept):\w'")
_COMPARED = frozenset({"=", "<>", "!=", "<", ">", "<=", ">="})
_SCOPE_ENDS = frozenset({"UNION", "INTERSECT", "MINUS", "EXCEPT"})
_AFTER_WHERE = frozenset({"GROUP", "ORDER", "HAVING", "FETCH", "OFFSET", "LIMIT"}) | _SCOPE_ENDS
_NAMES_THAT_ARE_WORDS = frozenset({"TRANSACTION", "CHARGE", "INDEX", "KEY"})
_CLOCKS = frozenset({"SYSDATE", "CURRENT_DATE", "CURRENT_TIMESTAMP", "SYSTIMESTAMP", "LOCALTIMESTAMP"})
_WRITES = frozenset({"INSERT", "UPDATE", "DELETE", "DROP", "ALTER", "CREATE", "PRAGMA", "ATTACH", "VACUUM", "REINDEX"})


def search_error(words: str) -> Refusal:
    """How the platform says that a query cannot be run."""
    return Refusal(400, "USER_ERROR", f"Search error occurred: {words}", query="q", title="Invalid search query.")


@dataclass(frozen=True, slots=True)
class Token:
    kind: str
    text: str

    @property
    def upper(self) -> str:
        return self.text.upper() if self.kind == "word" else self.text


@dataclass(frozen=True, slots=True)
class Query:
    """A query the mirror can run, and the tables it names."""

    sql: str
    tables: frozenset[str]


@lru_cache(maxsize=512)
def translated(text: str) -> Query:
    """The mirror's form of a SuiteQL query; raises a refusal for what the platform does not run."""
    tokens = _tokens(text)
    while tokens and tokens[-1].text == ";":
        tokens.pop()
    words = {each.upper for each in tokens if each.kind == "word"}
    if not tokens or tokens[0].upper not in ("SELECT", "WITH", "(") or words & _WRITES or "LIMIT" in words:
        raise search_error("Invalid or unsupported search")
    if any(each.text == ";" for each in tokens):
        raise search_error("Invalid or unsupported search")
    tables = frozenset(each.text.lower() for each in tokens if each.kind == "word") & (
        frozenset(TABLES) | {"deletedrecord"}
    )
    for rewrite in (_builtin, _statuses, _days, _clocks, _limits, _row_numbers):
        tokens = rewrite(tokens)
    return Query(" ".join(_spelled(each) for each in tokens), tables)


def _tokens(text: str) -> list[Token]:
    tokens, place = [], 0
    while place < len(text):
        found = _TOKEN.match(text, place)
        if found is None:
            raise search_error(f"Invalid or unsupported search: unexpected '{text[place]}'")
        if found.lastgroup != "blank":
            tokens.append(Token(str(found.lastgroup), found[0]))
        place = found.end()
    return tokens


def _spelled(token: Token) -> str:
    if token.kind == "quoted":
        return f"[{token.text[1:-1]}]"
    if token.kind == "word" and token.upper in _NAMES_THAT_ARE_WORDS:
        return f"[{token.text}]"
    if token.upper == "MINUS":
        return "EXCEPT"
    return token.text


def _closing(tokens: list[Token], opening: int) -> int:
    """The place of the parenthesis that closes the one at `opening`."""
    depth = 0
    for place in range(opening, len(tokens)):
        depth += {"(": 1, ")": -1}.get(tokens[place].text, 0) if tokens[place].kind == "sign" else 0
        if depth == 0:
            return place
    raise search_error("Invalid or unsupported search: missing parenthesis")


def _word(text: str) -> Token:
    return Token("word", text)


def _sign(text: str) -> Token:
    return Token("sign", text)


def _builtin(tokens: list[Token]) -> list[Token]:
    """BUILTIN.DF(x) asks for the shown name of an id, BUILTIN.CF(status) for type and status together."""
    made: list[Token] = []
    place = 0
    while place < len(tokens):
        if tokens[place].upper == "BUILTIN" and place + 3 < len(tokens) and tokens[place + 1].text == ".":
            function, end = tokens[place + 2].upper, _closing(tokens, place + 3)
            inner = _builtin(tokens[place + 4 : end])
            made += _builtin_call(function, inner)
            place = end + 1
        else:
            made.append(tokens[place])
            place += 1
    return made


def _builtin_call(function: str, inner: list[Token]) -> list[Token]:
    if function == "DF":
        column = next((each.text.lower() for each in reversed(inner) if each.kind in ("word", "quoted")), "")
        return [_word("ns_df"), _sign("("), Token("string", f"'{column}'"), _sign(","), *inner, _sign(")")]
    if function == "CF":
        is_status = inner and inner[-1].upper == "STATUS"
        return [*inner[:-1], _word("status__cf"), _sign("||"), Token("string", "''")] if is_status else inner
    raise search_error(f"Invalid or unsupported search: BUILTIN.{function}")


def _statuses(tokens: list[Token]) -> list[Token]:
    """A status compared with `CustInvc:A` is compared with type and status together."""
    made = list(tokens)
    for place, token in enumerate(tokens):
        if token.kind == "string" and _TYPED_STATUS.fullmatch(token.text):
            column = next((at for at in range(place - 1, max(-1, place - 40), -1) if made[at].upper == "STATUS"), None)
            if column is not None:
                made[column] = _word("status__cf")
    return made


def _days(tokens: list[Token]) -> list[Token]:
    """A text beside a date column is a day in the account's format; DATE '...' is one in ISO form."""
    made: list[Token] = []
    for place, token in enumerate(tokens):
        if token.kind != "string":
            made.append(token)
        elif made and made[-1].upper in ("DATE", "TIMESTAMP"):
            shape = "'YYYY-MM-DD'" if made.pop().upper == "DATE" else "'YYYY-MM-DD HH24:MI:SS'"
            made += [_word("to_date"), _sign("("), token, _sign(","), Token("string", shape), _sign(")")]
        elif _beside_date(tokens, place):
            made += [_word("ns_account_day"), _sign("("), token, _sign(")")]
        else:
            made.append(token)
    return made


def _beside_date(tokens: list[Token], place: int) -> bool:
    before = tokens[place - 1].upper if place else ""
    if before in _COMPARED or before == "BETWEEN":
        return _is_date(tokens, place - 2)
    if before == "AND" and place >= 4 and tokens[place - 3].upper == "BETWEEN":
        return _is_date(tokens, place - 4)
    return False


def _is_date(tokens: list[Token], place: int) -> bool:
    return place >= 0 and tokens[place].kind == "word" and tokens[place].text.lower() in DATE_COLUMNS


def _clocks(tokens: list[Token]) -> list[Token]:
    made: list[Token] = []
    for place, token in enumerate(tokens):
        is_column = place > 0 and tokens[place - 1].text == "."
        if token.kind == "word" and token.upper in _CLOCKS and not is_column:
            made += [_word("ns_sysdate"), _sign("("), _sign(")")]
        else:
            made.append(token)
    return made


def _limits(tokens: list[Token]) -> list[Token]:
    """FETCH FIRST n ROWS ONLY, OFFSET n ROWS and SELECT TOP n become a limit at the end of their SELECT."""
    made: list[Token] = []
    place, offset = 0, ""
    while place < len(tokens):
        word = tokens[place].upper
        if word == "OFFSET" and place + 2 < len(tokens) and tokens[place + 2].upper in ("ROW", "ROWS"):
            offset = tokens[place + 1].text
            place += 3
            if place >= len(tokens) or tokens[place].upper != "FETCH":
                made += _limit("-1", offset)
        elif word == "FETCH" and place + 2 < len(tokens) and tokens[place + 1].upper in ("FIRST", "NEXT"):
            number = tokens[place + 2].text if tokens[place + 2].kind == "number" else "1"
            made += _limit(number, offset)
            place = next((at + 1 for at in range(place, len(tokens)) if tokens[at].upper == "ONLY"), len(tokens))
        elif word == "TOP" and place and tokens[place - 1].upper in ("SELECT", "DISTINCT") and place + 1 < len(tokens):
            end = _scope_end(tokens, place)
            tokens = [*tokens[:end], *_limit(tokens[place + 1].text, ""), *tokens[end:]]
            place += 2
        else:
            made.append(tokens[place])
            place += 1
    return made


def _limit(number: str, offset: str) -> list[Token]:
    told = [_word("LIMIT"), Token("number", number)]
    return [*told, _word("OFFSET"), Token("number", offset)] if offset else told


def _scope_end(tokens: list[Token], place: int) -> int:
    """Where the SELECT around a place ends: its closing parenthesis, a set operator, or the end."""
    depth = 0
    for at in range(place, len(tokens)):
        token = tokens[at]
        if token.text == ")" and token.kind == "sign":
            depth -= 1
            if depth < 0:
                return at
        elif token.text == "(" and token.kind == "sign":
            depth += 1
        elif depth == 0 and token.upper in _SCOPE_ENDS:
            return at
    return len(tokens)


def _row_numbers(tokens: list[Token]) -> list[Token]:
    """ROWNUM counts rows before they are ordered, as in Oracle: in WHERE a limit, elsewhere a number."""
    counted = _words("ROW_NUMBER ( ) OVER ( )")
    place = 0
    while place < len(tokens):
        if tokens[place].upper != "ROWNUM":
            place += 1
        elif _limits_rows(tokens, place):
            tokens = _limited(tokens, place)
        else:
            unnamed = place + 1 < len(tokens) and tokens[place + 1].upper in (",", "FROM")
            tokens = [*tokens[:place], *counted, *(_words("AS rownum") if unnamed else []), *tokens[place + 1 :]]
            place += len(counted) + (2 if unnamed else 0)
    return tokens


def _limits_rows(tokens: list[Token], place: int) -> bool:
    following = tokens[place + 1 : place + 3]
    return len(following) == 2 and following[0].text in ("<", "<=", "=") and following[1].kind == "number"


def _limited(tokens: list[Token], place: int) -> list[Token]:
    """`ROWNUM <= n` as a condition: the first n rows that pass the others, in the order they are found."""
    number = int(tokens[place + 2].text.partition(".")[0]) - (1 if tokens[place + 1].text == "<" else 0)
    always = [Token("number", "1"), _sign("="), Token("number", "1")]
    tokens = [*tokens[:place], *always, *tokens[place + 3 :]]
    end = _scope_end(tokens, place)
    order = _own_order(tokens, place, end)
    if order is None:
        return [*tokens[:end], *_limit(str(number), ""), *tokens[end:]]
    where = _own_where(tokens, place)
    passed = tokens[where + 1 : order]
    counted = [*_words("AND CASE WHEN ("), *passed, *_words(f") THEN ns_row ( ) <= {number} ELSE 0 END")]
    tokens = [*tokens[: where + 1], _sign("("), *passed, _sign(")"), *counted, *tokens[order:]]
    return _scanned_first(tokens, where)


def _scanned_first(tokens: list[Token], where: int) -> list[Token]:
    """Keep the rows from being found in the asked order already: a sign before each sort term forbids an index."""
    start = next(at for at in range(where, len(tokens)) if tokens[at].upper == "ORDER") + 2
    made, depth = tokens[:start], 0
    for at in range(start, len(tokens)):
        depth += {"(": 1, ")": -1}.get(tokens[at].text, 0)
        is_first = at == start or (depth == 0 and tokens[at - 1].text == ",")
        made += [_sign("+"), tokens[at]] if is_first and tokens[at].kind == "word" else [tokens[at]]
    return made


def _words(text: str) -> list[Token]:
    return [_word(each) for each in text.split()]


def _own_order(tokens: list[Token], place: int, end: int) -> int | None:
    """Where the WHERE of this SELECT ends, when an ORDER BY follows in it."""
    depth = 0
    first = None
    for at in range(place, end):
        depth += {"(": 1, ")": -1}.get(tokens[at].text, 0)
        if depth == 0 and tokens[at].upper in _AFTER_WHERE:
            first = at if first is None else first
            if tokens[at].upper == "ORDER":
                return first
    return None


def _own_where(tokens: list[Token], place: int) -> int:
    depth = 0
    for at in range(place, -1, -1):
        depth += {")": 1, "(": -1}.get(tokens[at].text, 0)
        if depth == 0 and tokens[at].upper == "WHERE":
            return at
    raise search_error("Invalid or unsupported search: ROWNUM")
