import type { TestedEngine } from './engines.ts'

export interface Minimum {
  readonly version: number
  readonly name: string
  /** The oldest engine from which on all work; null if none does. */
  readonly oldest: TestedEngine | null
  /** The newest engine that does not work, and why. */
  readonly stopped: { readonly engine: TestedEngine; readonly obstacle: string | null } | null
}

/** What was found, as docs/engines.json holds it for the report. */
export interface EnginesFound {
  readonly source: string
  readonly minimum: readonly { readonly migration: string; readonly oldest: string; readonly limit: string }[]
  readonly tried: readonly { readonly sqlite: string; readonly origin: string }[]
}

/** The minimum engine of each migration, and the engines that were tried. */
export function describeMinimum(
  minimums: readonly Minimum[],
  engines: readonly TestedEngine[],
): EnginesFound {
  return {
    source: 'docs/engines.md',
    minimum: minimums.map(({ version, name, oldest, stopped }) => ({
      migration: `v${version}, ${name}`,
      oldest: oldest === null ? 'none' : oldest.sqlite,
      limit: stopped === null ? 'nothing older was tried' : `${stopped.engine.sqlite}: ${stopped.obstacle}`,
    })),
    tried: engines.map(({ sqlite, name }) => ({ sqlite, origin: name })),
  }
}

/** The same as Markdown. */
export function renderMinimum({ minimum, tried }: EnginesFound): string {
  return [
    ...renderTable(
      ['Migration', 'Oldest SQLite on which it works', 'What stops an older one'],
      minimum.map(({ migration, oldest, limit }) => [migration, oldest, limit]),
    ),
    '',
    'Tried, oldest first:',
    '',
    ...renderTable(
      ['SQLite', 'Where it comes from'],
      tried.map(({ sqlite, origin }) => [sqlite, origin]),
    ),
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
