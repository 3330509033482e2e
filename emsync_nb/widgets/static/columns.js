/** Columns of 32-bit floats, little endian, one after another, as Python's packing writes them. */

/** @returns {{length: number}} the columns by name, as Float32Array, and how long each is */
export function columns(view, names) {
  const found = { length: 0 };
  const bytes = view ? view.byteLength : 0;
  const count = bytes / 4 / names.length;
  if (!Number.isInteger(count)) throw new RangeError(`${bytes} bytes are not ${names.length} columns of floats`);
  found.length = count;
  // a copy: a DataView may begin where no float may
  const numbers = new Float32Array(bytes ? view.buffer.slice(view.byteOffset, view.byteOffset + bytes) : 0);
  names.forEach((name, index) => {
    found[name] = numbers.subarray(index * count, (index + 1) * count);
  });
  return found;
}

/** Arrays of one length as the bytes of such columns. */
export function toBytes(arrays) {
  const count = arrays.length ? arrays[0].length : 0;
  const numbers = new Float32Array(arrays.length * count);
  arrays.forEach((array, index) => numbers.set(array, index * count));
  return new DataView(numbers.buffer);
}
