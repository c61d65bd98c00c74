/** A text with LF line ends. Git on Windows may turn every LF into CRLF; the text stays the same text. */
export function withLfLineEnds(text: string): string {
  return text.replaceAll('\r\n', '\n')
}
