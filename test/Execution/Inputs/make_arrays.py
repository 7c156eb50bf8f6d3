"""Writes, into a folder, data for examples/dense: good.npz and files that are wrong in one way each."""

import sys
import zipfile
from pathlib import Path

import numpy as np

folder = Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
rng = np.random.default_rng(0)
x = rng.standard_normal((20, 8)).astype(np.float32)
labels = rng.integers(0, 4, 20).astype(np.int32)

np.savez(folder / "good.npz", x=x, labels=labels)
np.savez_compressed(folder / "compressed.npz", x=x, labels=labels)
np.save(folder / "good.npy", x)
(folder / "with space").mkdir(exist_ok=True)
np.savez(folder / "with space" / "good data.npz", x=x)

special = x.copy()
special[0, 0], special[1, 0], special[2, 0], special[3] = np.nan, np.inf, -np.inf, 1e30
np.savez(folder / "special.npz", x=special)

np.savez(folder / "other_name.npz", calib_x=x)
np.savez(folder / "double.npz", x=x.astype(np.float64))
np.savez(folder / "wrong_shape.npz", x=x[:, :7])
np.savez(folder / "wrong_rank.npz", x=x.reshape(20, 8, 1))
np.savez(folder / "fortran.npz", x=np.asfortranarray(x))
np.savez(folder / "big_endian.npz", x=x.astype(">f4"))
np.savez(folder / "object.npz", x=np.array([None]))
np.savez(folder / "float_labels.npz", x=x, labels=labels.astype(np.float32))
np.savez(folder / "few_labels.npz", x=x, labels=labels[:3])
np.savez(folder / "empty_array.npz", x=x[:0])

good = (folder / "good.npz").read_bytes()
(folder / "empty.npz").write_bytes(b"")
(folder / "empty.npy").write_bytes(b"")
(folder / "text.npz").write_bytes(b"not an archive")
(folder / "truncated.npz").write_bytes(good[: len(good) // 2])
(folder / "truncated.npy").write_bytes((folder / "good.npy").read_bytes()[:-1])
(folder / "header_only.npy").write_bytes((folder / "good.npy").read_bytes()[:20])
damaged = bytearray(good)
damaged[200] ^= 1
(folder / "damaged.npz").write_bytes(damaged)


def write_npy(name: str, dictionary: str, data: bytes = b"") -> None:
    """A .npy file with any header."""
    header = dictionary.encode()
    (folder / name).write_bytes(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + data)


write_npy("overflow.npy", "{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 8), }")
write_npy("huge.npy", "{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000000, 8), }")
write_npy("negative.npy", "{'descr': '<f4', 'fortran_order': False, 'shape': (-1, 8), }")
write_npy("no_shape.npy", "{'descr': '<f4', 'fortran_order': False, }")
write_npy("no_brace.npy", "{'descr': '<f4'")

# A member that claims to hold a terabyte.
with zipfile.ZipFile(folder / "bomb.npz", "w", zipfile.ZIP_DEFLATED) as archive:
    header = b"{'descr': '<f4', 'fortran_order': False, 'shape': (1000000, 8), }"
    archive.writestr("x.npy", b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + bytes(100))
