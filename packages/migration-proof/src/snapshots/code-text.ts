/** After these a slash begins a regular expression; after a value, or the end of one, it divides. */
const beforeRegExp =
  /(?:^|[([{,;:=!&|?+\-*%<>~^]|\b(?:return|typeof|case|in|of|do|else|void|delete|throw|await|yield))$/
const plainText = /^(['"])([^'"`\\\n$]*)\1$/
const token =
  /\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^'\\\n]|\\[\s\S])*'|"(?:[^"\\\n]|\\[\s\S])*"|[\p{L}\p{N}_$#@.]+|[\s\S]/uy
const regExp = /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/uy

/**
 * The text of JavaScript or TypeScript without what a migration does not do: comments, white space, optional semicolons and
 * commas, which quotes a plain text has, imports of types, and its `dataChanges`, which are known otherwise. Two texts that mean
 * different things are kept apart; where this function is not sure, so are two that mean the same.
 */
export function normaliseCode(code: string): string {
  const withoutTypes = code.replaceAll(/^import type\s[^;'"]*from\s*(['"])[^'"\n]*\1;?$/gm, '')
  const all: string[] = []
  readCode(withoutTypes, 0, all)
  const tokens = withoutProperty(all, 'dataChanges')
  return tokens
    .filter((text, index) => text !== ';' && !(text === ',' && /^[)\]}]$/.test(tokens[index + 1] ?? '')))
    .join(' ')
}

/** Leaves out a property of an object, with the value that is written there. */
function withoutProperty(tokens: readonly string[], name: string): readonly string[] {
  const start = tokens.findIndex((text, index) => text === name && tokens[index + 1] === ':')
  if (start === -1) return tokens
  let depth = 0
  const length = tokens.slice(start).findIndex((text) => {
    if (/^[)\]}]$/.test(text) && depth-- === 0) return true
    if (/^[([{]$/.test(text)) depth++
    return text === ',' && depth === 0
  })
  const end = length === -1 ? tokens.length : start + length
  return tokens.toSpliced(start, tokens[end] === ',' ? end - start + 1 : end - start)
}

/** Reads up to the brace that closes what was opened before it. @returns the position after it */
function readCode(code: string, start: number, tokens: string[]): number {
  let position = start
  let depth = 0
  while (position < code.length) {
    const character = code[position]
    if (character === '`') {
      position = readTemplate(code, position, tokens)
      continue
    }
    if (character === '/' && !/^\/[/*]/.test(code.slice(position, position + 2))) {
      const pattern = beforeRegExp.test(tokens.at(-1) ?? '') ? matchAt(regExp, code, position) : null
      const text = pattern ?? '/'
      tokens.push(text)
      position += text.length
      continue
    }
    const text = matchAt(token, code, position) ?? character ?? ''
    position += text.length
    if (/^(?:\s|\/[/*])/.test(text)) continue
    if (text === '}' && depth === 0 && start > 0) return position
    if (text === '{') depth++
    if (text === '}') depth--
    tokens.push(text.replace(plainText, "'$2'"))
  }
  return position
}

/** A template is kept to the letter, but for the code in it. */
function readTemplate(code: string, start: number, tokens: string[]): number {
  let position = start + 1
  let text = '`'
  while (position < code.length && code[position] !== '`') {
    if (code.startsWith('${', position)) {
      tokens.push(`${text}\${`)
      position = readCode(code, position + 2, tokens)
      text = '}'
      continue
    }
    const length = code[position] === '\\' ? 2 : 1
    text += code.slice(position, position + length)
    position += length
  }
  tokens.push(`${text}\``)
  return position + 1
}

function matchAt(pattern: RegExp, text: string, position: number): string | null {
  pattern.lastIndex = position
  return pattern.exec(text)?.[0] ?? null
}
