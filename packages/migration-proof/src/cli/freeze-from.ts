import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { countOf } from '../count.ts'
import { shownPath } from '../errors.ts'
import { howToRun } from '../how-to-run.ts'
import type { Migration } from '../migrator/migration.ts'
import type { Suite } from '../proof/suite.ts'
import type { SnapshotDeclaration } from '../snapshots/declaration.ts'
import { draftHeader } from '../snapshots/fixture-text.ts'
import { readLedgerIfAny } from '../snapshots/ledger.ts'
import { rowsPath } from '../snapshots/paths.ts'
import { type RowsFromFile, readRowsOfFile } from '../snapshots/rows-from-file.ts'
import { makePrivateCopy } from '../upgrade/private-copy.ts'
import { surveyVersion } from '../upgrade/survey.ts'
import { type ExitCode, exitCodes, UsageError } from './errors.ts'
import { print, printJson } from './output/print.ts'
import { printable } from './output/printable.ts'
import { proseWidth, wrap } from './output/text.ts'

export interface FreezeFromOptions {
  /** The snapshot, its version, or the id of its migration. */
  readonly name: string | undefined
  readonly keepsValues: boolean
  readonly isJson: boolean
}

/** Drafts the rows of a snapshot from a file that a release left, and prints what to do with them. */
export async function freezeFrom(
  suite: Suite,
  file: string,
  { name: given, keepsValues, isJson }: FreezeFromOptions,
): Promise<ExitCode> {
  const declaration = findDeclaration(suite, given)
  const { name } = declaration
  const target = rowsPath(suite.fixtures, name)
  refuseExisting(suite, name, target)
  using copy = await makePrivateCopy(file, {
    look: (connection) => {
      const { version } = surveyVersion(connection, suite.plan, file, suite)
      if (version !== declaration.version) throw otherVersion(suite, file, version, declaration)
      return readRowsOfFile(connection, suite, declaration, { keepsValues })
    },
  })
  const { text, ...rows } = copy.seen
  const made = keepsValues ? 'with its values' : 'with synthetic values'
  const header = draftHeader(
    'does any line say what no one should read?',
    `made from ${file.replace(/[\r\n]/g, ' ')}, ${made}`,
  )
  mkdirSync(dirname(target), { recursive: true })
  writeFileSync(target, `${header}\n${text}`, { flag: 'wx' })
  const fixture = `rows/${name}`
  if (isJson) printJson({ drafted: [fixture], file, keepsValues, ...rows })
  else print(render(shownPath(target), file, made, rows))
  return exitCodes.proven
}

function render(
  target: string,
  file: string,
  made: string,
  { tables, filled, orphans, reshaped }: Omit<RowsFromFile, 'text'>,
): string {
  const list = tables.map(({ name, rows }) => `${printable(name)} ${rows}`).join(', ')
  return [
    `Drafted ${printable(target)} from ${printable(file)}, ${made}: ${list === '' ? 'it has no rows' : list}.`,
    ...(reshaped.length === 0
      ? []
      : [
          `Rows of ${reshaped.map(printable).join(', ')} accept no values of their own shape, and got others.`,
        ]),
    ...(filled.length === 0
      ? []
      : [`Without rows in the file, and filled: ${filled.map(printable).join(', ')}.`]),
    ...(orphans === 0 ? [] : [`Left out, as their parent is not there: ${countOf(orphans, 'row')}.`]),
    `Read it, delete its first lines, and run \`${howToRun('freeze')}\`.`,
  ]
    .flatMap((line) => wrap(line, proseWidth()))
    .join('\n')
}

function findDeclaration({ plan, snapshots }: Suite, given: string | undefined): SnapshotDeclaration {
  const versioned = snapshots.filter(({ form }) => form === 'versioned')
  const isNamed = ({ version, id = `${version}` }: Migration) =>
    [`${version}`, id].some((text) => text === given)
  const migration = plan.migrations.find(isNamed)
  const found =
    versioned.find(({ name }) => name === given) ??
    versioned.find(({ version }) => version === migration?.version)
  if (found !== undefined) return found
  throw new UsageError({
    where: given === undefined ? '--from' : `--name ${given}`,
    expected: `${given === undefined ? '--name with ' : ''}one of the snapshots ${versioned.map(({ name }) => name).join(', ')}`,
    actual: given === undefined ? 'no name' : 'a name that is none of them',
    fix: 'name the snapshot that the file is; one of the latest version is declared in `snapshots` of the config',
  })
}

function refuseExisting({ fixtures }: Suite, name: string, target: string): void {
  const isFrozen = readLedgerIfAny(fixtures)?.snapshots.some((entry) => entry.name === name) === true
  if (!isFrozen && !existsSync(target)) return
  throw new UsageError({
    where: `--name ${name}`,
    expected: 'a snapshot that has no rows yet',
    actual: isFrozen ? 'one that is frozen' : `the file ${shownPath(target)}`,
    fix: isFrozen
      ? 'declare another snapshot of that version in the config: what is frozen never changes'
      : 'delete that file, if these rows are to replace it',
  })
}

function otherVersion(
  { snapshots }: Suite,
  file: string,
  version: number,
  wanted: SnapshotDeclaration,
): UsageError {
  const fitting = snapshots.find((snapshot) => snapshot.version === version && snapshot.form === 'versioned')
  return new UsageError({
    where: `--name ${wanted.name}`,
    expected: `a file of version ${wanted.version}`,
    actual: `${file}, which is at version ${version}`,
    fix: fitting === undefined ? 'name another file' : `name the snapshot ${fitting.name}, or another file`,
  })
}
