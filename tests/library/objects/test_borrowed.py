"""Objects that are lent: read as if they were here, copied before anybody gets a path, and never changed there."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchbook.errors import NotFound, StoreDamaged
from benchbook.objects import ObjectStore, borrow


@pytest.fixture
def stores(tmp_path: Path) -> tuple[ObjectStore, ObjectStore]:
    """A lender and a borrower."""
    borrow(tmp_path / "b", tmp_path / "a")
    return ObjectStore(tmp_path / "a"), ObjectStore(tmp_path / "b")


def test_what_is_lent_is_read_and_copied_once_asked_for(stores, tmp_path: Path) -> None:
    """Looking whether it is there copies nothing; reading it does."""
    lender, borrower = stores
    blob = lender.put_bytes(b"lent")
    assert borrower.has(blob.id)
    assert list(borrower.ids()) == [blob.id]
    assert list((tmp_path / "b").glob("??/*")) == []
    assert borrower.get_bytes(blob.id) == b"lent"
    assert list(borrower.ids()) == [blob.id]


def test_a_path_is_always_the_borrowers_own(stores, tmp_path: Path) -> None:
    """Whoever writes through it, against all rules, damages the copy alone."""
    lender, borrower = stores
    blob = lender.put_bytes(b"lent")
    path = borrower.local_path(blob.id)
    assert path.is_relative_to(tmp_path / "b")
    path.chmod(0o600)
    path.write_bytes(b"broken")
    assert lender.get_bytes(blob.id) == b"lent"
    assert not path.samefile(lender.local_path(blob.id))


def test_what_is_new_stays_here(stores) -> None:
    """The lender never learns of it."""
    lender, borrower = stores
    blob = borrower.put_bytes(b"new")
    assert borrower.has(blob.id)
    assert not lender.has(blob.id)
    assert list(lender.ids()) == []


def test_damage_and_absence_are_told(stores) -> None:
    """A lender's changed bytes are not taken for the object, and what nobody has is not found."""
    lender, borrower = stores
    blob = lender.put_bytes(b"lent")
    place = lender.local_path(blob.id)
    place.chmod(0o600)
    place.write_bytes(b"tent")
    with pytest.raises(StoreDamaged, match="have changed"):
        borrower.get_bytes(blob.id)
    with pytest.raises(NotFound):
        borrower.get_bytes("0" * 64)
    with pytest.raises(NotFound):
        borrower.local_path("0" * 64)
