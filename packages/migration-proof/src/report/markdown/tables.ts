import type { HistoryVersion, Results } from '../model.ts'
import { formatCount } from '../numbers.ts'
import type { Problem } from '../problems.ts'
import { asCode, escapeMarkdown } from './escape.ts'

/** Cells that are Markdown already, under titles that are too. */
export function formatTable(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(titles), line(titles.map(() => '---')), ...rows.map(line)].join('\n')
}

/** Each check by each snapshot. */
export function formatMatrix({ upgrades }: Results): string {
  if (upgrades === null) return 'Not run.'
  const names = [...new Set(upgrades.snapshots.flatMap(({ checks }) => checks.map(({ check }) => check)))]
  const rows = names.map((name) => [
    escapeMarkdown(name),
    ...upgrades.snapshots.map(({ checks }) => {
      const result = checks.find(({ check }) => check === name)
      return result === undefined ? 'not run' : markOf(result.outcome)
    }),
  ])
  return formatTable(['Check', ...upgrades.snapshots.map(({ snapshot }) => escapeMarkdown(snapshot))], rows)
}

export function markOf(outcome: 'passed' | 'failed'): string {
  return outcome === 'passed' ? '✅' : '❌'
}

/** How much of each text of a problem is shown, in characters. */
const mostCharacters = 400

export function formatProblems(problems: readonly Problem[]): string {
  return problems
    .map(({ part, rule, object, file, line, expected, actual, why, remedy }) => {
      const place = file === null ? '' : `, ${asCode(`${file}${line === null ? '' : `:${line}`}`)}`
      return [
        `- ❌ **${escapeMarkdown(`${part}/${rule}`)}**: ${asCode(clip(object))}${place}`,
        `  - expected ${escapeMarkdown(clip(expected))}`,
        `  - found ${escapeMarkdown(clip(actual))}`,
        `  - ${escapeMarkdown(clip(why))}`,
        `  - to mend it: ${asCode(clip(remedy))}`,
      ].join('\n')
    })
    .join('\n')
}

function clip(text: string): string {
  return text.length <= mostCharacters ? text : `${text.slice(0, mostCharacters)}…`
}

const signs = { added: '🟢 added', removed: '🔴 removed', changed: '🟠 changed' } as const

export function formatDifferences({ differences }: HistoryVersion): string {
  return formatTable(
    ['Object', 'What', 'Change', 'Before', 'After'],
    differences.map(({ type, name, aspect, kind, before, after }) => [
      `${type} ${asCode(name)}`,
      aspect === 'existence' ? 'the whole' : escapeMarkdown(aspect),
      signs[kind],
      escapeMarkdown(before),
      escapeMarkdown(after),
    ]),
  )
}

export function formatKills({ mutation }: Results): string {
  if (mutation === null) return 'Not run.'
  const checks = mutation.checks.map(({ check }) => check)
  const rows = mutation.operators.map(({ operator, mutants, kills }) => [
    asCode(operator),
    formatCount(mutants),
    ...checks.map((check) => {
      const killed = kills[check] ?? null
      return killed === null ? '–' : formatCount(killed)
    }),
  ])
  return formatTable(['Fault', 'Mutants', ...checks.map(escapeMarkdown)], rows)
}
