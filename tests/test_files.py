import stat

import pytest

from affetto.files import arriving, write_whole


def test_a_file_arrives_with_its_folders_readable_by_all(tmp_path):
    path = tmp_path / "deep" / "x.bin"
    write_whole(path, b"new")
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
