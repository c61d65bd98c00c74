/** What a terminal may not show as it is. */
export const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu

/**
 * A text from a file or an error as a terminal may show it: line breaks, escape sequences and characters that
 * turn the direction of writing are shown as escapes, so that a hostile name cannot draw on the screen.
 */
export function printable(text: string): string {
  return text.replace(unprintable, escapeCharacter)
}

/** One character as an escape, such as `\u{1b}`. */
export function escapeCharacter(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`
}
