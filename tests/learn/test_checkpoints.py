import numpy as np
import pytest

from affetto.errors import ModelError
from affetto.learn.checkpoints import load_arrays, save_arrays


def test_arrays_come_back_with_their_notes(tmp_path):
    path = tmp_path / "deep" / "state.npz"
    save_arrays(path, {"a/b": np.arange(3)}, meta={"epoch": 4})
    arrays, meta = load_arrays(path)
    assert arrays["a/b"].tolist() == [0, 1, 2]
    assert meta == {"epoch": 4}


def test_a_failed_save_leaves_the_old_file_and_no_scraps(tmp_path):
    path = tmp_path / "state.npz"
    save_arrays(path, {"a": np.zeros(2)}, meta={"epoch": 1})
    with pytest.raises(TypeError):
        save_arrays(path, {"a": np.ones(2)}, meta={"epoch": object()})
    assert load_arrays(path)[0]["a"].tolist() == [0, 0]
    assert [file.name for file in tmp_path.iterdir()] == ["state.npz"]


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04 cut short"])
def test_a_damaged_checkpoint_is_one_sentence(tmp_path, content):
    path = tmp_path / "state.npz"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=r"state\.npz"):
        load_arrays(path)
