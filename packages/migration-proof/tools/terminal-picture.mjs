// @ts-check
// Draws what commands print as an SVG, as a terminal shows it: with colours, light and dark, and in any font.
import { spawnSync } from 'node:child_process'
import { stripVTControlCharacters } from 'node:util'

const escapeCharacter = '\u001B'
/** In parentheses, so that split keeps it. */
const colourChange = new RegExp(`(${escapeCharacter}\\[[0-9;]*m)`)
const characterWidth = 8.4
const lineHeight = 20
const margin = 20

/** How each SGR code of ECMA-48 that the commands use is shown. */
const looks = new Map([
  ['1', 'bold'],
  ['2', 'dim'],
  ['31', 'red'],
  ['32', 'green'],
  ['33', 'yellow'],
  ['36', 'cyan'],
])
const ends = new Map([
  ['22', ['bold', 'dim']],
  ['39', ['red', 'green', 'yellow', 'cyan']],
  ['0', [...looks.values()]],
])

const style = `
  rect { fill: #ffffff; stroke: #d0d7de }
  text { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace; fill: #1f2328 }
  .bold { font-weight: bold } .dim { fill: #59636e }
  .red { fill: #cf222e } .green { fill: #1a7f37 } .yellow { fill: #9a6700 } .cyan { fill: #1b7c83 }
  @media (prefers-color-scheme: dark) {
    rect { fill: #0d1117; stroke: #3d444d }
    text { fill: #f0f6fc } .dim { fill: #9198a1 }
    .red { fill: #ff7b72 } .green { fill: #3fb950 } .yellow { fill: #d29922 } .cyan { fill: #39c5cf }
  }`

/** A line comes when it is its turn, once. Where a reader wants no motion, and where nothing moves, all are there. */
const motion = `
  @media (prefers-reduced-motion: no-preference) {
    .late { animation: come 1ms var(--at) both }
    @keyframes come { from { visibility: hidden } to { visibility: visible } }
  }`

/**
 * One line as text elements. Each word has its own position and length, so that columns stay aligned in any font.
 *
 * @param {string} line
 * @param {number} row
 */
function drawLine(line, row) {
  const y = margin + lineHeight * row + 14
  /** @type {Set<string>} */
  const current = new Set()
  let column = 0
  return line
    .split(colourChange)
    .map((part) => {
      if (part.startsWith(escapeCharacter)) {
        for (const code of part.slice(2, -1).split(';')) apply(code || '0', current)
        return ''
      }
      const start = column
      column += [...part].length
      return [...part.matchAll(/\S+/g)]
        .map((word) => drawText(word[0], start + [...part.slice(0, word.index)].length, y, current))
        .join('')
    })
    .join('')
}

/**
 * @param {string} code
 * @param {Set<string>} current
 */
function apply(code, current) {
  const look = looks.get(code)
  if (look !== undefined) current.add(look)
  for (const ended of ends.get(code) ?? []) current.delete(ended)
}

/**
 * @param {string} word
 * @param {number} column
 * @param {number} y
 * @param {Set<string>} current
 */
function drawText(word, column, y, current) {
  const x = (margin + column * characterWidth).toFixed(1)
  const classes = current.size === 0 ? '' : ` class="${[...current].join(' ')}"`
  const width = ([...word].length * characterWidth).toFixed(1)
  return `<text x="${x}" y="${y}" textLength="${width}"${classes}>${escapeXml(word)}</text>\n`
}

/** @param {string} text */
function escapeXml(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/**
 * A command, and what it printed.
 *
 * @typedef {{ readonly command: string, readonly output: string }} Step
 */

/** How long a reader needs for each step before the next, in seconds; in all less than five, after which motion must stop. */
const secondsBetween = 1.6
const secondsOfLine = 0.04

/**
 * Draws commands, one after the other, as a terminal shows them.
 *
 * @param {readonly Step[]} steps
 * @param {{ readonly title: string, readonly moves?: boolean }} options `moves`: whether lines come one after the other
 */
export function drawTerminal(steps, { title, moves = false }) {
  let seconds = 0
  const lines = steps.flatMap(({ command, output }, index) => {
    if (index > 0) seconds += secondsBetween
    const shown = [
      ...(index > 0 ? [''] : []),
      `${escapeCharacter}[2m$${escapeCharacter}[22m ${escapeCharacter}[1m${command}${escapeCharacter}[22m`,
      ...output.trimEnd().split('\n'),
    ]
    return shown.map((line) => {
      seconds += secondsOfLine
      return { line: line.replaceAll('\t', '  '), at: seconds }
    })
  })
  const columns = Math.max(80, ...lines.map(({ line }) => [...stripVTControlCharacters(line)].length))
  const width = Math.ceil(columns * characterWidth + 2 * margin)
  const height = lines.length * lineHeight + 2 * margin
  const drawn = lines.map(({ line, at }, row) => {
    const text = drawLine(line, row)
    return moves && text !== '' ? `<g class="late" style="--at: ${at.toFixed(2)}s">\n${text}</g>\n` : text
  })
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">\n` +
    `<title>${escapeXml(title)}</title>\n<style>${style}${moves ? motion : ''}\n</style>\n` +
    `<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="6"/>\n` +
    `${drawn.join('')}</svg>\n`
  )
}

/**
 * Runs a program as on a terminal with colours.
 *
 * @param {readonly string[]} words the program and what it is given
 * @param {{ readonly cwd: string, readonly columns?: number }} options
 */
export function runInColour([program = '', ...parameters], { cwd, columns }) {
  const { stdout, status, error } = spawnSync(program, parameters, {
    cwd,
    encoding: 'utf8',
    env: {
      ...process.env,
      ...(columns === undefined ? {} : { COLUMNS: `${columns}` }),
      FORCE_COLOR: '1',
      npm_config_loglevel: 'silent',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (error) throw error
  return { stdout, status }
}
