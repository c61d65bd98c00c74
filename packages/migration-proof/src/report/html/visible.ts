/**
 * The same value, with characters that are not seen, or that turn the direction of writing, as escapes in every
 * text: a name cannot turn around what stands after it. Line breaks and tabs stay.
 */
export function makeVisible<Value>(value: Value): Value
export function makeVisible(value: unknown): unknown {
  if (typeof value === 'string') return escapeUnseen(value)
  if (Array.isArray(value)) return value.map((item) => makeVisible(item))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [escapeUnseen(key), makeVisible(item)]),
  )
}

function escapeUnseen(text: string): string {
  return text.replace(
    /(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  )
}
