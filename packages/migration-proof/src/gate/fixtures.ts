import { checkFixtures } from '../snapshots/check.ts'
import type { FixtureSuite } from '../snapshots/declaration.ts'
import { type FixtureError, LedgerError } from '../snapshots/errors.ts'
import { isDraft } from '../snapshots/fixture-text.ts'
import { type Problem, problemOf, type Rule } from './problem.ts'
import type { Side } from './side.ts'
import { type Place, placeOfMigration } from './source-file.ts'

/** What is wrong with the fixtures of a state by itself, whatever was released before. */
export function findWrongFixtures(suite: FixtureSuite, side: Side): Problem[] {
  try {
    return checkFixtures(suite).failures.map((failure) => toProblem(failure, side))
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error
    const { expected, actual, remedy } = error.diagnosis
    const place = { file: `${side.fixtures}/manifest.json` }
    return [problemOf('ledger-unreadable', error.diagnosis.where, place, { expected, actual, remedy })]
  }
}

function toProblem({ fixture, diagnosis }: FixtureError, side: Side): Problem {
  const [folder = '', name = ''] = fixture.split('/')
  const { expected, actual, remedy } = diagnosis
  const rule = ruleOf(folder, name, side)
  const described = { expected, actual, remedy }
  return problemOf(rule, fixture, placeOf(folder, name, side), described)
}

function ruleOf(folder: string, name: string, { ledger, schemas }: Side): Rule {
  const pinned = {
    schemas: ledger?.schemas.some((entry) => entry.name === name),
    snapshots: ledger?.snapshots.some((entry) => entry.name === name),
    migrations: ledger?.migrations.some(({ version }) => `v${version}` === name),
  }
  if (folder === 'schemas') {
    if (pinned.schemas) return 'schema-edited'
    return schemas.has(name) || !name.includes('.') ? 'schema-unreviewed' : 'fixture-wrong'
  }
  if (folder === 'snapshots') {
    if (pinned.snapshots) return 'snapshot-edited'
    return name.includes('.') ? 'fixture-wrong' : 'snapshot-missing'
  }
  if (folder === 'migrations') return pinned.migrations ? 'migration-edited' : 'migration-not-pinned'
  return 'fixture-wrong'
}

function placeOf(folder: string, name: string, side: Side): Partial<Place> {
  const file = (ending: string) => `${side.fixtures}/${folder}/${name}${ending}`
  if (folder === 'migrations') return placeOfMigration(side.sources, Number(name.slice(1)), side.recorded)
  if (name.includes('.')) return { file: file('') }
  // A file that is not there yet is no place to point at: its entry in the ledger is what is missing.
  if (folder === 'snapshots')
    return { file: side.snapshots.has(name) ? file('.db') : `${side.fixtures}/manifest.json` }
  const text = side.schemas.get(name)
  if (folder === 'schemas' && text === undefined) return { file: `${side.fixtures}/manifest.json` }
  return { file: file('.sql'), line: text !== undefined && isDraft(text) ? 1 : null }
}
