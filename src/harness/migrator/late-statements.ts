import type { MigrationRefusedError } from './errors.ts'

const refused: MigrationRefusedError[] = []

/** Remembers a statement that was refused because its migration had returned. Its own code may swallow the error. */
export function noteLateStatement(error: MigrationRefusedError): void {
  refused.push(error)
}

/**
 * What was refused in this thread after its migration had returned, the first of each migration. What ran before it can
 * have been proven without that statement.
 */
export function lateStatements(): readonly MigrationRefusedError[] {
  const firsts = new Map<string, MigrationRefusedError>()
  for (const error of refused) if (!firsts.has(error.message)) firsts.set(error.message, error)
  return [...firsts.values()]
}
