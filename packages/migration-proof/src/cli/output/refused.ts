import { countOf } from '../../count.ts'
import type { RefusedRows } from '../../upgrade/refused-rows.ts'
import { printable } from './printable.ts'

/** What a pending version demands, and how many rows do not meet it, in one line for each constraint. */
export function describeRefused(refused: readonly RefusedRows[]): string[] {
  return refused.map(({ version, table, constraint, rows, rowids, unreadable }) => {
    const demand = `v${version} demands ${constraint} of ${table}`
    if (rows === null) return printable(`${demand}; which rows do not meet it is not known: ${unreadable}`)
    const verb = rows === 1 ? 'does' : 'do'
    const more = rowids.length < rows ? ', …' : ''
    const ids =
      rowids.length === 0 ? '' : ` (${rowids.length === 1 ? 'rowid' : 'rowids'} ${rowids.join(', ')}${more})`
    return printable(`${demand}; ${countOf(rows, 'row')} ${verb} not meet it${ids}`)
  })
}

/** What follows where there are such rows. @param isRehearsal whether this is the trial that it would advise */
export function adviseOnRefused(isRehearsal = false): string {
  const fails =
    'Where its migration does not correct these rows, the upgrade fails there and keeps the file as it is'
  return isRehearsal
    ? `${fails}: this trial shows it.`
    : `${fails}: correct them first, or try it with upgrade --dry-run.`
}
