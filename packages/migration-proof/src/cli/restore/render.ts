import { formatCount } from '../../report/numbers.ts'
import type { RestoreReport } from '../../upgrade/restore-file.ts'
import { renderLeftovers } from '../output/leftovers.ts'
import { printable } from '../output/printable.ts'
import type { Style } from '../output/style.ts'

/** What was restored, whom it belongs to, and where is what was there. */
export function renderRestore(report: RestoreReport, style: Style): string {
  const { path, backup, sizeBytes, leftovers } = report
  const verdict = `${printable(path)} is ${printable(backup)} again: ${describeContents(report)}, ${formatCount(sizeBytes)} bytes, and sound.`
  return [
    style('green', verdict),
    ...describeOwnership(report),
    ...describeAside(report),
    ...renderLeftovers(leftovers),
  ].join('\n')
}

function describeContents({ contents: { application, kind, version, form } }: RestoreReport): string {
  if (kind === 'empty') return 'an empty database'
  if (kind === 'foreign') return 'a database of another application'
  const name = printable(application ?? '')
  if (kind === 'unreadable') return `${name}, of a version that cannot be read`
  if (kind === 'newer') return `${name}, version ${version}, which this release does not know`
  return `${name}, version ${version}${form === null ? '' : ` (${printable(form)})`}`
}

/** Nothing to say where all is as it was. */
function describeOwnership({ replaced, ownership }: RestoreReport): string[] {
  const { userId, groupId, mode, from } = ownership
  if (replaced !== null && from === 'file') return []
  const whose = {
    file: 'as before',
    folder: 'as its folder does',
    backup: 'as the backup does',
    process: 'since only root can give it to another user',
  }[from]
  return [
    `  It belongs to user ${userId} and group ${groupId}, ${whose}, with mode ${mode.toString(8).padStart(4, '0')}.`,
  ]
}

function describeAside({ replaced, setAside }: RestoreReport): string[] {
  if (replaced !== null) {
    const beside = setAside.length === 1 ? '' : ', with what lay beside it'
    return [`  What was there is ${printable(replaced)}${beside}: delete it once it is no longer needed.`]
  }
  if (setAside.length === 0) return []
  return [
    `  No file was there, but what SQLite keeps beside one. It is ${setAside.map(printable).join(', ')}: rows that were committed last may be in it.`,
  ]
}
