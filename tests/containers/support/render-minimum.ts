import type { TestedEngine } from './engines.ts'

export interface Minimum {
  readonly version: number
  readonly name: string
  /** The oldest engine from which on all work; null if none does. */
  readonly oldest: TestedEngine | null
  /** The newest engine that does not work, and why. */
  readonly stopped: { readonly engine: TestedEngine; readonly obstacle: string | null } | null
}

/** The table of the minimum engines, and the engines that were tried, as Markdown. */
export function renderMinimum(minimums: readonly Minimum[], engines: readonly TestedEngine[]): string {
  const rows = minimums.map(({ version, name, oldest, stopped }) => [
    `v${version}, ${name}`,
    oldest === null ? 'none' : oldest.version,
    stopped === null ? `nothing older was tried` : `${stopped.engine.version}: ${stopped.obstacle}`,
  ])
  const tried = engines.map(({ version, name }) => [version, name])
  return [
    ...renderTable(['Migration', 'Oldest SQLite on which it works', 'What stops an older one'], rows),
    '',
    'Tried, oldest first:',
    '',
    ...renderTable(['SQLite', 'Where it comes from'], tried),
  ].join('\n')
}

function renderTable(titles: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return [titles, titles.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`)
}

/** Puts text between the two marks of a section. */
export function replaceSection(page: string, section: string, text: string): string {
  const [begin, end] = [`<!-- ${section}: written by the tests -->`, `<!-- end of ${section} -->`]
  const [before, rest] = splitAt(page, begin)
  const [, after] = splitAt(rest, end)
  return `${before}${begin}\n\n${text}\n\n${end}${after}`
}

function splitAt(text: string, mark: string): [string, string] {
  const place = text.indexOf(mark)
  if (place === -1)
    throw new Error(`docs/engines.md: expected the mark '${mark}', found none; restore the page.`)
  return [text.slice(0, place), text.slice(place + mark.length)]
}
