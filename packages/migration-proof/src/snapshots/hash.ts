import { createHash } from 'node:crypto'
import { withLfLineEnds } from './line-ends.ts'

/** SHA-256 of bytes, or of a text as UTF-8, in lower-case hexadecimal digits. */
export function sha256(content: Uint8Array | string): string {
  return createHash('sha256').update(content).digest('hex')
}

/** SHA-256 of a text with LF line ends. */
export function hashText(text: string): string {
  return sha256(withLfLineEnds(text))
}
