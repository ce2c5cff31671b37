"""Reads times by Go's layouts, with all that `time.Parse` puts up with (https://pkg.go.dev/time#Parse)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from runtime.text.layout import Element, elements

__all__ = ["Fields", "Layout"]

_MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_DAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
_LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_EPOCH_DAY = datetime(1970, 1, 1).toordinal()
_MOST = (1 << 63) - 1


class _Mismatch(Exception):  # noqa: N818
    """The text does not fit the layout."""


@dataclass(slots=True)
class Fields:
    """What a text says. `year` is 0 where it says none; `offset` are seconds east of UTC, `zone` is a zone's abbreviation."""

    year: int = 0
    month: int = -1
    day: int = -1
    year_day: int = -1
    hour: int = 0
    minute: int = 0
    second: int = 0
    nanos: int = 0
    afternoon: bool | None = None
    utc: bool = False
    offset: int | None = None
    zone: str = ""


class Layout:
    """`location` is what times without a zone are in; UTC where it is None."""

    def __init__(self, layout: str, location: ZoneInfo | None = None) -> None:
        self._elements = elements(layout)
        self._location = location
        self._has_year = "06" in layout

    def parse(self, text: str, now: datetime | None = None) -> int | None:
        """Nanoseconds since 1970; None for a text that does not fit.

        A layout without a year means the year of `now`, or the one before or after it around New Year.
        """
        try:
            fields = _read(self._elements, text)
            _settle(fields)
        except _Mismatch:
            return None
        if not self._has_year and fields.year == 0:
            fields.year = _year_of(fields.month, now or datetime.now(UTC))
        nanos = _seconds(fields, self._location) * 10**9 + fields.nanos
        return nanos if -_MOST <= nanos <= _MOST else None


def _year_of(month: int, now: datetime) -> int:
    if month == 12 and now.month == 1:
        return now.year - 1
    return now.year + 1 if month == 1 and now.month == 12 else now.year


def _read(parts: tuple[Element, ...], text: str) -> Fields:
    fields = Fields()
    for i, part in enumerate(parts):
        text = _skip(part.prefix, text)
        if not part.kind:
            break
        text = _element(part, text, fields)
        if (
            part.kind in ("5", "05")
            and text[:1] in (".", ",")
            and text[1:2].isdigit()
            and parts[i + 1].kind not in ("0", "9")
        ):
            # Seconds may have a fraction that is not in the layout.
            text = _fraction(fields, text, _digits(text, 1))
    if text:
        raise _Mismatch
    return fields


def _skip(prefix: str, text: str) -> str:
    """A run of blanks in the layout stands for any run of blanks, and for none at the end."""
    at = 0
    while at < len(prefix):
        if prefix[at] == " ":
            if text and text[0] != " ":
                raise _Mismatch
            while prefix[at : at + 1] == " ":
                at += 1
            text = text.lstrip(" ")
            continue
        if text[:1] != prefix[at]:
            raise _Mismatch
        text = text[1:]
        at += 1
    return text


def _element(part: Element, text: str, fields: Fields) -> str:
    """Read one element; what is left of the text."""
    kind = part.kind
    match kind:
        case "06":
            value, text = _exactly(text, 2)
            fields.year = value + (1900 if value >= 69 else 2000)
        case "2006":
            fields.year, text = _exactly(text, 4)
        case "January":
            fields.month, text = _named(text, _MONTHS, None)
        case "Jan":
            fields.month, text = _named(text, _MONTHS, 3)
        case "01" | "1":
            fields.month, text = _number(text, kind == "01", 1, 12)
        case "Monday":
            _, text = _named(text, _DAYS, None)
        case "Mon":
            _, text = _named(text, _DAYS, 3)
        case "02" | "_2" | "2":
            fields.day, text = _number(text.removeprefix(" ") if kind == "_2" else text, kind == "02", 0, 99)
        case "002" | "__2":
            fields.year_day, text = _year_day(text, blanks=kind == "__2")
        case "15":
            fields.hour, text = _number(text, False, 0, 23)
        case "03" | "3":
            fields.hour, text = _number(text, kind == "03", 0, 12)
        case "04" | "4":
            fields.minute, text = _number(text, kind == "04", 0, 59)
        case "05" | "5":
            fields.second, text = _number(text, kind == "05", 0, 59)
        case "PM" | "pm":
            words = ("AM", "PM") if kind == "PM" else ("am", "pm")
            if text[:2] not in words:
                raise _Mismatch
            fields.afternoon, text = text[:2] == words[1], text[2:]
        case "0":
            text = _fraction(fields, text, part.digits + 1)
        case "9":
            if text[:1] in (".", ",") and text[1:2].isdigit():
                text = _fraction(fields, text, _digits(text, 1))
        case "MST":
            text = _abbreviation(text, fields)
        case _:
            text = _offset(kind, text, fields)
    return text


def _exactly(text: str, digits: int) -> tuple[int, str]:
    number = text[:digits]
    if len(number) < digits or not (number.isascii() and number.isdigit()):
        raise _Mismatch
    return int(number), text[digits:]


def _number(text: str, fixed: bool, low: int, high: int) -> tuple[int, str]:
    """One or two digits, two when `fixed`."""
    digits = 2 if _is_digits(text[:2], 2) else 1
    if not _is_digits(text[:digits], digits) or (fixed and digits == 1):
        raise _Mismatch
    value = int(text[:digits])
    if not low <= value <= high:
        raise _Mismatch
    return value, text[digits:]


def _is_digits(text: str, count: int) -> bool:
    return len(text) == count and text.isascii() and text.isdigit()


def _year_day(text: str, *, blanks: bool) -> tuple[int, str]:
    for _ in range(2 if blanks else 0):
        text = text.removeprefix(" ")
    digits = next((n for n in (3, 2, 1) if _is_digits(text[:n], n)), 0)
    if digits == 0 or (digits < 3 and not blanks):
        raise _Mismatch
    return int(text[:digits]), text[digits:]


def _named(text: str, names: tuple[str, ...], length: int | None) -> tuple[int, str]:
    """The number of a month (from 1) or day by its name or the first letters of it, in any case."""
    for number, name in enumerate(names, 1):
        short = name[:length]
        if text[: len(short)].lower() == short:
            return number, text[len(short) :]
    raise _Mismatch


def _digits(text: str, start: int) -> int:
    """The end of a run of digits."""
    while start < len(text) and text[start] in "0123456789":
        start += 1
    return start


def _fraction(fields: Fields, text: str, end: int) -> str:
    """A point or comma and digits up to `end`; more than nine are cut."""
    digits = text[1:end]
    if text[:1] not in (".", ",") or not _is_digits(digits, end - 1):
        raise _Mismatch
    fields.nanos = int(digits[:9].ljust(9, "0"))
    return text[end:]


def _abbreviation(text: str, fields: Fields) -> str:
    """`CET`, `UTC`, `GMT+3`, `+03`: what Go takes for the name of a zone."""
    if text.startswith("UTC"):
        fields.utc = True
        return text[3:]
    length = _zone_length(text)
    if not length:
        raise _Mismatch
    fields.zone = text[:length]
    return text[length:]


def _zone_length(text: str) -> int:
    if text.startswith(("ChST", "MeST")):
        return 4
    if text.startswith("GMT"):
        return 3 + _hours_length(text[3:])
    if text[:1] in ("+", "-"):
        return _hours_length(text)
    capitals = 0
    while capitals < 6 and "A" <= text[capitals : capitals + 1] <= "Z":
        capitals += 1
    match capitals:
        case 5 if text[4] == "T":
            return 5
        case 4 if text[3] == "T" or text.startswith("WITA"):
            return 4
        case 3:
            return 3
        case _:
            return 0


def _hours_length(text: str) -> int:
    """The length of `+3`, `-11`; 0 for what is none."""
    if text[:1] not in ("+", "-") or not text[1:2].isdigit():
        return 0
    end = _digits(text, 1)
    return end if int(text[1:end]) < 24 else 0


def _offset(kind: str, text: str, fields: Fields) -> str:
    """`-0700` and its forms; those with a Z take `Z` for UTC."""
    if kind.startswith("Z") and text.startswith("Z"):
        fields.utc = True
        return text[1:]
    form = kind[1:]
    body = text[1 : len(form) + 1]
    if text[:1] not in ("+", "-") or len(body) < len(form):
        raise _Mismatch
    for at, sign in enumerate(form):
        if sign == ":":
            if body[at] != ":":
                raise _Mismatch
        elif not _is_digits(body[at], 1):
            raise _Mismatch
    plain = body.replace(":", "")
    numbers = [int(plain[at : at + 2]) for at in range(0, len(plain), 2)]
    hours, minutes, seconds = (*numbers, 0, 0)[:3]
    if hours > 24 or minutes > 60 or seconds > 60:
        raise _Mismatch
    fields.offset = (1 if text[0] == "+" else -1) * ((hours * 60 + minutes) * 60 + seconds)
    return text[len(form) + 1 :]


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def _settle(fields: Fields) -> None:
    """Turn afternoon hours and days of the year into plain fields, and refuse days that a month has not."""
    if fields.afternoon is True and fields.hour < 12:
        fields.hour += 12
    elif fields.afternoon is False and fields.hour == 12:
        fields.hour = 0
    if fields.year_day >= 0:
        _settle_year_day(fields)
    fields.month = 1 if fields.month < 0 else fields.month
    fields.day = 1 if fields.day < 0 else fields.day
    if not 1 <= fields.day <= _month_length(fields.year, fields.month):
        raise _Mismatch


def _settle_year_day(fields: Fields) -> None:
    left = fields.year_day
    if not 1 <= left <= 365 + _is_leap(fields.year):
        raise _Mismatch
    month = 1
    while left > _month_length(fields.year, month):
        left -= _month_length(fields.year, month)
        month += 1
    if fields.month not in (-1, month) or fields.day not in (-1, left):
        raise _Mismatch
    fields.month, fields.day = month, left


def _month_length(year: int, month: int) -> int:
    return 29 if month == 2 and _is_leap(year) else _LENGTHS[month - 1]


def _seconds(fields: Fields, location: ZoneInfo | None) -> int:
    """Seconds since 1970."""
    if fields.year == 0:
        # A year of its own before the calendar of `datetime` begins, 400 years before one that is like it.
        first = datetime(400, fields.month, 1).toordinal() - _EPOCH_DAY - 146_097
    else:
        first = datetime(fields.year, fields.month, 1).toordinal() - _EPOCH_DAY
    seconds = ((first + fields.day - 1) * 24 + fields.hour) * 3600 + fields.minute * 60 + fields.second
    if fields.utc:
        return seconds
    if fields.offset is not None:
        return seconds - fields.offset
    if location is None:
        return seconds
    if fields.zone:
        return seconds - (_named_offset(location, fields.zone, seconds) or 0)
    first_guess = _offset_at(location, seconds)
    return seconds - _offset_at(location, seconds - first_guess) if first_guess else seconds


def _offset_at(location: ZoneInfo, seconds: int) -> int:
    return int((_at(location, seconds).utcoffset() or timedelta()).total_seconds())


def _at(location: ZoneInfo, seconds: int) -> datetime:
    limited = min(max(seconds, -62135510400), 253402214400)
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=limited)).astimezone(location)


def _named_offset(location: ZoneInfo, name: str, seconds: int) -> int | None:
    """The offset that `location` has when it calls its time `name`: at that time if it can be, else at another one."""
    for month in (0, *(sign * step for step in range(1, 13) for sign in (1, -1))):
        around = _at(location, seconds + month * 30 * 86400)
        if around.tzname() == name:
            return _offset_at(location, int(around.timestamp()))
    return None
