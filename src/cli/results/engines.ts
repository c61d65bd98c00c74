import type { EngineResults } from '../../harness/report/model.ts'
import { enginesPage, readTextIfAny } from '../report-files.ts'

const section = /<!-- minimum: written by the tests -->(.*?)<!-- end of minimum -->/s

/**
 * The engines that the tests in containers ran the migrations on, from the page that those tests write and keep
 * true. Null where there is no such page, as in an installed package.
 */
export function readEngines(text = readTextIfAny(enginesPage)): EngineResults | null {
  const [, tables] = section.exec(text ?? '') ?? []
  if (tables === undefined) return null
  const [minimum = [], tried = []] = tables.split(/^Tried/m).map(readRows)
  return {
    source: 'docs/engines.md',
    minimum: minimum.map(([migration = '', oldest = '', limit = '']) => ({ migration, oldest, limit })),
    tried: tried.map(([sqlite = '', origin = '']) => ({ sqlite, origin })),
  }
}

/** The rows of a Markdown table, without its head. */
function readRows(text: string): string[][] {
  const lines = text.split('\n').filter((line) => line.startsWith('|'))
  return lines.slice(2).map((line) =>
    line
      .slice(1, -1)
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim().replaceAll('\\|', '|').replaceAll('`', '')),
  )
}
