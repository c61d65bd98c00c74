import { describeSubject, type Problem } from '../problem.ts'
import type { DeviationDeclaration } from '../proof/deviation.ts'
import type { ComparedEngine } from './open-engine.ts'

/** What an engine does otherwise, with the reasons that were declared, and the declarations that it did not need. */
export interface Judgement {
  /** Those that are declared are `accepted`. */
  readonly problems: readonly Problem[]
  readonly unused: readonly DeviationDeclaration[]
}

/** Accepts what is declared for an engine. */
export function judgeDeviations(
  declared: readonly DeviationDeclaration[],
  engine: Pick<ComparedEngine, 'id' | 'sqlite'>,
  problems: readonly Problem[],
): Judgement {
  const own = declared.filter((deviation) => isFor(deviation, engine))
  return {
    problems: problems.map((problem) => {
      const known = own.find((deviation) => describes(deviation, problem))
      return known === undefined ? problem : { ...problem, status: 'accepted', acceptedBecause: known.reason }
    }),
    unused: own.filter((deviation) => !problems.some((problem) => describes(deviation, problem))),
  }
}

function isFor(
  { engine, before }: DeviationDeclaration,
  { id, sqlite }: Pick<ComparedEngine, 'id' | 'sqlite'>,
) {
  return (engine === undefined || engine === id) && (before === undefined || isOlder(sqlite, before))
}

function describes({ check, object, actual }: DeviationDeclaration, problem: Problem): boolean {
  return (
    check === problem.code && object === describeSubject(problem.subject) && problem.actual.includes(actual)
  )
}

/** Compares versions such as 3.9.2 and 3.34.1 by their numbers. */
function isOlder(version: string, than: string): boolean {
  return version.localeCompare(than, 'en', { numeric: true }) < 0
}
