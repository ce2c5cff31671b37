from __future__ import annotations

import stat
from pathlib import Path

import pytest

from runtime.outbox.request import Request
from runtime.outbox.spool import Spool

CAP = 1 << 20


def request(text: str, tenant: str = "", size: int = 0) -> Request:
    return Request(text.encode().ljust(size, b"."), {"X-Scope-OrgID": tenant} if tenant else {}, len(text), 7)


def opened(folder: Path, cap: int = CAP) -> Spool:
    spool = Spool(folder, cap)
    spool.open()
    return spool


def bodies(spool: Spool) -> list[bytes]:
    found = []
    while (item := spool.next()) is not None:
        found.append(item[1].body.rstrip(b"."))
    return found


def on_disk(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.glob("*.spool"))


def test_first_in_first_out_with_everything_kept(tmp_path: Path) -> None:
    spool = opened(tmp_path)
    for text in ("a", "bb", "ccc"):
        spool.append(request(text, "t"))
    spool.sync()
    assert (spool.records, spool.waiting, spool.size) == (6, 3, on_disk(tmp_path))
    item = spool.next()
    assert item is not None and item[1] == request("a", "t")
    spool.done(item[0])
    assert spool.records == 5
    assert bodies(spool) == [b"bb", b"ccc"]


def test_given_back_goes_first(tmp_path: Path) -> None:
    spool = opened(tmp_path)
    tickets = [ticket for text in "abc" if (ticket := spool.append(request(text), handed=True))]
    spool.append(request("d"))
    spool.give_back(tickets[1])
    spool.give_back(tickets[0])
    assert bodies(spool) == [b"a", b"b", b"d"]
    assert spool.records == 4


def test_restart_hands_out_what_was_not_done(tmp_path: Path) -> None:
    spool = opened(tmp_path)
    for text in "abcd":
        spool.append(request(text))
    first, second = spool.next(), spool.next()
    assert first is not None and second is not None
    spool.done(second[0])
    spool.close()
    again = opened(tmp_path)
    assert (again.records, again.waiting) == (3, 3)
    assert bodies(again) == [b"a", b"c", b"d"]


def test_files_are_private_and_vanish_when_done(tmp_path: Path) -> None:
    spool = opened(tmp_path / "s")
    spool.append(request("a"))
    (file,) = (tmp_path / "s").glob("*.spool")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    item = spool.next()
    assert item is not None
    spool.done(item[0])
    assert list((tmp_path / "s").glob("*.spool")) == []
    assert (spool.size, spool.records, spool.waiting) == (0, 0, 0)
    spool.append(request("b"))
    assert bodies(spool) == [b"b"]


@pytest.mark.parametrize("torn", [1, 5, 30, 200])
def test_torn_tail(tmp_path: Path, torn: int) -> None:
    spool = opened(tmp_path)
    for text in ("one", "two"):
        spool.append(request(text, size=300))
    spool.close()
    (file,) = tmp_path.glob("*.spool")
    file.write_bytes(file.read_bytes()[:-torn])
    again = opened(tmp_path)
    assert again.torn_bytes > 0
    assert again.size == on_disk(tmp_path)
    again.append(request("three"))
    assert bodies(again) == [b"one", b"three"]


def test_damaged_body_is_counted_and_passed_over(tmp_path: Path) -> None:
    spool = opened(tmp_path)
    for text in ("one", "two", "three"):
        spool.append(request(text, "t"))
    spool.close()
    (file,) = tmp_path.glob("*.spool")
    file.write_bytes(file.read_bytes().replace(b"two", b"tWo"))
    again = opened(tmp_path)
    assert bodies(again) == [b"one", b"three"]
    (loss,) = again.take_losses()
    assert (loss.reason, loss.records, loss.requests, loss.headers) == ("spool_corrupt", 3, 1, {"X-Scope-OrgID": "t"})
    assert again.records == 8


def test_damaged_header_is_passed_over(tmp_path: Path) -> None:
    spool = opened(tmp_path)
    tickets = [ticket for text in ("one", "two", "three") if (ticket := spool.append(request(text)))]
    spool.close()
    (file,) = tmp_path.glob("*.spool")
    data = bytearray(file.read_bytes())
    data[tickets[1].offset + 8] ^= 0xFF
    file.write_bytes(data)
    assert bodies(opened(tmp_path)) == [b"one", b"three"]


def test_header_damaged_while_running_is_written_off(tmp_path: Path) -> None:
    spool = opened(tmp_path)
    tickets = [ticket for text in ("one", "two") if (ticket := spool.append(request(text)))]
    (file,) = tmp_path.glob("*.spool")
    with file.open("r+b") as handle:
        handle.seek(tickets[1].offset)
        handle.write(b"XXXX")
    item = spool.next()
    assert item is not None and item[1].body == b"one"
    assert spool.next() is None
    assert (spool.waiting, spool.records) == (0, 3)
    assert [(loss.reason, loss.records) for loss in spool.take_losses()] == [("spool_corrupt", 3)]
    spool.done(item[0])
    assert spool.records == 0 and list(tmp_path.glob("*.spool")) == []


def test_never_above_the_cap_and_the_oldest_go(tmp_path: Path) -> None:
    cap = 8192
    spool = opened(tmp_path, cap)
    for number in range(100):
        assert spool.append(request(f"{number:03d}", size=400)) is not None
        assert on_disk(tmp_path) == spool.size <= cap
    losses = spool.take_losses()
    kept = bodies(spool)
    assert {loss.reason for loss in losses} == {"spool_full"}
    assert kept == [f"{number:03d}".encode() for number in range(100 - len(kept), 100)]
    assert sum(loss.requests for loss in losses) + len(kept) == 100
    assert sum(loss.records for loss in losses) + spool.records == 300
    assert len(kept) * 400 > cap * 0.7


def test_handed_out_is_not_lost_until_it_comes_back(tmp_path: Path) -> None:
    spool = opened(tmp_path, 4096)
    spool.append(request("a", size=300))
    spool.append(request("b", size=300))
    first, second = spool.next(), spool.next()
    assert first is not None and second is not None
    for _ in range(20):
        spool.append(request("x", size=300))
    assert all(loss.records % 1 == 0 for loss in spool.take_losses())
    before = spool.records
    spool.done(first[0])
    assert spool.take_losses() == []
    spool.give_back(second[0])
    assert [(loss.reason, loss.records) for loss in spool.take_losses()] == [("spool_full", 1)]
    assert spool.records == before - 2


def test_larger_than_the_budget_is_refused(tmp_path: Path) -> None:
    spool = opened(tmp_path, 4096)
    spool.append(request("a"))
    assert spool.append(request("b", size=5000)) is None
    assert bodies(spool) == [b"a"]


def test_smaller_cap_at_the_next_start(tmp_path: Path) -> None:
    spool = opened(tmp_path, 65536)
    for number in range(100):
        spool.append(request(f"{number:03d}", size=400))
    spool.close()
    again = opened(tmp_path, 16384)
    assert again.size == on_disk(tmp_path) <= 16384
    assert bodies(again)[-1] == b"099"


def test_one_process_at_a_time(tmp_path: Path) -> None:
    spool = opened(tmp_path)
    with pytest.raises(BlockingIOError):
        Spool(tmp_path, CAP).open()
    spool.close()
    opened(tmp_path).close()


def test_nothing_remains_of_a_write_that_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool = opened(tmp_path)
    spool.append(request("a"))

    def full(fd: int, data: bytes, at: int) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("os.pwrite", full)
        with pytest.raises(OSError, match="No space"):
            spool.append(request("b"))
    spool.append(request("c"))
    assert bodies(spool) == [b"a", b"c"]
    assert spool.size == on_disk(tmp_path)
