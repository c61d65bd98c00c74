import type { EquivalentMutants, Suite } from '../proof/suite.ts'
import { foldName } from '../sql/names.ts'
import { significantTokens, unquote } from '../sql/tokens.ts'
import type { MutantCheck } from './checks/mutant-check.ts'
import { killersOf, type MutantVerdict } from './judge.ts'
import type { ChangedRows, Mutant } from './model.ts'
import { dataStatementOperators } from './operators/data-statements.ts'

/** Operators whose faults may show in the schema alone. */
export const schemaOnlyOperators: readonly string[] = ['index-renamed', 'constraint-renamed', 'strict-added']

/** The share of the mutants that can show in behaviour which its check must kill, from 0 to 1. */
export const leastBehaviourRate = 0.95

/** What a run found. Mutants that are declared equivalent are counted nowhere else. */
export interface MutationReport {
  readonly mutants: number
  readonly survivors: readonly SurvivingMutant[]
  readonly operators: readonly OperatorSummary[]
  readonly checks: readonly CheckSummary[]
  /** The share that the behaviour check killed, from 0 to 1, of the mutants that behaviour can show. */
  readonly behaviourRate: number
  /** Those of them that it did not kill. */
  readonly behaviourMissed: readonly Pick<Mutant, 'id' | 'object'>[]
  readonly equivalents: readonly EquivalentMutants[]
  /** Declared equivalent mutants that do not exist, or that a check kills. */
  readonly wrongEquivalents: readonly string[]
}

export interface SurvivingMutant {
  readonly id: string
  readonly fault: string
  readonly wouldBeKilledBy: string
  /** The table whose migration has the fault; `migrator` where the migrator has it. */
  readonly table: string
  readonly version: number
}

export interface OperatorSummary {
  readonly operator: string
  readonly mutants: number
  /** How many of them each check killed, by its name; null for a check that did not run. */
  readonly kills: Readonly<Record<string, number | null>>
}

export interface CheckSummary {
  readonly check: string
  readonly judged: number
  readonly kills: number
  /** The mutants that no other check killed. */
  readonly killedAlone: readonly string[]
  readonly milliseconds: number
  readonly keptBecause: string
}

export interface ReportOptions {
  readonly mutants: readonly Mutant[]
  readonly verdicts: readonly MutantVerdict[]
  readonly checks: readonly MutantCheck[]
  readonly equivalents: readonly EquivalentMutants[]
  /** Whose declarations the checks compare with. */
  readonly suite: Suite
  /** Whether every mutant and check ran: only then can an entry be unused. */
  readonly isWhole: boolean
}

/** Makes the report of a run. Apart from times, the same suite always gives the same report. */
export function makeReport(options: ReportOptions): MutationReport {
  const { mutants, checks, equivalents, suite, isWhole } = options
  const named = new Set(equivalents.flatMap((equivalent) => equivalent.mutants))
  const byId = new Map(options.verdicts.map((verdict) => [verdict.id, verdict]))
  const all = mutants.flatMap((mutant) => {
    const verdict = byId.get(mutant.id)
    return verdict === undefined ? [] : [{ mutant, verdict, killers: killersOf(verdict) }]
  })
  const judged = all.filter(({ mutant }) => !named.has(mutant.id))
  const shown = judged.filter(({ mutant }) => showsInBehaviour(mutant))
  const missed = shown.filter(({ killers }) => !killers.includes('behaviour'))
  const killed = new Set(all.filter(({ killers }) => killers.length > 0).map(({ mutant }) => mutant.id))
  const wrong = [...named].filter((id) => killed.has(id) || (isWhole && !byId.has(id)))
  return {
    mutants: judged.length,
    survivors: judged
      .filter(({ killers }) => killers.length === 0)
      .map(({ mutant }) => ({
        id: mutant.id,
        fault: mutant.fault,
        wouldBeKilledBy: adviceFor(mutant),
        table: mutant.changed?.table ?? mutant.object,
        version: mutant.version,
      })),
    operators: summariseOperators(judged, checks),
    checks: checks.map((check) => summariseCheck(judged, check, suite)),
    behaviourRate: shown.length === 0 ? 1 : (shown.length - missed.length) / shown.length,
    behaviourMissed: missed.map(({ mutant: { id, object } }) => ({ id, object })),
    equivalents: equivalents.filter(({ mutants: ids }) => ids.some((id) => byId.has(id))),
    wrongEquivalents: wrong,
  }
}

interface Judged {
  readonly mutant: Mutant
  readonly verdict: MutantVerdict
  readonly killers: readonly string[]
}

function summariseOperators(judged: readonly Judged[], checks: readonly MutantCheck[]): OperatorSummary[] {
  const names = [...new Set(judged.map(({ mutant }) => mutant.operator))]
  return names.map((operator) => {
    const own = judged.filter(({ mutant }) => mutant.operator === operator)
    const kills = checks.map(({ name }) => {
      const ran = own.some(({ verdict }) => verdict.checks.some(({ check }) => check === name))
      return [name, ran ? own.filter(({ killers }) => killers.includes(name)).length : null]
    })
    return { operator, mutants: own.length, kills: Object.fromEntries(kills) }
  })
}

function summariseCheck(judged: readonly Judged[], check: MutantCheck, suite: Suite): CheckSummary {
  const { name } = check
  const lacking = check.lacks?.(suite) ?? null
  const own = judged.flatMap(({ verdict }) => verdict.checks.filter(({ check }) => check === name))
  return {
    check: name,
    judged: own.length,
    kills: own.filter(({ problems }) => problems.length > 0).length,
    killedAlone: judged
      .filter(({ killers }) => killers.length === 1 && killers[0] === name)
      .map(({ mutant }) => mutant.id),
    milliseconds: own.reduce((sum, { milliseconds }) => sum + milliseconds, 0),
    keptBecause: lacking === null ? check.keptBecause : `it had nothing to compare: ${lacking}`,
  }
}

/**
 * What a migrator does wrong shows in when it stops and starts, and not in what statements see afterwards; and what becomes of
 * rows that a migration changes on purpose, its declaration says.
 */
function showsInBehaviour({ site, operator }: Mutant): boolean {
  return site !== 'migrator' && !schemaOnlyOperators.includes(operator) && !isOfDataStatement(operator)
}

function isOfDataStatement(operator: string): boolean {
  return dataStatementOperators.some(({ name }) => name === operator)
}

function adviceFor(mutant: Mutant): string {
  const { operator, site, version, object } = mutant
  if (mutant.changed !== undefined) return adviceForRows(mutant, mutant.changed)
  if (operator === 'statement-dropped') return `the golden schema of version ${version}`
  if (site === 'schema') return `the golden schema of version ${version}, or the facts of ${object}`
  if (site === 'data') return `a snapshot below version ${version} with rows in ${object}, or a model of it`
  return 'a check that exercises what this migrator does wrong'
}

/**
 * A row of a table that the migration declares to change can be an example; one of a table that it makes cannot: there, an
 * example of the old table says what is in the new one.
 */
function adviceForRows({ version, plan }: Mutant, { sql, table: target }: ChangedRows): string {
  const words = significantTokens(sql).map((token) => foldName(unquote(token)))
  const { dataChanges = [] } = plan.migrations[version - 1] ?? {}
  const declared = dataChanges.filter(({ table }) => words.includes(foldName(table)))
  const own = declared.find(({ table, renamedTo }) =>
    [table, renamedTo ?? table].some((name) => foldName(name) === foldName(target ?? '')),
  )
  const [change = own] = own === undefined ? declared : [own]
  const table = change?.table ?? target
  const of = table === null ? '' : ` in ${table}`
  const rows = `a snapshot below version ${version} with rows${of} of which this makes others, as of ids with gaps and of NULL`
  if (change === undefined) return rows
  const into = own === undefined && target !== null ? ` with intoTable: '${target}'` : ''
  return `${rows}, or an example in dataChanges of ${table}${into}`
}

/** The kill matrix as a Markdown table, without times, so that it is the same for every run. */
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

/** A share as a percentage, rounded down, so that 100 % means all. */
export function formatRate(rate: number): string {
  return `${Math.floor(rate * 1000) / 10} %`
}
