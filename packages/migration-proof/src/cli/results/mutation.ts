import { locateProblem } from '../../history/location.ts'
import { howToRun } from '../../how-to-run.ts'
import { mutantChecks } from '../../mutation/checks/index.ts'
import type { MutantVerdict } from '../../mutation/judge.ts'
import type { Mutant } from '../../mutation/model.ts'
import { listMutants } from '../../mutation/mutants.ts'
import { formatRate, leastBehaviourRate, type MutationReport, makeReport } from '../../mutation/report.ts'
import { describeProblem, makeProblem, type Problem } from '../../problem.ts'
import type { Suite } from '../../proof/suite.ts'
import type { MutationResults } from '../../report/model.ts'
import { foldName } from '../../sql/names.ts'
import { judgeAll, type MutationInput } from '../mutation/judge.ts'

/** Some mutants, and which they are, as "the mutants of version 7"; null for all of them. */
export interface MutantChoice {
  readonly mutants: readonly Mutant[]
  readonly limitedTo: string | null
}

/** Chooses some of all mutants. */
export type MutantFilter = (mutants: readonly Mutant[]) => MutantChoice

/**
 * Judges mutants of a suite by all checks.
 *
 * @param choose which of them are tried; defaults to all
 */
export async function runMutation(
  input: MutationInput,
  choose: MutantFilter = (mutants) => ({ mutants, limitedTo: null }),
): Promise<MutationResults> {
  const start = performance.now()
  const { suite } = input
  const chosen = choose(listMutants(suite))
  const { verdicts, controls } = await judgeAll(input, chosen.mutants, mutantChecks)
  const failures = problemsOfControls(controls)
  const { mutants, limitedTo } =
    failures.length === 0 ? chosen : { mutants: [], limitedTo: 'the migrations as they are, without a fault' }
  const report = makeReport({
    mutants,
    verdicts,
    checks: mutantChecks,
    equivalents: suite.equivalentMutants,
    suite,
    isWhole: limitedTo === null,
  })
  const { survivors: _survivors, behaviourMissed: _missed, wrongEquivalents: _wrong, ...counted } = report
  const problems = [...failures, ...problemsOfMutation(report, suite)]
  return {
    ...counted,
    problems,
    outcome: problems.length === 0 ? 'passed' : 'failed',
    durationMilliseconds: performance.now() - start,
    limitedTo,
  }
}

/** The code of a check that reports a problem where nothing was injected. */
export const failsUnmutated = 'fails-unmutated'

/** Each check that reports a problem of the migrations as they are, with what it reports. */
export function problemsOfControls(controls: readonly MutantVerdict[]): Problem[] {
  const results = controls.flatMap(({ checks }) => checks)
  return [...new Set(results.map(({ check }) => check))].flatMap((name) => {
    const reported = results.filter(({ check }) => check === name).flatMap(({ problems }) => problems)
    const distinct = [...new Set(reported.map(describeProblem))]
    const [first] = distinct
    if (first === undefined) return []
    const more = distinct.length === 1 ? '' : `, and ${distinct.length - 1} more`
    return makeProblem(failsUnmutated, {
      subject: { type: 'check', name },
      expected: 'no problem where nothing was injected',
      actual: `${first}${more}`,
      why: 'It would kill every mutant, whatever its fault: its kills would prove nothing, so that no mutant was tried.',
      fix: `correct the declaration in the config or the migration that it names, and repeat \`${howToRun('mutate', '--check', name)}\``,
    })
  })
}

/** The code of a mutant that no check kills. */
const mutantSurvived = 'mutant-survived'

/**
 * What the mutants show that the checks miss. How much behaviour alone must kill is asked only where tables are
 * declared, because it judges by them.
 *
 * @param isSample whether someone chose single mutants or operators, of which behaviour need not kill its share
 */
export function problemsOfMutation(
  report: MutationReport,
  { facts, plan }: Pick<Suite, 'facts' | 'plan'>,
  isSample = false,
): Problem[] {
  const survivors = report.survivors.map(({ id, fault, wouldBeKilledBy, table, version }) =>
    locateProblem(
      plan,
      makeProblem(mutantSurvived, {
        subject: { type: 'mutant', name: id, table },
        version,
        expected: 'at least one check that kills it',
        actual: `none sees that it ${fault}`,
        why: 'The same mistake in this migration would pass every test.',
        fix: `extend ${wouldBeKilledBy}; try it with \`${howToRun('mutate', '--mutant', id)}\``,
      }),
    ),
  )
  const wrong = report.wrongEquivalents.map((id) =>
    makeProblem('equivalent-untrue', {
      subject: { type: 'mutant', name: id },
      expected: 'a mutant that nothing distinguishes from the original',
      actual: 'one that a check kills, or that does not exist',
      why: 'A list of mutants that need not be killed must not hide one that can be.',
      fix: 'remove it from the list of equivalent mutants',
    }),
  )
  const hasBehaviour = facts.tables.length > 0 && report.checks.some(({ check }) => check === 'behaviour')
  if (isSample || !hasBehaviour || report.behaviourRate >= leastBehaviourRate) return [...survivors, ...wrong]
  const weak = makeProblem('mutation-weak', {
    subject: { type: 'check', name: 'behaviour' },
    expected: `at least ${formatRate(leastBehaviourRate)} of the mutants killed by the behaviour of the database alone`,
    actual: `${formatRate(report.behaviourRate)}: it misses ${listSome(report.behaviourMissed.map(({ id }) => id))}`,
    why: 'Too few injected faults were seen by what the database does, as the application would see it.',
    fix: howToStrengthen(report, facts),
  })
  return [...survivors, ...wrong, weak]
}

/** What is not declared is not tried; what is declared may lack the value that shows a fault. */
function howToStrengthen({ behaviourMissed }: MutationReport, { tables }: Suite['facts']): string {
  const declared = new Set(
    tables.flatMap(({ name, indexes = {} }) => [name, ...Object.keys(indexes)]).map(foldName),
  )
  const missed = [...new Set(behaviourMissed.map(({ object }) => object))]
  const undeclared = missed.filter((object) => !declared.has(foldName(object)))
  if (undeclared.length > 0)
    return `declare ${listSome(undeclared)} in \`tables\` of the config, and repeat \`${howToRun('mutate')}\``
  const [first] = behaviourMissed
  return `see what the checks found with \`${howToRun('mutate', '--mutant', first?.id ?? '')}\`, and complete the declaration of ${listSome(missed)} in \`tables\`: constraints, indexes, and values that show the fault`
}

const listedNames = 10

function listSome(names: readonly string[]): string {
  const more = names.length - listedNames
  return `${names.slice(0, listedNames).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}
