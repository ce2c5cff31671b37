from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from runtime.storage import StorageError, open_storage


def test_made_for_its_user_alone_with_an_id_that_stays(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "data"
    first = open_storage(folder)
    assert folder.stat().st_mode & 0o777 == 0o700
    os.close(first.lock)
    second = open_storage(folder)
    assert second.instance_id == first.instance_id != ""
    os.close(second.lock)


def test_an_alloy_s_id_is_taken_over(tmp_path: Path) -> None:
    (tmp_path / "alloy_seed.json").write_text(json.dumps({"UID": "abc", "version": "v1.18"}))
    opened = open_storage(tmp_path)
    assert opened.instance_id == "abc"
    os.close(opened.lock)


def test_a_broken_seed_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "alloy_seed.json").write_text("{")
    opened = open_storage(tmp_path)
    assert json.loads((tmp_path / "alloy_seed.json").read_text())["UID"] == opened.instance_id
    os.close(opened.lock)


def test_two_processes_cannot_share_a_folder(tmp_path: Path) -> None:
    opened = open_storage(tmp_path)
    with pytest.raises(StorageError, match="is in use by another process"):
        open_storage(tmp_path)
    os.close(opened.lock)


def test_a_file_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").touch()
    with pytest.raises(StorageError, match="cannot use storage folder"):
        open_storage(tmp_path / "data")
