import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { onTestFinished } from 'vitest'
import { verifyUpgrade } from '../../src/checks/verify.ts'
import { renderProofs } from '../../src/cli/output/proofs.ts'
import {
  betterSqliteConnection,
  type Connection,
  checks,
  defineConfig,
  freezeMissing,
  loadSnapshot,
  type Migration,
  migrate,
  type Suite,
  type SuiteDefinition,
  type UpgradeProof,
  userVersion,
  type VerifyOptions,
} from '../../src/index.ts'
import { openInMemory } from '../../src/snapshots/open.ts'
import { makePrivateFolder } from '../../src/snapshots/private-folder.ts'

/** What a version executes: its SQL, or more where SQL does not say it all. */
type Step = string | Omit<Migration, 'version' | 'name'>

interface History extends Pick<SuiteDefinition, 'snapshots'> {
  readonly steps: readonly Step[]
  /** Golden schemas by name; the others are drafted from the migrations, and taken as read. */
  readonly schemas?: Readonly<Record<string, string>>
  /** Rows by the name of the snapshot; the others are drafted, and taken as read. */
  readonly rows?: Readonly<Record<string, string>>
}

/** A suite whose fixtures are in a private folder for as long as the test runs; nothing is frozen yet. */
export function writeHistory({ steps, schemas = {}, rows = {}, ...rest }: History): Suite {
  const folder = makePrivateFolder()
  onTestFinished(() => folder.remove())
  writeTexts(folder.path, 'schemas', schemas)
  writeTexts(folder.path, 'rows', rows)
  return suiteOf(steps, folder.path, rest)
}

/** The suite of some steps, on fixtures that are there already. */
export function suiteOf(
  steps: readonly Step[],
  fixtures: string,
  rest: Pick<SuiteDefinition, 'snapshots'> = {},
): Suite {
  const migrations = steps.map((step, place) => ({
    version: place + 1,
    name: `step ${place + 1}`,
    ...(typeof step === 'string' ? { up: ({ exec }: Pick<Connection, 'exec'>) => exec(step) } : step),
  }))
  return defineConfig({ name: 'toy', migrations, versions: userVersion(), fixtures, ...rest })
}

/** The same with all its fixtures frozen: the first run drafts what is not written, the second takes it. */
export function freezeHistory(history: History): Suite {
  const suite = writeHistory(history)
  freezeMissing(suite)
  const { failures } = freezeMissing(suite, { acceptDrafts: true })
  if (failures.length > 0) throw failures[0]
  return suite
}

/** Every failure of an upgrade, as the command line shows it. */
export function showFailures(suite: Suite, snapshot: string, options: VerifyOptions = {}): string {
  return render(verifyUpgrade(suite, snapshot, options))
}

/** The same with some of the checks switched off. */
export function showFailuresWithout(
  names: readonly string[],
  suite: Suite,
  snapshot: string,
  options: VerifyOptions = {},
): string {
  const unknown = names.filter((name) => !checks.some((check) => check.name === name))
  if (unknown.length > 0) throw new RangeError(`No check is named ${unknown.join(', ')}`)
  const others = checks.filter(({ name }) => !names.includes(name))
  return showFailures(suite, snapshot, { ...options, checks: others })
}

/** Upgrades a copy of a snapshot for a test to look at. */
export function upgrade(suite: Suite, snapshot: string): Connection {
  const copy = openInMemory(loadSnapshot(suite.fixtures, snapshot))
  onTestFinished(() => copy.close())
  migrate(copy.connection, suite.plan)
  return copy.connection
}

/** An empty database in memory. */
export function openEmpty(): Connection {
  const connection = betterSqliteConnection(new Database(':memory:'))
  onTestFinished(() => connection.close())
  return connection
}

/** The single value that a query gives. */
export function readValue(connection: Connection, sql: string): unknown {
  return Object.values(connection.all(sql)[0] ?? {})[0]
}

/** Whether both pragmas that tests like to trust find nothing. */
export function pragmasAreClean(connection: Connection): boolean {
  const violations = connection.all('PRAGMA foreign_key_check')
  return violations.length === 0 && readValue(connection, 'PRAGMA integrity_check') === 'ok'
}

function render(proof: UpgradeProof): string {
  const shown = renderProofs([proof], {
    style: (_format, text) => text,
    width: 200,
    durationMilliseconds: 0,
  })
  return shown.split('\n\n').slice(1, -1).join('\n')
}

function writeTexts(fixtures: string, kind: string, texts: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(texts)) {
    mkdirSync(join(fixtures, kind), { recursive: true })
    writeFileSync(join(fixtures, kind, `${name}.sql`), text)
  }
}
