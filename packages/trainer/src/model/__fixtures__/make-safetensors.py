"""Writes hugging-face.safetensors with the reference implementation: pip install safetensors==0.8.0 numpy."""

from pathlib import Path

import numpy
from safetensors import TensorSpec, serialize_file

VALUES = [0.0, -0.0, 1.0, -1.5, 65504.0, 2.0**-24, 0.1, float("inf")]
singles = numpy.array(VALUES, dtype=numpy.float32).reshape(2, 4)
arrays = {
    "single": ("float32", singles),
    "half": ("float16", singles.astype(numpy.float16)),
    # bfloat16 keeps the upper half of a float32.
    "brain": ("bfloat16", (singles.view(numpy.uint32) >> 16).astype(numpy.uint16)),
    "count": ("int64", numpy.array(-7, dtype=numpy.int64)),
    "mask": ("bool", numpy.array([True, False, True])),
    "empty": ("float32", numpy.zeros((0, 5), dtype=numpy.float32)),
}
specs = {
    name: TensorSpec(dtype=dtype, shape=array.shape, data_ptr=array.ctypes.data, data_len=array.nbytes)
    for name, (dtype, array) in arrays.items()
}
serialize_file(specs, Path(__file__).with_name("hugging-face.safetensors"), {"format": "pt", "note": "made in Python"})
