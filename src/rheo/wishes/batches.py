"""What a caller says of many files at once, as terms."""

from __future__ import annotations

from rheo.domain.batch.terms import Check, Duplicates, Terms
from rheo.domain.errors import UsageError
from rheo.wishes import chosen


def terms_from(
    *,
    with_ledger: bool = True,
    only_failed: bool = False,
    check: Check | str | None = None,
    duplicates: Duplicates | str | None = None,
) -> Terms:
    """Return the terms; raises UsageError for a word that is none, and for what only a ledger can tell."""
    if duplicates is not None and not with_ledger:
        raise UsageError("duplicates are found by a ledger; name one")
    if check is not None and not with_ledger:
        raise UsageError("check tells of what a ledger remembers; name one")
    return Terms(
        only_failed,
        None if check is None else chosen(Check, "check", check),
        Duplicates.COPY if duplicates is None else chosen(Duplicates, "duplicates", duplicates),
    )
