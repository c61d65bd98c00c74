import { shownPath } from '../../errors.ts'
import { findChangedHistory, findWrongFixtures } from '../../gate/history.ts'
import { findTakenVersions, findWrongNumbers } from '../../gate/numbers.ts'
import { findUnnoted, findWrongPackageVersion } from '../../gate/package-version.ts'
import { markExisting, migrationSubject, problemOf } from '../../gate/problem.ts'
import type { MigrationFailure, Side } from '../../gate/side.ts'
import { locateStatement } from '../../gate/source-file.ts'
import { describeSubject, type Problem } from '../../problem.ts'
import type { Base, Project } from './base.ts'

/**
 * What is wrong with the history that a change leaves: with its own ledger, and with what its base has. What is
 * wrong with the base too is shown, and does not count against the change.
 */
export function inspectHistory(project: Project, head: Side, base: Base | null): Problem[] {
  const own = [...findWrongNumbers(head), ...findOwn(project, head)]
  if (base === null) return markExisting(own, [])
  const { origin, target } = base
  const taken = findTakenVersions(origin, target, head)
  const compared = [
    ...findChangedHistory(origin, head),
    ...(origin.ledger === null ? [] : findWrongPackageVersion(target, head)),
    ...(origin.ledger === null ? [] : findUnnoted(origin, head)),
  ]
  const problems = distinct([...taken, ...compared, ...own])
  return [...markExisting(problems, problems.length === 0 ? [] : findOld(base)), ...findUnloadableBase(base)]
}

/** It is no fault of the change: its ledger is compared all the same. */
function findUnloadableBase({ ref, loadError }: Base): Problem[] {
  if (loadError === null) return []
  const problem = problemOf('base-unloadable', { type: 'base', name: ref }, null, {
    expected: 'a config that this version of migration-proof can load',
    actual: `the error '${loadError}'`,
    fix: 'nothing, where the change itself fixes it: the base is read through its ledger alone',
  })
  return [{ ...problem, severity: 'note', status: 'existing' }]
}

/** What is wrong with the history by itself, as far as it can be loaded and run. */
function findOwn(project: Project, head: Side): Problem[] {
  if (project.suite === null) return [describeUnloadable(project)]
  return head.failure === null
    ? findWrongFixtures(project.suite, head)
    : [describeFailing(head, head.failure)]
}

/** What was wrong with the state where the work began. */
function findOld({ origin, suite }: Base): Problem[] {
  const ofFixtures = suite === null ? [] : findWrongFixtures(suite.suite, origin)
  return distinct([...findChangedHistory(origin, origin), ...findWrongNumbers(origin), ...ofFixtures])
}

/** Two rules may see the same: the first, which knows more, reports it. */
function distinct(problems: readonly Problem[]): Problem[] {
  const bySubject = new Map<string, Problem>()
  for (const problem of problems) {
    const key = `${problem.code} ${describeSubject(problem.subject)}`
    if (!bySubject.has(key)) bySubject.set(key, problem)
  }
  return [...bySubject.values()]
}

function describeFailing(head: Side, { version, statement, diagnosis }: MigrationFailure): Problem {
  const { where, expected, actual, fix } = diagnosis
  const location = locateStatement(head.sources, version, statement ?? '\u0000')
  return problemOf('migration-fails', migrationSubject(version), location, {
    expected: `${expected} (${where})`,
    actual,
    fix: `${fix}; nothing else was tried`,
  })
}

function describeUnloadable({ loadError, configFile }: Project): Problem {
  return problemOf('suite-unloadable', { type: 'config', name: 'the config' }, null, {
    expected: 'migrations and a config that can be loaded',
    actual: loadError ?? 'none',
    fix: `correct ${shownPath(configFile)}, or what it imports; nothing else was tried`,
  })
}
