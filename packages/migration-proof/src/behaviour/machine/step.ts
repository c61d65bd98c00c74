import type { SqlRow } from '../../sql/connection.ts'

/** One step against a database, as plain data: a failing list of steps can be kept as it is. */
export type Step =
  | { readonly do: 'insert'; readonly table: string; readonly row: SqlRow; readonly orReplace?: true }
  | { readonly do: 'update'; readonly table: string; readonly where: SqlRow; readonly set: SqlRow }
  | { readonly do: 'delete'; readonly table: string; readonly where: SqlRow }
  | { readonly do: 'purge'; readonly table: string; readonly cutoff: bigint | string }
  | { readonly do: 'begin' }
  | { readonly do: 'commit' }
  | { readonly do: 'roll back' }
  | { readonly do: 'reopen' }
