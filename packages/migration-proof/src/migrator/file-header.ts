/** What the first 100 bytes of a database file say: https://www.sqlite.org/fileformat2.html#the_database_header */
export interface FileHeader {
  readonly pageSizeBytes: number
  /** Null where the header's count is stale: the file was last written by a SQLite before 3.7.0. */
  readonly pageCount: number | null
}

const magic = Buffer.from('SQLite format 3\0')
const headerBytes = 100

/** The header of a database file; null for a file that does not begin like one. */
export function parseHeader(start: Buffer): FileHeader | null {
  if (start.length < headerBytes || !start.subarray(0, magic.length).equals(magic)) return null
  const pageSize = start.readUInt16BE(16)
  const isCountValid = start.readUInt32BE(24) === start.readUInt32BE(92)
  return {
    pageSizeBytes: pageSize === 1 ? 65536 : pageSize,
    pageCount: isCountValid ? start.readUInt32BE(28) : null,
  }
}

/**
 * Whether bytes look like noise, as encrypted and compressed files do: Shannon's entropy is near the most that
 * so few bytes can have. Text and databases stay below 6 bits a byte.
 */
export function looksRandom(bytes: Buffer): boolean {
  const counts = new Map<number, number>()
  for (const byte of bytes) counts.set(byte, (counts.get(byte) ?? 0) + 1)
  const entropyBits = [...counts.values()]
    .map((count) => count / bytes.length)
    .reduce((sum, share) => sum - share * Math.log2(share), 0)
  return bytes.length >= 512 && entropyBits > 7
}
