import type { DiskOperation } from './disk.ts'

/** The log of a disk as text, one operation a line. It names files, places and sizes, and holds no bytes. */
export function describeLog(log: readonly DiskOperation[], startNames: readonly string[]): string[] {
  const names = new Map(startNames.map((name, inode) => [inode, name]))
  return log.map((operation, index) => {
    if (operation.kind === 'create') names.set(operation.inode, operation.name)
    return `${index + 1} ${describe(operation, names)}`
  })
}

function describe(operation: DiskOperation, names: ReadonlyMap<number, string>): string {
  switch (operation.kind) {
    case 'create':
    case 'unlink':
      return `${operation.kind} ${operation.name}`
    case 'write':
      return `write ${names.get(operation.inode)} offset ${operation.offset} length ${operation.bytes.length}`
    case 'truncate':
      return `truncate ${names.get(operation.inode)} to ${operation.sizeBytes}`
    case 'sync':
      return `sync ${names.get(operation.inode)}`
    case 'sync-directory':
      return 'sync the folder'
    case 'acknowledge':
      return `version ${operation.version} is there for good`
  }
}
