/**
 * A text as it shows in Markdown: no name can become a link, an image, a heading, HTML or another cell. Line
 * breaks and characters that are not seen become spaces.
 */
export function escapeMarkdown(text: string): string {
  return oneLine(text)
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/[\\`*_{}[\]()#+\-.!|~^$:@=]/g, (character) => `&#${character.codePointAt(0)};`)
}

/** A text as code. HTML, because in Markdown no escape works between backticks. */
export function asCode(text: string): string {
  return `<code>${escapeMarkdown(text)}</code>`
}

/** A text as a label of Mermaid, between quotes: https://mermaid.js.org/syntax/flowchart.html#entity-codes-to-escape-characters */
export function escapeMermaid(text: string): string {
  return oneLine(text).replace(/[^\p{L}\p{N}_ .,]/gu, (character) => `#${character.codePointAt(0)};`)
}

/** A name as Mermaid takes it for a type or an attribute: https://mermaid.js.org/syntax/entityRelationshipDiagram.html */
export function asMermaidWord(text: string): string {
  const word = text.replace(/[^A-Za-z0-9_]/g, '_')
  return /^[A-Za-z]/.test(word) ? word : `x_${word}`
}

function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]+/gu, ' ').trim()
}
