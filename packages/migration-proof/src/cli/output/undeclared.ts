import { describeDeclaration, quoteText } from '../../checks/rows/model.ts'
import { shownPath } from '../../errors.ts'
import { howToRun } from '../../how-to-run.ts'
import { idOf } from '../../migrator/migration.ts'
import type { Problem, UndeclaredChange } from '../../problem.ts'
import type { Suite } from '../../proof/suite.ts'
import { readLedgerIfAny } from '../../snapshots/ledger.ts'
import { foldName } from '../../sql/names.ts'
import { printable } from './printable.ts'
import { wrap } from './text.ts'

/** The changes of rows of a migration that nothing declares. */
export interface UndeclaredChanges {
  /** The id of the migration. */
  readonly migration: string
  readonly version: number
  /** One for each table. */
  readonly changes: readonly UndeclaredChange[]
  /** Whether the migration declares other changes. */
  readonly declaresMore: boolean
  /** The fixture that pins the migration without these changes; null where none does. */
  readonly pinnedAs: string | null
}

/** The changes of rows that problems name, by migrations. */
export function listUndeclared(
  { plan, fixtures }: Pick<Suite, 'plan' | 'fixtures'>,
  problems: readonly Problem[],
): UndeclaredChanges[] {
  return plan.migrations.flatMap((migration) => {
    const { version, dataChanges = [] } = migration
    const found = problems.flatMap((problem) =>
      problem.version === version && problem.undeclared !== null ? [problem.undeclared] : [],
    )
    if (found.length === 0) return []
    const ledger = readLedgerIfAny(fixtures)
    const isPinned = ledger?.format === 2 && ledger.migrations.some((entry) => entry.version === version)
    return [
      {
        migration: idOf(migration),
        version,
        changes: mergeByTable(found),
        declaresMore: dataChanges.length > 0,
        pinnedAs: isPinned ? `migrations/v${version}` : null,
      },
    ]
  })
}

function mergeByTable(changes: readonly UndeclaredChange[]): UndeclaredChange[] {
  const merged = new Map<string, UndeclaredChange>()
  for (const change of changes) {
    const key = foldName(change.table)
    merged.set(key, merge(merged.get(key) ?? change, change))
  }
  return [...merged.values()]
}

function merge(left: UndeclaredChange, right: UndeclaredChange): UndeclaredChange {
  // One that says nothing is about the whole table.
  const whole = [left, right].find(isWhole)
  if (whole !== undefined) return whole
  const columns = [...new Set([...(left.columns ?? []), ...(right.columns ?? [])])]
  const renamedColumns = { ...left.renamedColumns, ...right.renamedColumns }
  return {
    table: left.table,
    columns: columns.length === 0 ? null : columns,
    renamedTo: left.renamedTo ?? right.renamedTo,
    renamedColumns: Object.keys(renamedColumns).length === 0 ? null : renamedColumns,
    hasRemoved: left.hasRemoved || right.hasRemoved,
    hasAdded: left.hasAdded || right.hasAdded,
    reusesIds: left.reusesIds || right.reusesIds,
  }
}

function isWhole({ columns, renamedTo, renamedColumns, ...flags }: UndeclaredChange): boolean {
  const { hasRemoved, hasAdded, reusesIds } = flags
  return (
    columns === null &&
    renamedTo === null &&
    renamedColumns === null &&
    !hasRemoved &&
    !hasAdded &&
    !reusesIds
  )
}

/** They, as the lines that declare them in a config; empty where there are none. */
export function renderUndeclared(
  undeclared: readonly UndeclaredChanges[],
  configFile: string,
  width: number,
): string {
  if (undeclared.length === 0) return ''
  const config = shownPath(configFile)
  const pinned = undeclared.flatMap(({ pinnedAs }) => pinnedAs ?? [])
  const command = howToRun('freeze', '--refreeze', pinned.join(','))
  return [
    ...wrap(
      `No migration declares these changes of rows. Correct the migration where a change is not intended. Where it is, write its reason instead of …, and add the lines to defineConfig in ${printable(config)}:`,
      width,
    ),
    '',
    '  declare: {',
    ...undeclared.flatMap(({ migration, changes, declaresMore }) => [
      `    ${printable(quoteText(migration))}: {`,
      declaresMore ? '      dataChanges: [ // beside those that are there' : '      dataChanges: [',
      ...changes.map((change) => `        ${printable(describeDeclaration(change))},`),
      '      ],',
      '    },',
    ]),
    '  },',
    ...(pinned.length === 0
      ? []
      : [
          '',
          ...wrap(
            'The ledger has pinned these migrations without it. Then pin them again, where no release has them yet:',
            width,
          ),
          '',
          `  ${command}`,
        ]),
  ].join('\n')
}
