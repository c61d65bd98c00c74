import type { Connection } from '../sql/connection.ts'

/** How a database stores text: https://www.sqlite.org/pragma.html#pragma_encoding */
export type TextEncoding = 'UTF-8' | 'UTF-16le' | 'UTF-16be'

export function readEncoding(connection: Connection): TextEncoding {
  const [row] = connection.all('PRAGMA encoding')
  return row?.encoding === 'UTF-16le' || row?.encoding === 'UTF-16be' ? row.encoding : 'UTF-8'
}

/** The UTF-8 bytes of text as the database stores it. Bytes that are UTF-8 already stay as they are, valid or not. */
export function decodeText(stored: Uint8Array, encoding: TextEncoding): Uint8Array {
  if (encoding === 'UTF-8') return stored
  const littleEndian = encoding === 'UTF-16le' ? Buffer.from(stored) : Buffer.from(stored).swap16()
  return Buffer.from(littleEndian.toString('utf16le'))
}
