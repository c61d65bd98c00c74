/**
 * A file that an engine without shared memory can open: bytes 18 and 19 say 2 where a file is in WAL mode.
 * See https://www.sqlite.org/fileformat2.html#file_format_version_numbers
 */
export function withoutWal(file: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(file)
  for (const place of [18, 19]) if (copy[place] === 2) copy[place] = 1
  return copy
}
