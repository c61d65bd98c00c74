/** The text of a package.json with more scripts; all else stays as it is, to the byte. */
export interface EditedPackage {
  readonly text: string
  readonly added: readonly string[]
  /** Names of scripts that are there already, and do something else. */
  readonly left: readonly string[]
}

/**
 * Adds scripts to the text of a package.json, in its own indent and line ends.
 *
 * @throws {SyntaxError} where it is no JSON
 * @throws {TypeError} where it is no object, or its scripts are none
 */
export function addScripts(text: string, scripts: Readonly<Record<string, string>>): EditedPackage {
  const before: unknown = JSON.parse(text.replace(/^\uFEFF/, ''))
  if (!isObject(before)) throw new TypeError('it holds no object')
  const { scripts: present = {} } = before
  if (!isObject(present)) throw new TypeError('its scripts are no object')
  const wanted = Object.entries(scripts)
  const added = wanted.filter(([name]) => !(name in present))
  const left = wanted.filter(([name, script]) => name in present && present[name] !== script)
  const names = { added: added.map(([name]) => name), left: left.map(([name]) => name) }
  if (added.length === 0) return { text, ...names }
  return { text: insertScripts(text, added), ...names }
}

function insertScripts(text: string, added: readonly (readonly [name: string, script: string])[]): string {
  const isOneLine = !text.trim().includes('\n')
  const [, own = '  '] = /^\{\s*\n([\t ]+)/.exec(text.replace(/^\uFEFF/, '')) ?? []
  const lineEnd = text.includes('\r\n') ? '\r\n' : '\n'
  const [end, indent, space] = isOneLine ? ['', '', text.includes('": ') ? ' ' : ''] : [lineEnd, own, ' ']
  const lines = added.map(
    ([name, script]) => `${indent.repeat(2)}${JSON.stringify(name)}:${space}${JSON.stringify(script)}`,
  )
  const members = lines.join(`,${isOneLine ? space : end}`)
  const object = findObject(text, 'scripts')
  if (object !== null) return insert(text, object, `${end}${members}`, `${end}${indent}`)
  const whole = { start: text.indexOf('{') + 1, end: text.lastIndexOf('}') }
  return insert(text, whole, `${end}${indent}"scripts":${space}{${end}${members}${end}${indent}}`, end)
}

/** The inside of the braces of an object. */
interface Inside {
  readonly start: number
  readonly end: number
}

/** Adds members after the last one of an object. @param last what stands before the closing brace afterwards */
function insert(text: string, { start, end }: Inside, members: string, last: string): string {
  const inside = text.slice(start, end).trimEnd()
  const comma = inside.trim() === '' ? '' : ','
  return `${text.slice(0, start)}${inside}${comma}${members}${last}${text.slice(end)}`
}

/** The object that a key of the outermost object has; null for none. */
function findObject(text: string, key: string): Inside | null {
  const tokens = [...text.matchAll(/"(?:\\.|[^"\\])*"|[{}[\]:,]/g)]
  let depth = 0
  let start: number | null = null
  for (const [index, { 0: token, index: position }] of tokens.entries()) {
    const isValue =
      depth === 1 && tokens[index - 1]?.[0] === ':' && tokens[index - 2]?.[0] === JSON.stringify(key)
    if (token === '{' || token === '[') depth += 1
    if (token === '{' && isValue) start = position + 1
    if (token === '}' || token === ']') depth -= 1
    if (start !== null && depth === 1) return { start, end: position }
  }
  return null
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
