/** SHA-256 of bytes, or of a text as UTF-8, in lower-case hexadecimal digits. */
export function sha256(content: Uint8Array | string): string {
  // Loaded only then: `inspect` seldom hashes, and loading it takes a tenth of its start.
  return process.getBuiltinModule('node:crypto').createHash('sha256').update(content).digest('hex')
}

/** SHA-256 of a text with LF line ends. */
export function hashText(text: string): string {
  return sha256(withLfLineEnds(text))
}

/** A text with LF line ends. Git on Windows may turn every LF into CRLF; the text stays the same text. */
export function withLfLineEnds(text: string): string {
  return text.replaceAll('\r\n', '\n')
}

/** A value as JSON, the same whatever the order of its keys. */
export function canonicalText(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([left], [right]) => (left < right ? -1 : 1)))
      : part,
  )
}
