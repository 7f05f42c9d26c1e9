import os
import stat

import pytest

from affetto.files import arriving, write_whole


def test_a_file_arrives_with_its_folders_readable_by_all(tmp_path):
    path = tmp_path / "deep" / "x.bin"
    before = os.umask(0o022)
    try:
        write_whole(path, b"new")
    finally:
        os.umask(before)
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


def test_what_stood_there_stands_until_the_new_one_is_whole(tmp_path):
    path = tmp_path / "x.bin"
    write_whole(path, b"old")
    with arriving(path) as temporary:
        temporary.write_bytes(b"half")
        assert path.read_bytes() == b"old"
        assert temporary.parent == path.parent
    assert path.read_bytes() == b"half"


@pytest.mark.parametrize("interruption", [ValueError, KeyboardInterrupt])
def test_an_interrupted_write_leaves_the_old_file_and_no_scraps(tmp_path, interruption):
    path = tmp_path / "x.bin"
    write_whole(path, b"old")
    with pytest.raises(interruption), arriving(path) as temporary:  # noqa: PT012
        temporary.write_bytes(b"ha")
        raise interruption
    assert path.read_bytes() == b"old"
    assert [file.name for file in tmp_path.iterdir()] == ["x.bin"]


def test_a_link_stays_a_link_and_permissions_hold(tmp_path):
    target, link = tmp_path / "list.m3u", tmp_path / "link.m3u"
    target.write_bytes(b"old")
    target.chmod(0o600)
    link.symlink_to(target.name)
    write_whole(link, b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


def test_a_new_file_is_as_private_as_its_user_wants(tmp_path):
    before = os.umask(0o077)
    try:
        write_whole(tmp_path / "mine", b"")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "mine").stat().st_mode) == 0o600
