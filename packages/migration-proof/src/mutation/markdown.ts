import type { MutationReport } from './report.ts'

/** The kill matrix as a table in Markdown. It holds no times, so that it is the same for every run. */
export function renderMarkdown({ operators, checks, mutants, behaviourRate }: MutationReport): string {
  const names = checks.map(({ check }) => check)
  const rows = operators.map(({ operator, mutants: count, kills }) => [
    `\`${operator}\``,
    `${count}`,
    ...names.map((name) => `${kills[name] ?? '–'}`),
  ])
  const totals = [
    ['**all**', `${mutants}`, ...checks.map(({ kills }) => `${kills}`)],
    ['**alone**', '', ...checks.map(({ killedAlone }) => `${killedAlone.length}`)],
  ]
  const table = [
    ['operator', 'mutants', ...names],
    ['---', '---:', ...names.map(() => '---:')],
    ...rows,
    ...totals,
  ].map((cells) => `| ${cells.join(' | ')} |`)
  const rate = `Behaviour alone kills ${formatRate(behaviourRate)} of what it can show.`
  return [...table, '', rate].join('\n')
}

/** A share of one in percent, rounded down, so that 100 % means all. */
export function formatRate(rate: number): string {
  return `${Math.floor(rate * 1000) / 10} %`
}
